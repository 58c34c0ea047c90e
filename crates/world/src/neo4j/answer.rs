//! A request comes to a server: who it is for, who sends it, what it says, what comes back.

use super::cluster::Cluster;
use super::cypher::{Access, Database as Command, Language, Parsed, Shown, Statement, User, read};
use super::pods::Edition;
use super::refusal::Refusal;
use super::state::{Mode, Process, SYSTEM};
use super::wire::{Asked, Outcome, Query, Reply, Request, Rows, Silence, Unanswered};
use serde_json::{Value as Json, json};

impl Cluster {
    /// Answers a request that was sent to a server: by its name, its id, one of its services, or to any of them.
    pub fn answer(&mut self, to: &str, request: &Request<'_>) -> Result<Reply, Silence> {
        let process = self.asked(to).ok_or(Silence::Refused)?.clone();
        if request.path == "/" && request.method == "GET" {
            return Ok(Reply { status: 200, body: root(&process) });
        }
        if !self.is_up(&process.server_id) {
            return Err(Silence::NoAnswer);
        }
        Ok(self.respond(&process, request).unwrap_or_else(|refusal| refusal.reply()))
    }

    /// Finds the server that an address is of; an address that is of none goes to each in turn.
    fn asked(&mut self, to: &str) -> Option<&Process> {
        let host = to.split(['.', ':']).next().unwrap_or_default();
        let services = ["-internals", "-admin", "-0"];
        let release = services.iter().find_map(|suffix| host.strip_suffix(suffix)).unwrap_or(host);
        let named = self
            .processes
            .iter()
            .find(|(server, process)| {
                *server == to || *server == host || *server == release || process.server_id == to
            })
            .map(|(server, _)| server.clone());
        let server = match named {
            Some(server) => server,
            None if to.is_empty() || to.contains("lb-neo4j") => {
                let awake: Vec<&String> = self
                    .processes
                    .iter()
                    .filter(|(_, process)| self.is_up(&process.server_id))
                    .map(|(server, _)| server)
                    .collect();
                let at = self.turns.checked_rem(awake.len())?;
                let server = awake.get(at).map(|server| (*server).clone());
                self.turns = self.turns.wrapping_add(1);
                server?
            }
            None => return None,
        };
        let found = self.processes.get(&server)?;
        Some(found).filter(|process| self.is_awake(process))
    }

    fn respond(&mut self, process: &Process, request: &Request<'_>) -> Result<Reply, Refusal> {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let ["db", database, "query", "v2"] = parts.as_slice() else {
            return Err(Refusal::request("Not Found").with_status(404));
        };
        if request.method != "POST" {
            return Err(Refusal::request("Method Not Allowed").with_status(405));
        }
        let user = self.log_in(request.authorization)?;
        let query = Query::read(request.body)?;
        let database = self.graph(database)?;
        let parsed = read(&query.statement, &query.parameters)?;
        self.check_password(&user, &parsed.statement)?;
        self.check_rights(&user, &parsed.statement)?;
        let outcome = self.perform(process, (&user, &database), &query, &parsed)?;
        Ok(Reply { status: 202, body: outcome.body(&query, process.version.is_by_calendar()) })
    }

    /// Carries out what somebody sent who may.
    fn perform(
        &mut self,
        process: &Process,
        (user, database): (&str, &str),
        query: &Query,
        parsed: &Parsed,
    ) -> Result<Outcome, Refusal> {
        let Parsed { statement, language } = parsed;
        if process.edition == Edition::Community {
            check_edition(process, statement, &query.statement)?;
        }
        if query.reads_only && statement.writes() {
            let message = format!("Writing in read access mode not allowed. Attempted write to {database}");
            return Err(Refusal::new("Neo.ClientError.Statement.AccessMode", message));
        }
        self.check_available(database, statement)?;
        self.carry_out(process, statement, (user, database, *language))
    }

    /// Answers a statement of somebody who may everything, as rows.
    pub(crate) fn ask(&mut self, asked: &Asked<'_>) -> Result<Rows, Unanswered> {
        let process = self.asked(asked.to).ok_or(Unanswered::Silent(Silence::Refused))?.clone();
        if !self.is_up(&process.server_id) {
            return Err(Unanswered::Silent(Silence::NoAnswer));
        }
        let query = Query::of(asked);
        let database = self.graph(asked.database).map_err(Unanswered::Refused)?;
        let parsed = read(&query.statement, &query.parameters).map_err(Unanswered::Refused)?;
        let outcome = self.perform(&process, ("neo4j", &database), &query, &parsed);
        Ok(outcome.map_err(Unanswered::Refused)?.by_name())
    }

    /// Returns the database that a path names, also by an alias.
    fn graph(&self, called: &str) -> Result<String, Refusal> {
        let name = called.to_lowercase();
        let system = self.system.as_ref().ok_or_else(Refusal::unavailable)?;
        let name = system.aliases.get(&name).cloned().unwrap_or(name);
        if system.databases.contains_key(&name) {
            return Ok(name);
        }
        Err(Refusal::no_database(format!("Graph not found: {called}")))
    }

    fn check_password(&self, user: &str, statement: &Statement) -> Result<(), Refusal> {
        let kept = self.system.as_ref().and_then(|system| system.people.users.get(user));
        let changes = matches!(statement, Statement::Access(Access::ChangeOwnPassword { .. }));
        if !kept.is_some_and(|kept| kept.change_required) || changes {
            return Ok(());
        }
        Err(Refusal::new(
            "Neo.ClientError.Security.CredentialsExpired",
            "The credentials you provided were valid, but must be changed before you can use this instance.\n\
             To change your password, issue an `ALTER CURRENT USER SET PASSWORD FROM 'current password' TO 'new \
             password'` statement against the system database.",
        ))
    }

    /// Only those who may all on the DBMS administer it; whoever is let in may ask for databases and for themselves.
    fn check_rights(&self, user: &str, statement: &Statement) -> Result<(), Refusal> {
        let Some(system) = self.system.as_ref().filter(|system| system.edition == Edition::Enterprise) else {
            return Ok(());
        };
        let is_free = match statement {
            Statement::Show(show) => {
                matches!(
                    show.what,
                    Shown::Databases | Shown::Settings | Shown::CurrentUser | Shown::Constraints
                )
            }
            Statement::Return { .. } | Statement::Access(Access::ChangeOwnPassword { .. }) => true,
            Statement::Call(call) => call.procedure.starts_with("db"),
            Statement::Server(_)
            | Statement::Database { .. }
            | Statement::Alias(_)
            | Statement::Access(_)
            | Statement::Constraint(_) => false,
        };
        let commands = system.people.commands(&system.people.roles_of(user));
        let may = |right: &str| commands.iter().any(|command| command.starts_with(right));
        let is_of_servers = matches!(statement, Statement::Server(_));
        let shows_servers = matches!(statement, Statement::Show(show) if show.what == Shown::Servers);
        let is_allowed = is_free
            || may("GRANT ALL DBMS PRIVILEGES ON DBMS ")
            || ((is_of_servers || shows_servers) && may("GRANT SERVER MANAGEMENT ON DBMS "))
            || (shows_servers && may("GRANT SHOW SERVERS ON DBMS "))
            || (matches!(statement, Statement::Database { .. }) && may("GRANT DATABASE MANAGEMENT ON DBMS "))
            || (matches!(statement, Statement::Constraint(_))
                && may("GRANT CONSTRAINT MANAGEMENT ON DATABASE "));
        if is_allowed { Ok(()) } else { Err(Refusal::forbidden()) }
    }

    /// A graph that runs nowhere does not answer, but for what `system` knows of it.
    fn check_available(&self, database: &str, statement: &Statement) -> Result<(), Refusal> {
        let is_of_graph = match statement {
            Statement::Constraint(_) | Statement::Return { .. } => true,
            Statement::Show(show) => show.what == Shown::Constraints,
            Statement::Call(_)
            | Statement::Server(_)
            | Statement::Database { .. }
            | Statement::Alias(_)
            | Statement::Access(_) => false,
        };
        let runs = self.runs(database);
        if is_of_graph && !runs { Err(Refusal::unavailable()) } else { Ok(()) }
    }

    fn carry_out(
        &mut self,
        process: &Process,
        statement: &Statement,
        (user, database, language): (&str, &str, Language),
    ) -> Result<Outcome, Refusal> {
        match statement {
            Statement::Show(show) => self.show(show, process, (user, database)),
            Statement::Call(call) => self.call(call, process, (database, language)),
            Statement::Return { name, value } => Ok(Outcome::rows(&[name], vec![vec![value.clone()]])),
            Statement::Server(command) => self.of_servers(command),
            Statement::Database { name, if_there, command, waits } => {
                let outcome = self.of_database(name, *if_there, command)?;
                let waits = *waits && *command != Command::Drop;
                if waits {
                    Ok(Outcome { changes: outcome.changes, ..self.waited(name) })
                } else {
                    Ok(outcome)
                }
            }
            Statement::Alias(command) => self.of_aliases(command),
            Statement::Access(command) => self.of_access(user, command),
            Statement::Constraint(command) => self.of_constraints(database, command),
        }
    }
}

impl Statement {
    fn writes(&self) -> bool {
        match self {
            Self::Show(_) | Self::Call(_) | Self::Return { .. } => false,
            Self::Server(_)
            | Self::Database { .. }
            | Self::Alias(_)
            | Self::Access(_)
            | Self::Constraint(_) => true,
        }
    }
}

/// Refuses what only Enterprise does; `SHOW SERVERS` and `SHOW ALIASES` of 5.26 have a code of their own.
fn check_edition(process: &Process, statement: &Statement, text: &str) -> Result<(), Refusal> {
    let unsupported = Refusal::unsupported(text);
    match statement {
        Statement::Show(show) => match show.what {
            Shown::Servers | Shown::Aliases if !process.version.is_by_calendar() => {
                Err(Refusal::new("Neo.ClientError.Statement.NotSystemDatabaseError", unsupported.message))
            }
            Shown::Servers
            | Shown::Aliases
            | Shown::Roles
            | Shown::RolePrivileges
            | Shown::UserPrivileges
            | Shown::AllPrivileges => Err(unsupported),
            Shown::Databases | Shown::Settings | Shown::Users | Shown::CurrentUser | Shown::Constraints => {
                Ok(())
            }
        },
        Statement::Call(_) | Statement::Return { .. } | Statement::Constraint(_) => Ok(()),
        Statement::Access(Access::User { command, .. }) => match command {
            User::Create(change) | User::Alter(change)
                if change.suspended.is_some() || change.home.is_some() =>
            {
                Err(unsupported)
            }
            User::Create(_) | User::Alter(_) | User::Rename(_) | User::Drop => Ok(()),
        },
        Statement::Access(Access::ChangeOwnPassword { .. }) => Ok(()),
        Statement::Server(_) | Statement::Database { .. } | Statement::Alias(_) | Statement::Access(_) => {
            Err(unsupported)
        }
    }
}

/// What a server tells without a login, long before it answers queries.
fn root(process: &Process) -> Json {
    let addresses = process.addresses();
    let edition = match process.edition {
        Edition::Community => "community",
        Edition::Enterprise => "enterprise",
    };
    let at = &addresses.http;
    json!({
        "bolt_routing": format!("neo4j://{}", addresses.bolt),
        "bolt_direct": format!("bolt://{}", addresses.bolt),
        "query": format!("http://{at}/db/{{databaseName}}/query/v2"),
        "transaction": format!("http://{at}/db/{{databaseName}}/tx"),
        "neo4j_version": process.version.to_string(),
        "neo4j_edition": edition,
    })
}

impl Cluster {
    fn runs(&self, database: &str) -> bool {
        let up = self.up();
        let found = self.system.as_ref().and_then(|system| system.databases.get(database));
        found.is_some_and(|found| {
            database == SYSTEM
                || [Mode::Primary, Mode::Secondary]
                    .into_iter()
                    .any(|mode| found.running(mode, &up).next().is_some())
        })
    }
}
