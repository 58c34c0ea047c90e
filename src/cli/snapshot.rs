//! `evenkeel snapshot`, and `plan --live`: live answers in a file, and a plan from it that contacts nobody.

use super::args::{Plan, Snapshot};
use super::error::Failure;
use super::plan::{next, tell};
use super::{Context, specs_failure, ui};
use crate::clock;
use crate::run::snapshot::{Offline, OfflineError, plan, take};
use evenkeel_core::engine::snapshot::{Recorded, SnapshotError};
use evenkeel_core::report::plan::PlanReport;
use evenkeel_core::report::snapshot::{planned_from, summary};
use evenkeel_core::report::{self, Exit};
use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Runs the verb.
pub(super) async fn run(options: &Snapshot, context: &Context) -> Result<Exit, Failure> {
    let session = context.open(&options.environment.environment).await?;
    let recorded = take(&session).await?;
    let bytes = recorded.to_bytes().map_err(|error| Failure::of(Exit::Failed, &error))?;
    write(&options.out, &bytes).map_err(|error| {
        Failure::new(Exit::Failed, format!("{} cannot be written: {error}", options.out.display()))
    })?;
    ui::talk(&summary(&recorded, &options.out.display().to_string()));
    Ok(if recorded.is_complete() { Exit::Done } else { Exit::Unreadable })
}

/// A snapshot is as confidential as what is live: whoever publishes it says so by changing its mode.
///
/// It is there whole or not at all. What is no regular file, such as a pipe or `/dev/stdout`, is written to, not replaced.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_replaced = match std::fs::symlink_metadata(path) {
        Ok(there) => there.is_file(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_replaced {
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        return options.open(path)?.write_all(bytes);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    let unfinished = path.with_file_name(name);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    // One that was left behind may be open to others.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}

/// Plans from a snapshot.
pub(super) async fn plan_from(file: &Path, options: &Plan, context: &Context) -> Result<Exit, Failure> {
    let bytes =
        std::fs::read(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let recorded = Recorded::read(&bytes).map_err(|error| refused(file, &error))?;
    let opened = context.read().await?;
    let named = &options.environment.environment;
    let planned = plan(&opened, (named, &context.source().root()), &recorded, options.expect_deletes);
    let Offline { specs, plan } = planned.map_err(|error| match error {
        OfflineError::Snapshot(error) => refused(file, &error),
        OfflineError::Specs(error) => specs_failure(error, &opened, context),
    })?;
    let now = clock::now();
    let next = Some(next(options, context)).filter(|_| !plan.steps.is_empty());
    let (systems, offline) = (recorded.systems, report::snapshot::Offline::of(&recorded));
    let report = PlanReport {
        plan: &plan,
        desired: Some(&specs.desired),
        now,
        systems,
        next,
        offline: Some(offline.clone()),
    };
    let exit = tell(&report, options, context)?;
    ui::talk(&planned_from(&offline, &file.display().to_string(), now));
    Ok(exit)
}

fn refused(file: &Path, error: &SnapshotError) -> Failure {
    let exit = match error {
        SnapshotError::Targets => Exit::Stale,
        SnapshotError::Another
        | SnapshotError::Format(_)
        | SnapshotError::Damaged(_)
        | SnapshotError::OtherVersion { writer: _, source: _ }
        | SnapshotError::Environment(_) => Exit::Usage,
    };
    let told = Failure::of(exit, error);
    Failure { message: format!("{}: {}", file.display(), told.message), ..told }
}
