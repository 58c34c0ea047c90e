//! Who is let in, what they may, and statements in their several spellings.

use crate::desk::{Desk, rows};
use serde_json::{Value as Json, json};

/// `alice:first-password`, `alice:other-password`
const ALICE: &str = "Basic YWxpY2U6Zmlyc3QtcGFzc3dvcmQ=";
const ALICE_LATER: &str = "Basic YWxpY2U6b3RoZXItcGFzc3dvcmQ=";

fn sent(desk: &mut Desk, login: &str, statement: &str) -> (u16, String) {
    let body = json!({"statement": statement});
    let reply = desk.send("", "/db/system/query/v2", Some(login), &body).expect("somebody answers");
    (reply.status, reply.body["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_password_that_must_be_changed_lets_in_for_nothing_else() {
    let mut desk = Desk::formed(1, 3);
    desk.run("CREATE USER alice SET PASSWORD 'first-password' CHANGE REQUIRED");
    let expired = (400, "Neo.ClientError.Security.CredentialsExpired".to_owned());
    assert_eq!(sent(&mut desk, ALICE, "RETURN 1"), expired);
    let change = "ALTER CURRENT USER SET PASSWORD FROM 'first-password' TO 'other-password'";
    assert_eq!(sent(&mut desk, ALICE, change).0, 202);
    assert_eq!(sent(&mut desk, ALICE, "RETURN 1").0, 401);
    assert_eq!(sent(&mut desk, ALICE_LATER, "RETURN 1").0, 202);
}

#[test]
fn after_three_wrong_passwords_nobody_is_let_in_for_five_seconds() {
    let mut desk = Desk::formed(1, 3);
    desk.run("CREATE USER alice SET PASSWORD 'first-password' CHANGE NOT REQUIRED");
    for _ in 0..3 {
        assert_eq!(sent(&mut desk, ALICE_LATER, "RETURN 1").0, 401);
    }
    assert_eq!(sent(&mut desk, ALICE, "RETURN 1").0, 429, "the right password is not looked at");
    desk.seconds(5);
    assert_eq!(sent(&mut desk, ALICE, "RETURN 1").0, 202);
}

#[test]
fn a_suspended_user_is_not_let_in_and_one_without_rights_administers_nothing() {
    let mut desk = Desk::formed(1, 3);
    desk.run("CREATE USER alice SET PASSWORD 'first-password' CHANGE NOT REQUIRED SET HOME DATABASE neo4j");
    let forbidden = "Neo.ClientError.Security.Forbidden";
    assert_eq!(sent(&mut desk, ALICE, "SHOW SERVERS").1, forbidden);
    assert_eq!(sent(&mut desk, ALICE, "SHOW DATABASES").0, 202);
    desk.run("CREATE ROLE watchers");
    desk.run("GRANT SHOW SERVERS ON DBMS TO watchers");
    desk.run("GRANT ROLE watchers TO alice");
    assert_eq!(sent(&mut desk, ALICE, "SHOW SERVERS").0, 202);
    assert_eq!(sent(&mut desk, ALICE, "CREATE DATABASE orders").1, forbidden);
    desk.run("ALTER USER alice SET STATUS SUSPENDED");
    assert_eq!(sent(&mut desk, ALICE, "RETURN 1").0, 401);
}

#[test]
fn privileges_are_told_one_by_one_in_the_words_of_the_manual() {
    let mut desk = Desk::formed(1, 3);
    desk.run("CREATE ROLE r");
    desk.run("grant traverse on graph neo4j, system nodes A, B to r");
    desk.run("GRANT READ {name} ON GRAPH * RELATIONSHIPS * TO r");
    desk.run("DENY CREATE NEW NODE LABEL ON DATABASE neo4j TO r");
    desk.run("GRANT EXECUTE PROCEDURE db.cdc.* ON DBMS TO r");
    desk.run("GRANT ACCESS ON HOME DATABASE TO r");
    desk.run("REVOKE GRANT TRAVERSE ON GRAPH system NODE B FROM r");
    let told = desk.run("SHOW ROLE r PRIVILEGES AS COMMANDS");
    let told: Vec<&str> = told.iter().filter_map(|row| row["command"].as_str()).collect();
    assert_eq!(
        told,
        [
            "DENY CREATE NEW NODE LABEL ON DATABASE `neo4j` TO `r`",
            "GRANT ACCESS ON HOME DATABASE TO `r`",
            "GRANT EXECUTE PROCEDURE db.cdc.* ON DBMS TO `r`",
            "GRANT READ {`name`} ON GRAPH * RELATIONSHIP * TO `r`",
            "GRANT TRAVERSE ON GRAPH `neo4j` NODE `A` TO `r`",
            "GRANT TRAVERSE ON GRAPH `neo4j` NODE `B` TO `r`",
            "GRANT TRAVERSE ON GRAPH `system` NODE `A` TO `r`",
        ]
    );
}

#[test]
fn names_and_counts_may_be_parameters_and_the_language_may_be_named() {
    let mut desk = Desk::formed(1, 3);
    let body = json!({"statement": "CYPHER 25 CREATE DATABASE $name IF NOT EXISTS TOPOLOGY $p PRIMARIES $s SECONDARIES WAIT",
        "parameters": {"name": "Orders", "p": 2, "s": 1}});
    let login = "Basic bmVvNGo6ZXZlbmtlZWwtdGVzdA==";
    let reply = desk.send("", "/db/system/query/v2", Some(login), &body).expect("somebody answers");
    assert_eq!(reply.status, 202, "{}", reply.body);
    assert!(rows(&reply).iter().all(|row| row["success"] == false), "it was taken on, and is not there yet");
    desk.settle();
    let counts = desk.column("SHOW DATABASES YIELD *", ("name", "orders"), "currentPrimariesCount");
    assert_eq!(counts, vec![json!(2); 3]);
    let missing = desk.refused("CREATE DATABASE $name").0;
    assert_eq!(missing, "Neo.ClientError.Statement.ParameterMissing");
    let id = desk.id("server-1");
    desk.run(&format!("CYPHER 5 CALL dbms.cluster.uncordonServer('{id}')"));
    let (code, _) = desk.refused(&format!("CYPHER 25 CALL dbms.cluster.uncordonServer('{id}')"));
    assert_eq!(code, "Neo.ClientError.Procedure.ProcedureNotFound");
}

#[test]
fn a_status_check_is_of_databases_that_the_asked_server_is_a_primary_of() {
    let mut desk = Desk::formed(1, 3);
    desk.stop("server-3");
    desk.seconds(10);
    let reply = desk.ask("server-1", "CALL dbms.cluster.statusCheck(['neo4j'], 1000)");
    let told = rows(&reply);
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|row| row["replicationSuccessful"] == true));
    let down: Vec<&Json> =
        told.iter().filter(|row| row["memberStatus"] == "UNAVAILABLE").map(|row| &row["address"]).collect();
    assert_eq!(down, [&Json::Null]);
    assert_eq!(told.iter().filter(|row| row["requester"] == true).count(), 1);
}

#[test]
fn the_default_database_changes_once_the_old_one_is_stopped() {
    let mut desk = Desk::formed(1, 3);
    desk.run("CREATE DATABASE orders");
    let (code, message) = desk.refused("CALL dbms.setDefaultDatabase('orders')");
    assert_eq!(code, "Neo.ClientError.Procedure.ProcedureCallFailed");
    assert!(message.contains("still running"), "{message}");
    desk.run("STOP DATABASE neo4j");
    desk.run("CALL dbms.setDefaultDatabase('orders')");
    let default = desk.run("CALL dbms.showTopologyGraphConfig() YIELD defaultDatabase AS name");
    assert_eq!(default[0]["name"], "orders");
}

#[test]
fn a_database_goes_only_without_aliases_and_what_it_held_is_remembered_as_lost() {
    let mut desk = Desk::formed(1, 3);
    desk.run("CREATE DATABASE orders TOPOLOGY 3 PRIMARIES");
    desk.run("CREATE ALIAS sales FOR DATABASE orders");
    desk.settle();
    desk.seconds(5);
    assert_eq!(desk.refused("DROP DATABASE orders").0, "Neo.ClientError.Database.ExistingAliasFound");
    desk.run("DROP ALIAS sales FOR DATABASE");
    desk.run("DROP DATABASE orders");
    let lost: Vec<String> = desk.cluster.lost().into_iter().map(|loss| loss.database).collect();
    assert_eq!(lost, ["orders"]);
    desk.run("DROP DATABASE orders IF EXISTS");
}
