//! How servers come together, what they refuse, and what becomes of a database when they go.

use crate::desk::{Desk, settings};
use evenkeel_world::neo4j::Version;
use serde_json::json;

#[test]
fn a_cluster_forms_only_when_as_many_servers_are_up_at_once_as_it_was_told() {
    let mut desk = Desk::new(1);
    desk.start("server-1", "5.26.30", settings(3));
    desk.start("server-2", "5.26.30", settings(3));
    desk.seconds(600);
    assert!(!desk.cluster.is_formed());
    desk.start("server-3", "5.26.30", settings(3));
    desk.settle();
    let states = desk.show("SHOW SERVERS YIELD *");
    assert!(states.len() == 3 && states.iter().all(|row| row["state"] == "Enabled"), "{states:?}");
    assert!(desk.cluster.has_quorum("system") && desk.cluster.has_quorum("neo4j"));
}

#[test]
fn a_server_that_comes_later_is_free_and_gets_no_database_until_somebody_asks() {
    let mut desk = Desk::formed(1, 3);
    desk.start("server-4", "5.26.30", settings(3));
    desk.settle();
    let id = desk.id("server-4");
    assert_eq!(desk.state(&id), "Free");
    let hosting =
        |desk: &mut Desk, column: &str| desk.column("SHOW SERVERS YIELD *", ("serverId", &id), column);
    assert_eq!(hosting(&mut desk, "hosting"), [json!(["system"])]);
    assert_eq!(hosting(&mut desk, "requestedHosting"), [json!([])]);
    desk.run(&format!("ENABLE SERVER '{id}' OPTIONS {{modeConstraint: 'SECONDARY', tags: ['eu']}}"));
    desk.settle();
    assert_eq!(hosting(&mut desk, "hosting"), [json!(["system"])]);
    desk.run("ALTER DATABASE neo4j SET TOPOLOGY 3 PRIMARIES 1 SECONDARY");
    assert_eq!(hosting(&mut desk, "requestedHosting"), [json!(["neo4j", "system"])]);
    assert_eq!(hosting(&mut desk, "hosting"), [json!(["system"])], "what was asked for is not there yet");
    desk.settle();
    assert_eq!(hosting(&mut desk, "hosting"), [json!(["neo4j", "system"])]);
}

#[test]
fn altering_a_server_replaces_all_its_options() {
    let mut desk = Desk::formed(1, 3);
    let id = desk.id("server-1");
    desk.run(&format!("ALTER SERVER '{id}' SET OPTIONS {{modeConstraint: 'PRIMARY', tags: ['eu']}}"));
    desk.run(&format!("ALTER SERVER '{id}' SET OPTIONS {{tags: ['us']}}"));
    let rows = desk.show("SHOW SERVERS YIELD serverId, modeConstraint, tags");
    let row = rows.iter().find(|row| row["serverId"] == id.as_str()).expect("its row");
    assert_eq!((&row["modeConstraint"], &row["tags"]), (&json!("NONE"), &json!(["us"])));
}

#[test]
fn a_server_may_not_be_constrained_so_that_a_database_has_no_place() {
    let mut desk = Desk::formed(1, 3);
    let id = desk.id("server-1");
    let (code, message) =
        desk.refused(&format!("ALTER SERVER '{id}' SET OPTIONS {{deniedDatabases: ['neo4j']}}"));
    assert_eq!(code, "Neo.ClientError.Statement.ArgumentError");
    assert!(message.starts_with(&format!("Could not alter server '{id}'.")), "{message}");
}

#[test]
fn no_database_goes_from_several_primaries_to_one_and_none_gets_more_than_there_are_servers() {
    let mut desk = Desk::formed(1, 3);
    let (code, message) = desk.refused("ALTER DATABASE neo4j SET TOPOLOGY 1 PRIMARY");
    assert_eq!(code, "Neo.ClientError.Statement.ArgumentError");
    assert!(message.contains("single primary"), "{message}");
    let (_, message) = desk.refused("CREATE DATABASE orders TOPOLOGY 3 PRIMARIES 1 SECONDARY");
    assert!(message.contains("only '0' possible servers found"), "{message}");
    let (_, message) = desk.refused("CREATE DATABASE orders TOPOLOGY 12 PRIMARIES");
    assert!(message.contains("may not exceed 11"), "{message}");
}

#[test]
fn a_server_is_drained_for_good_then_dropped_and_seen_until_its_process_stops() {
    let mut desk = Desk::formed(1, 3);
    desk.start("server-4", "5.26.30", settings(3));
    desk.settle();
    let (id, new) = (desk.id("server-1"), desk.id("server-4"));
    desk.run(&format!("ENABLE SERVER '{new}'"));
    let tried = desk.run(&format!("DRYRUN DEALLOCATE DATABASES FROM SERVER '{id}'"));
    assert_eq!((&tried[0]["database"], &tried[0]["toServerId"]), (&json!("neo4j"), &json!(new)));
    assert_eq!(desk.state(&id), "Enabled", "it was only tried");
    desk.run(&format!("DEALLOCATE DATABASES FROM SERVER '{id}'"));
    assert_eq!(desk.state(&id), "Deallocating");
    let (_, message) = desk.refused(&format!("ENABLE SERVER '{id}'"));
    assert!(message.contains("Deallocating"), "{message}");
    let (_, message) = desk.refused(&format!("DROP SERVER '{id}'"));
    assert!(message.contains("Deallocating"), "{message}");
    desk.settle();
    assert_eq!(desk.state(&id), "Deallocated");
    desk.run(&format!("DROP SERVER '{id}'"));
    assert_eq!(desk.state(&id), "Dropped");
    desk.stop("server-1");
    desk.seconds(1);
    assert_eq!(desk.state(&id), "gone");
    desk.start("server-1", "5.26.30", settings(3));
    desk.seconds(20);
    assert_eq!(desk.state(&id), "Dropped", "it does not come back on the same disk");
    assert!(desk.cluster.lost().is_empty());
}

#[test]
fn a_server_is_not_drained_where_a_database_has_nowhere_to_go_a_single_primary_or_is_stopped() {
    let mut desk = Desk::formed(1, 3);
    let id = desk.id("server-1");
    let drain = format!("DEALLOCATE DATABASES FROM SERVER '{id}'");
    let (_, message) = desk.refused(&drain);
    assert!(message.contains("only '2' possible servers found"), "{message}");
    desk.run("STOP DATABASE neo4j");
    desk.settle();
    let (_, message) = desk.refused(&drain);
    assert!(message.contains("offline"), "{message}");
    let mut desk = Desk::formed(1, 2);
    desk.run("CREATE DATABASE one TOPOLOGY 1 PRIMARY");
    desk.settle();
    let host = desk.column("SHOW DATABASES YIELD *", ("name", "one"), "serverID");
    let host = host[0].as_str().expect("an id");
    let (_, message) = desk.refused(&format!("DEALLOCATE DATABASES FROM SERVER '{host}'"));
    assert!(message.contains("single primary") || message.contains("possible servers"), "{message}");
}

#[test]
fn without_a_majority_nobody_writes_and_nothing_is_administered_but_what_is_known_is_told() {
    let mut desk = Desk::formed(1, 3);
    desk.stop("server-1");
    desk.stop("server-2");
    let (code, _) = desk.refused("CREATE DATABASE orders");
    let at_once = ["Neo.TransientError.Cluster.ReplicationFailure", "Neo.ClientError.Cluster.NotALeader"];
    assert!(at_once.contains(&code.as_str()), "{code}");
    desk.seconds(5);
    assert_eq!(desk.refused("CREATE DATABASE orders").0, "Neo.ClientError.Cluster.NotALeader");
    assert!(!desk.cluster.has_quorum("neo4j") && desk.cluster.writer("neo4j").is_none());
    assert_eq!(desk.show("SHOW SERVERS").len(), 3);
    desk.start("server-2", "5.26.30", settings(3));
    desk.seconds(30);
    desk.run("CREATE DATABASE orders TOPOLOGY 2 PRIMARIES");
}

#[test]
fn when_the_writer_goes_another_is_chosen_a_moment_later() {
    let mut desk = Desk::formed(1, 3);
    let before = desk.cluster.writer("neo4j").expect("one writes").to_owned();
    desk.stop(&before);
    desk.seconds(1);
    assert_eq!(desk.cluster.writer("neo4j"), None);
    desk.seconds(10);
    let after = desk.cluster.writer("neo4j").expect("one writes").to_owned();
    assert_ne!(before, after);
    let writers = desk.column("SHOW DATABASES YIELD *", ("name", "neo4j"), "writer");
    assert_eq!(writers.iter().filter(|writer| **writer == true).count(), 1);
}

#[test]
fn rows_of_a_server_that_is_down_are_missing_or_have_no_address_as_the_manual_says_both() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..8 {
        let mut desk = Desk::formed(seed, 3);
        desk.stop("server-3");
        desk.seconds(5);
        let rows = desk.show("SHOW DATABASES YIELD *");
        let rows: Vec<_> = rows.iter().filter(|row| row["name"] == "neo4j").collect();
        let down: Vec<_> = rows.iter().filter(|row| row["address"].is_null()).collect();
        for row in &down {
            assert_eq!(row["currentStatus"], "unknown");
            assert_eq!(row["statusMessage"], "Server is unavailable");
        }
        assert_eq!(rows.len(), 2 + down.len());
        seen.insert(down.len());
    }
    assert_eq!(seen, [0, 1].into());
}

#[test]
fn composite_databases_are_hosted_by_everybody_and_requested_of_nobody() {
    let mut desk = Desk::formed(1, 3);
    desk.run("CREATE COMPOSITE DATABASE all");
    for row in desk.show("SHOW SERVERS YIELD *") {
        assert_eq!(row["hosting"], json!(["all", "neo4j", "system"]));
        assert_eq!(row["requestedHosting"], json!(["neo4j", "system"]));
    }
}

#[test]
fn change_data_capture_that_nobody_set_is_no_option_and_off_is_one() {
    let mut desk = Desk::formed(1, 3);
    let options =
        |desk: &mut Desk| desk.column("SHOW DATABASES YIELD *", ("name", "neo4j"), "options")[0].clone();
    assert_eq!(options(&mut desk), json!({}));
    desk.run("ALTER DATABASE neo4j SET OPTION txLogEnrichment 'FULL'");
    assert_eq!(options(&mut desk), json!({"txLogEnrichment": "FULL"}));
    desk.run("ALTER DATABASE neo4j SET OPTION txLogEnrichment 'OFF'");
    assert_eq!(options(&mut desk), json!({"txLogEnrichment": "OFF"}));
    desk.run("ALTER DATABASE neo4j REMOVE OPTION txLogEnrichment");
    assert_eq!(options(&mut desk), json!({}));
    let (code, _) = desk.refused("ALTER DATABASE neo4j SET OPTION txLogEnrichment 'SOME'");
    assert_eq!(code, "Neo.ClientError.Statement.ArgumentError");
}

#[test]
fn a_server_runs_with_the_settings_that_its_pod_began_with() {
    let mut desk = Desk::formed(1, 3);
    let size = "server.memory.heap.max_size";
    desk.change("server-1", |pod| drop(pod.settings.insert(size.to_owned(), "3g".to_owned())));
    desk.seconds(30);
    let value = |desk: &mut Desk| {
        let reply =
            desk.ask("server-1", &format!("SHOW SETTINGS '{size}' YIELD name, value, isExplicitlySet"));
        reply.body["data"]["values"].clone()
    };
    assert_eq!(value(&mut desk), json!([[size, null, false]]));
    desk.restart("server-1");
    desk.settle();
    assert_eq!(value(&mut desk), json!([[size, "3g", true]]));
}

#[test]
fn a_setting_that_cannot_be_read_keeps_one_server_down_and_a_misspelt_one_is_ignored() {
    let mut desk = Desk::formed(1, 3);
    desk.change("server-1", |pod| {
        drop(pod.settings.insert("server.memory.pagecache.sise".to_owned(), "?".to_owned()));
    });
    desk.restart("server-1");
    desk.settle();
    desk.change("server-1", |pod| {
        drop(pod.settings.insert("server.memory.pagecache.size".to_owned(), "much".to_owned()));
    });
    desk.restart("server-1");
    desk.seconds(60);
    assert!(desk.cluster.does_not_start("server-1").expect("it does not").contains("pagecache.size"));
    assert!(desk.cluster.has_quorum("neo4j"));
}

#[test]
fn a_store_is_not_opened_by_an_older_version_and_5_reaches_the_calendar_only_from_26() {
    let mut desk = Desk::formed(1, 3);
    desk.change("server-1", |pod| pod.version = Version::read("5.20.0").expect("one"));
    desk.restart("server-1");
    desk.seconds(10);
    assert!(desk.cluster.does_not_start("server-1").expect("it does not").contains("newer than 5.20.0"));
    desk.change("server-1", |pod| {
        pod.version = Version::read("2026.08.1").expect("one");
    });
    desk.restart("server-1");
    desk.settle();
    let version =
        |desk: &mut Desk| desk.column("SHOW SERVERS YIELD *", ("address", "server-1:7687"), "version");
    assert_eq!(version(&mut desk), [json!("2026.08.1")]);
}

#[test]
fn what_was_written_is_lost_when_the_last_disk_that_has_it_goes() {
    let mut desk = Desk::formed(1, 3);
    desk.seconds(10);
    for server in ["server-1", "server-2"] {
        desk.stop(server);
        desk.destroy_disk(server);
        desk.seconds(1);
    }
    assert!(desk.cluster.lost().is_empty());
    desk.stop("server-3");
    desk.destroy_disk("server-3");
    let lost: Vec<String> = desk.cluster.lost().into_iter().map(|loss| loss.database).collect();
    assert!(lost.contains(&"neo4j".to_owned()), "{lost:?}");
}

#[test]
fn the_same_seed_and_the_same_requests_give_the_same_cluster_also_after_it_was_saved() {
    let run = |saved: bool| {
        let mut desk = Desk::formed(7, 3);
        desk.run("CREATE DATABASE orders TOPOLOGY 3 PRIMARIES");
        if saved {
            let text = serde_json::to_string(&desk.cluster).expect("is written");
            desk.cluster = serde_json::from_str(&text).expect("is read");
        }
        desk.stop("server-2");
        desk.seconds(60);
        desk.cluster
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn no_server_is_drained_while_most_of_those_that_would_stay_are_cordoned() {
    let mut desk = Desk::formed(1, 3);
    desk.start("server-4", "5.26.30", settings(3));
    desk.settle();
    let new = desk.id("server-4");
    desk.run(&format!("ENABLE SERVER '{new}'"));
    let ids = ["server-1", "server-2", "server-3"].map(|server| desk.id(server));
    desk.run(&format!("CALL dbms.cluster.cordonServer('{}')", ids[0]));
    desk.run(&format!("CALL dbms.cluster.cordonServer('{}')", ids[1]));
    let drain = format!("DEALLOCATE DATABASES FROM SERVER '{}'", ids[2]);
    assert!(desk.refused(&drain).1.contains("quorum"));
    desk.run(&format!("ENABLE SERVER '{}'", ids[0]));
    desk.run(&drain);
}

#[test]
fn a_server_of_the_calendar_joins_neither_5_25_nor_servers_that_speak_the_first_discovery_only() {
    for (version, discovery) in [("5.25.0", "V2_ONLY"), ("5.26.30", "V1_ONLY")] {
        let mut desk = Desk::new(1);
        let mut set = settings(3);
        set.insert("dbms.cluster.discovery.version".to_owned(), discovery.to_owned());
        for server in ["server-1", "server-2", "server-3"] {
            desk.start(server, version, set.clone());
        }
        desk.settle();
        desk.start("server-4", "2026.08.1", settings(3));
        desk.seconds(120);
        assert_eq!(desk.show("SHOW SERVERS").len(), 3, "{version}, {discovery}");
    }
}
