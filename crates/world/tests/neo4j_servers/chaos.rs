//! Whatever happens to servers, some things hold: no write that was agreed on is lost while disks are there, at most one
//! server writes, and once everybody is back all comes to rest.

use crate::desk::{Desk, settings};
use evenkeel_world::Random;
use serde_json::{Value as Json, json};

const LOGIN: &str = "Basic bmVvNGo6ZXZlbmtlZWwtdGVzdA==";

/// Somebody who does what comes to their mind.
struct Monkey {
    desk: Desk,
    random: Random,
    servers: Vec<String>,
    down: Vec<String>,
    seen: Seen,
}

/// How often what came about, so that what holds is known to have been tried.
#[derive(Debug, Default)]
struct Seen {
    done: u32,
    refused: u32,
    without_majority: u32,
}

impl Monkey {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let size = 1 + u32::try_from(random.below(5)).expect("small");
        let servers = (1..=size).map(|at| format!("server-{at}")).collect();
        Self { desk: Desk::formed(seed, size), random, servers, down: Vec::new(), seen: Seen::default() }
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let at = self.random.below(u64::try_from(of.len()).expect("few"));
        of.get(usize::try_from(at).expect("few")).cloned()
    }

    fn act(&mut self) {
        match self.random.below(10) {
            0 | 1 => {
                let up: Vec<String> =
                    self.servers.iter().filter(|server| !self.down.contains(server)).cloned().collect();
                if let Some(server) = self.pick(&up) {
                    self.desk.stop(&server);
                    self.down.push(server);
                }
            }
            2 | 3 => self.bring_back(),
            4 if self.servers.len() < 7 => {
                let server = format!("server-{}", self.servers.len() + 1);
                self.desk.start(&server, "5.26.30", settings(3));
                self.servers.push(server);
            }
            _ => self.send(),
        }
        let seconds = u32::try_from(self.random.below(8)).expect("few");
        self.desk.seconds(seconds);
    }

    fn bring_back(&mut self) {
        if let Some(server) = self.pick(&self.down.clone()) {
            self.down.retain(|one| *one != server);
            self.desk.start(&server, "5.26.30", settings(3));
        }
    }

    fn send(&mut self) {
        let rows = self.desk.show("SHOW SERVERS YIELD *");
        let Some(row) = self.pick(&rows) else { return };
        let id = row["serverId"].as_str().expect("an id").to_owned();
        let (p, s) = (1 + self.random.below(5), self.random.below(3));
        let database = self.pick(&["neo4j", "orders", "sales"]).expect("one");
        let statements = [
            format!("CREATE DATABASE {database} IF NOT EXISTS TOPOLOGY {p} PRIMARIES {s} SECONDARIES"),
            format!("ALTER DATABASE {database} SET TOPOLOGY {p} PRIMARIES {s} SECONDARIES"),
            format!("ENABLE SERVER '{id}'"),
            format!("ALTER SERVER '{id}' SET OPTIONS {{modeConstraint: 'SECONDARY'}}"),
            format!("CALL dbms.cluster.cordonServer('{id}')"),
            format!("DEALLOCATE DATABASES FROM SERVER '{id}'"),
            format!("DROP SERVER '{id}'"),
            "REALLOCATE DATABASES".to_owned(),
            format!("STOP DATABASE {database}"),
            format!("START DATABASE {database}"),
        ];
        let statement = self.pick(&statements).expect("one");
        let body = json!({"statement": statement});
        match self.desk.send("", "/db/system/query/v2", Some(LOGIN), &body) {
            Ok(reply) if reply.status == 202 => self.seen.done += 1,
            Ok(_) | Err(_) => self.seen.refused += 1,
        }
    }

    fn check(&mut self, seed: u64) {
        self.seen.without_majority += u32::from(!self.desk.cluster.has_quorum("neo4j"));
        assert!(self.desk.cluster.lost().is_empty(), "{seed}: {:?}", self.desk.cluster.lost());
        let rows = self.desk.show("SHOW DATABASES YIELD *");
        for database in ["system", "neo4j", "orders", "sales"] {
            let writers = rows.iter().filter(|row| row["name"] == database && row["writer"] == true);
            assert!(writers.count() <= 1, "{seed}: {rows:?}");
        }
        for row in &rows {
            assert!(!(row["writer"] == true && row["role"] != "primary"), "{seed}: {row:?}");
        }
    }
}

#[test]
fn nothing_agreed_on_is_lost_and_one_writes_at_most_whatever_goes_and_comes() {
    let mut seen = [0, 0, 0];
    for seed in 0..60 {
        let mut monkey = Monkey::new(seed);
        for _ in 0..30 {
            monkey.act();
            monkey.check(seed);
        }
        let Seen { done, refused, without_majority } = monkey.seen;
        seen = [seen[0] + done, seen[1] + refused, seen[2] + without_majority];
        while !monkey.down.is_empty() {
            monkey.bring_back();
        }
        // A server whose databases have nowhere to go stays on its way, and nobody is hurt.
        monkey.desk.seconds(120);
        monkey.check(seed);
        for database in monkey.desk.cluster.databases().map(str::to_owned).collect::<Vec<_>>() {
            let cluster = &monkey.desk.cluster;
            assert!(cluster.is_stopped(&database) || cluster.has_quorum(&database), "{seed}: {database}");
        }
        let moving = monkey.desk.show("SHOW DATABASES YIELD *");
        let copying: Vec<&Json> = moving
            .iter()
            .filter(|row| row["currentStatus"] == "store copying")
            .map(|row| &row["name"])
            .collect();
        assert!(copying.is_empty(), "{seed}: {copying:?}");
    }
    assert!(seen.iter().all(|count| *count > 200), "{seen:?}");
}
