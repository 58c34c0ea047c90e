//! `evenkeel import`: writes YAML for what runs already, such that planning it right after is empty.

use super::args::{self, Import};
use super::error::Failure;
use super::{Context, ui, validate};
use crate::clock;
use crate::run::import::{Choices, ImportError, Imported, Importing, Origin};
use crate::run::session::SessionError;
use crate::run::specs::SpecsError;
use crate::source::Source;
use evenkeel_core::documents::kafka::DEFAULT_CLUSTER;
use evenkeel_core::engine::id::{ConnectionName, System};
use evenkeel_core::report::Exit;
use evenkeel_core::report::import::{ImportReport, summary};
use evenkeel_core::resources::kubernetes::import::ClusterScoped;
use evenkeel_core::resources::platform_import::Users;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the verb.
pub(super) async fn run(options: &Import, context: &Context) -> Result<Exit, Failure> {
    if context.global.base.is_some() {
        return Err(Failure::usage("an import is for whoever may contact what environment.yaml names")
            .hint("leave out --base"));
    }
    if options.users && options.from != args::From::Kafka {
        return Err(Failure::usage("only Kafka's brokers have users to import").hint("leave out --users"));
    }
    let source = context.source();
    let root = source.root();
    if matches!(source, Source::Revision { .. }) && !options.stdout {
        return Err(Failure::usage("an import writes into a directory, and a revision is none")
            .hint("add --stdout, or leave out --revision"));
    }
    let named = &options.environment.environment;
    let opened = Importing::open(&source, named, &root, &context.surroundings).await;
    let importing = opened.map_err(|error| failure(error, None, context))?;
    let made = importing.make(origin(options)).await;
    let imported = made.map_err(|error| failure(error, Some(&importing), context))?;
    if options.stdout {
        let texts: Vec<String> =
            imported.texts.iter().map(|(path, text)| format!("# {path}\n{text}")).collect();
        ui::file(&texts.join("---\n"))?;
    } else {
        write(root.path(), &imported)?;
    }
    let report = ImportReport {
        import: &imported.import,
        plan: &imported.plan,
        now: clock::now(),
        environment: &importing.session().name,
        directory: (!options.stdout).then(|| importing.directory()),
    };
    ui::talk(&summary(&report));
    Ok(exit(&report))
}

fn origin(options: &Import) -> Origin {
    let named = options.connection.as_deref().unwrap_or(DEFAULT_CLUSTER);
    let users = if options.users { Users::Taken } else { Users::Left };
    match options.from {
        args::From::Kubernetes => Origin::Kubernetes(choices(options)),
        args::From::Kafka => Origin::Platform(System::Kafka, ConnectionName::new(named), users),
        args::From::Connect => Origin::Platform(System::Connect, ConnectionName::new(named), users),
    }
}

fn choices(options: &Import) -> Choices {
    let named = options.connection.as_deref().map_or_else(ConnectionName::default, ConnectionName::from);
    Choices {
        connection: named,
        namespaces: options.namespaces.iter().map(|name| Arc::from(name.as_str())).collect(),
        kinds: options.kinds.clone(),
        cluster_scoped: if options.cluster_scoped { ClusterScoped::Taken } else { ClusterScoped::Left },
    }
}

fn exit(report: &ImportReport<'_>) -> Exit {
    let unreadable = (!report.import.unreadable.is_empty()).then_some(Exit::Unreadable);
    let unknown = (!report.import.unknown_kinds.is_empty()).then_some(Exit::Usage);
    let held = (!report.differences().is_empty()).then_some(Exit::Denied);
    Exit::first([unreadable, unknown, held].into_iter().flatten())
}

/// Nothing is overwritten: all files are looked at before the first is written.
fn write(root: &Path, imported: &Imported) -> Result<(), Failure> {
    let files: Vec<(PathBuf, &str)> =
        imported.texts.iter().map(|(path, text)| (root.join(path), text.as_str())).collect();
    let mut new = Vec::new();
    for (path, text) in files {
        match std::fs::read(&path) {
            Ok(bytes) if bytes == text.as_bytes() => {}
            Ok(_) => {
                let message = format!("{} is there already, and says something else", path.display());
                return Err(Failure::new(Exit::Failed, message)
                    .hint("move it away, or look at both: evenkeel import … --stdout"));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => new.push((path, text)),
            Err(error) => return Err(cannot(&path, "read", &error)),
        }
    }
    new.iter().try_for_each(|(path, text)| {
        std::fs::write(path, text).map_err(|error| cannot(path, "written", &error))
    })
}

fn cannot(path: &Path, done: &str, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} cannot be {done}: {error}", path.display()))
}

fn failure(error: ImportError, importing: Option<&Importing>, context: &Context) -> Failure {
    match (error, importing) {
        (ImportError::Session(SessionError::Specs(SpecsError::Wrong(findings))), Some(importing)) => {
            validate::findings(importing.opened(), &findings, context)
        }
        (ImportError::Session(error), _) => error.into(),
        (error @ ImportError::Layout(_), _) => Failure::of(Exit::Failed, &error),
    }
}
