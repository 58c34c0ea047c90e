//! One object judged: the verdicts by reading and by dry run, the places they name, the managers, and what an apply
//! leaves behind.

use super::oracle::Truth;
use super::report::{Means, Report, What};
use super::round::{ENVIRONMENT, Scene, core};
use super::server::PATCH;
use super::tally::{Judgement, is_of_the_server};
use evenkeel_core::engine::ledger::Row;
use evenkeel_core::engine::path::{Path, Segment};
use evenkeel_core::engine::question::{Body, Seen};
use evenkeel_core::engine::value::Value as CoreValue;
use evenkeel_core::engine::verdict::{FieldChange, Verdict};
use evenkeel_core::resources::kubernetes::{
    MARKER, Normal, compare, compare_projected, hand_over, left_to_others, takes_over_from,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How often an object is read again that its controller writes meanwhile.
const READINGS: usize = 5;

/// What is live, and what a forced dry run says would become of it.
struct Answers {
    live: Value,
    projected: Value,
}

impl Scene<'_> {
    pub(super) async fn judge(&self, url: &str, wanted: &Normal, row: &Row, report: &mut Report) {
        let Some(read_before) = self.give_up(url, wanted, report).await else { return };
        let Some(Answers { live, projected }) = self.ask(url, wanted, report).await else { return };
        let truth = Truth::of(&live, &projected, (MARKER, ENVIRONMENT));
        let (seen, projected) = (self.seen(&live, wanted), self.seen(&projected, wanted));
        let read = compare(wanted, &read_before, Some(row), &self.shape);
        for (means, verdict) in [
            (Means::Remembered, &read),
            (Means::FirstContact, &compare(wanted, &read_before, None, &self.shape)),
            (Means::DryRun, &compare_projected(wanted, &seen, &projected, Some(row), &self.shape)),
        ] {
            let judgement = Judgement::of(verdict, truth.is_change());
            let is_wrong = match &judgement {
                Judgement::Missed | Judgement::False => true,
                Judgement::Undecided(_) => means == Means::DryRun,
                Judgement::Same | Judgement::Differs | Judgement::HeldAsLost => false,
            };
            if is_wrong {
                let (changed, object) = (truth.show(), Self::show(wanted, &seen));
                let detail = format!("{judgement:?}\n  verdict {verdict:?}\n  truth {changed}{object}");
                report.findings.push(self.finding(What::Wrong(means), detail).naming(named(verdict)));
            }
            report.count(means, judgement);
        }
        self.judge_paths(&read, &truth, report);
        self.judge_conflicts(url, wanted, &seen, report).await;
        self.settle(url, wanted, report).await;
    }

    fn show(wanted: &Normal, seen: &Seen) -> String {
        let Body::Whole(live) = &seen.body else { return String::new() };
        let json = |value: &CoreValue| serde_json::to_string(value).expect("JSON");
        format!("\n  live {}\n  wanted {}", json(live), json(&wanted.value))
    }

    /// Gives up what our entry has of the places that are left to others, as the step before an apply does; returns
    /// what was read before.
    async fn give_up(&self, url: &str, wanted: &Normal, report: &mut Report) -> Option<Seen> {
        for _ in 0..READINGS {
            let live = self.server.get(url).await;
            if !live.is_ok() {
                report.undrawn += 1;
                return None;
            }
            let seen = self.seen(&live.body, wanted);
            let left = left_to_others(wanted, &seen, &self.shape);
            if left.is_empty() {
                return Some(seen);
            }
            let reply = self.server.patch(url, PATCH, &self.release(&live.body, wanted, &left)).await;
            // A controller that wrote meanwhile makes it fail, as it should.
            if reply.is_ok() {
                report.left += 1;
                self.judge_release(&live.body, &reply.body, wanted, report);
                return Some(seen);
            }
        }
        report.findings.push(self.finding(What::NotLeft, format!("{url} refuses")));
        None
    }

    fn release(&self, live: &Value, wanted: &Normal, left: &[Path]) -> Value {
        let entries = live["metadata"]["managedFields"].as_array().map_or(&[][..], Vec::as_slice);
        let entries: Vec<CoreValue> = entries.iter().map(core).collect();
        let handed = hand_over(&entries, &[], left, (wanted, &self.shape));
        json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
            {"op": "add", "path": "/metadata/managedFields", "value": handed},
        ])
    }

    fn judge_release(&self, live: &Value, after: &Value, wanted: &Normal, report: &mut Report) {
        let still = left_to_others(wanted, &self.seen(after, wanted), &self.shape);
        let mut after = after.clone();
        after["metadata"]["labels"][MARKER] = json!(ENVIRONMENT);
        let truth = Truth::of(live, &after, (MARKER, ENVIRONMENT));
        if !still.is_empty() || truth.is_change() {
            let detail = format!("{}, still {still:?}", truth.show());
            report.findings.push(self.finding(What::NotLeft, detail));
        }
    }

    /// Reads the object before and after the dry run, until both readings are the same.
    async fn ask(&self, url: &str, wanted: &Normal, report: &mut Report) -> Option<Answers> {
        for _ in 0..READINGS {
            let live = self.server.get(url).await;
            if !live.is_ok() {
                report.undrawn += 1;
                return None;
            }
            let projected = self.apply(url, wanted, "force=true&dryRun=All").await;
            if !projected.is_ok() {
                report.rejected += 1;
                // What a hand edit broke, nobody can apply over; what we send must never make the server fail.
                if projected.code >= 500 && !projected.message().contains("existing fields") {
                    report.findings.push(self.finding(What::ServerFails, projected.message().to_owned()));
                }
                return None;
            }
            let version = |body: &Value| body["metadata"]["resourceVersion"].clone();
            if version(&self.server.get(url).await.body) == version(&live.body) {
                return Some(Answers { live: live.body, projected: projected.body });
            }
        }
        panic!("{url} is written all the time");
    }

    fn judge_paths(&self, verdict: &Verdict, truth: &Truth, report: &mut Report) {
        let Verdict::Differs(_) = verdict else { return };
        report.named += 1;
        let unreal: Vec<&FieldChange> =
            named(verdict).into_iter().filter(|field| !truth.changes_at(&field.path)).collect();
        if !unreal.is_empty() {
            let paths: Vec<String> = unreal.iter().map(|field| field.path.to_string()).collect();
            let detail = format!("{} of {}", paths.join(", "), truth.show());
            report.findings.push(self.finding(What::UnrealPath, detail).naming(unreal));
        }
    }

    /// An unforced dry run must conflict with the managers that the verdict names.
    async fn judge_conflicts(&self, url: &str, wanted: &Normal, seen: &Seen, report: &mut Report) {
        let over = takes_over_from(wanted, seen, &self.shape);
        let named_managers: BTreeSet<&str> = over.iter().map(|over| &*over.manager).collect();
        let reply = self.apply(url, wanted, "force=false&dryRun=All").await;
        let causes = match reply.code {
            409 => reply.body["details"]["causes"].as_array().map_or(&[][..], Vec::as_slice),
            _ => &[],
        };
        let quoted = |cause: &'_ Value| cause["message"].as_str()?.split('"').nth(1).map(str::to_owned);
        let real: BTreeSet<String> = causes.iter().filter_map(quoted).collect();
        if real.is_empty() && named_managers.is_empty() {
            return;
        }
        report.conflicts += 1;
        if !real.iter().map(String::as_str).eq(named_managers.iter().copied()) && reply.code < 500 {
            let named: Vec<String> =
                over.iter().map(|over| format!("{} {}", over.manager, over.path)).collect();
            let (named, object) = (named.join(", "), Self::show(wanted, seen));
            let detail = format!("named {named}, real {real:?}: {}{object}", reply.message());
            let surplus = over.iter().filter(|over| !real.contains(&*over.manager));
            let is_harmless = real.iter().all(|manager| named_managers.contains(&**manager))
                && surplus.into_iter().all(|over| takes_nothing(wanted, &over.path));
            let what = if is_harmless { What::MoreManagers } else { What::OtherManagers };
            report.findings.push(self.finding(what, detail));
        }
    }

    /// Applied and remembered, the object must be the same: nothing is left to do.
    async fn settle(&self, url: &str, wanted: &Normal, report: &mut Report) {
        let applied = self.apply(url, wanted, "force=true").await;
        if !applied.is_ok() {
            return;
        }
        let row = self.row(wanted, &applied.body);
        let read = self.server.get(url).await;
        let seen = self.seen(&read.body, wanted);
        match compare(wanted, &seen, Some(&row), &self.shape) {
            Verdict::Same => {}
            verdict => report.findings.push(self.finding(What::NotSettled, format!("{verdict:?}"))),
        }
    }
}

/// Returns what a verdict says the server would change.
fn named(verdict: &Verdict) -> Vec<&FieldChange> {
    match verdict {
        Verdict::Differs(difference) => {
            difference.fields.iter().filter(|field| is_of_the_server(field)).collect()
        }
        Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => Vec::new(),
    }
}

/// Tells whether an announced place is one of an item's order, or of a null.
fn takes_nothing(wanted: &Normal, path: &Path) -> bool {
    let fields = path.0.iter().try_fold(&*wanted.value, |value, segment| match segment {
        Segment::Field(name) => value.get(name),
        Segment::Keyed(_) | Segment::Member(_) | Segment::Index(_) => None,
    });
    matches!(path.0.last(), Some(Segment::Keyed(_) | Segment::Member(_))) || fields == Some(&CoreValue::Null)
}
