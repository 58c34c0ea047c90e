//! What is known of one resource: whose it is and since when, what is planned for it, what holds it and what would lift it.

use super::fields::{self, Row};
use super::lock::left_open;
use super::markdown::fenced;
use super::plan::{Doing, Entry, entries, indented, offers};
use super::style::{Role, Style};
use super::{humane, plain, stranger, terraform, value, words};
use crate::engine::id::ResourceId;
use crate::engine::ledger::{self, Awaited, Book, OpenApply, OpenStep, Standing};
use crate::engine::path::Path;
use crate::engine::plan::{HeldResource, Plan, Unknown};
use crate::engine::question::Scope;
use crate::engine::step::Readiness;
use crate::engine::value::Value;
use crate::engine::verdict::{FieldChange, Manager};
use crate::engine::wanted::{Desired, Wanted};
use crate::resources::Glimpse;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Everything that is told about one resource.
#[derive(Clone, Debug)]
pub struct ExplainReport<'a> {
    /// Which.
    pub address: &'a ResourceId,
    /// What is planned now.
    pub plan: &'a Plan,
    /// What Git wants.
    pub desired: &'a Desired,
    /// What the ledger has of it.
    pub row: Option<&'a ledger::Row>,
    /// What others set on it beside what Git says.
    pub foreign: Vec<(Path, Value)>,
    /// Who wrote fields of what Git or the ledger has, the latest first, as far as its system keeps authors.
    pub managers: Vec<Manager>,
    /// What is there, if neither Git nor the ledger has it.
    pub glimpse: Option<Glimpse>,
    /// What an apply that has not ended does with it, or an ended one still waits for there.
    pub course: Course<'a>,
    /// When it is told.
    pub now: Timestamp,
}

/// What applies have to do with a resource right now.
#[derive(Clone, Debug, Default)]
pub struct Course<'a> {
    /// The apply that has begun and not ended.
    pub apply: Option<&'a OpenApply>,
    /// A step on the resource that nobody has settled yet.
    pub open: Option<&'a OpenStep>,
    /// What was changed or deleted there and has not been seen ready, or gone, since.
    pub awaited: Option<&'a Awaited>,
    /// Whether it does its work, and when that was seen; absent where nobody waits for such things.
    pub now: Option<(Readiness, Timestamp)>,
}

impl<'a> Course<'a> {
    /// Returns what a ledger and its journal say of a resource.
    #[must_use]
    pub fn of(book: &'a Book, address: &ResourceId) -> Self {
        let open = match book.standing(address) {
            Standing::Open(open) => Some(open),
            Standing::Free | Standing::Held(_) => None,
        };
        let awaited = book.awaited().find(|(awaited, _)| *awaited == address).map(|(_, awaited)| awaited);
        Self { apply: book.apply(), open, awaited, now: None }
    }

    fn is_on_its_way(&self) -> bool {
        self.open.is_some() || self.awaited.is_some()
    }
}

/// How a resource stands, in one word each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It is held back.
    Held,
    /// It, or its whole scope, could not be read.
    Unread,
    /// A step on it is not settled, or what it became is waited for.
    Waiting,
    /// Something will be done.
    Planned,
    /// It is as Git says.
    Settled,
    /// Neither Git nor the ledger has it.
    Foreign,
}

struct Facts<'a> {
    entries: Vec<Entry<'a>>,
    held: Option<&'a HeldResource>,
    unknown: Option<&'a Unknown>,
    wanted: Option<&'a Wanted>,
}

impl<'a> ExplainReport<'a> {
    fn facts(&self) -> Facts<'a> {
        let scope = Scope::of(self.address);
        Facts {
            entries: entries(self.plan)
                .into_iter()
                .filter(|entry| entry.step.address == *self.address)
                .collect(),
            held: self.plan.held.iter().find(|held| held.address == *self.address),
            unknown: self.plan.unknown.iter().find(|unknown| unknown.scope == scope),
            wanted: self.desired.resources.get(self.address),
        }
    }

    /// Returns how it stands.
    #[must_use]
    pub fn state(&self) -> State {
        let facts = self.facts();
        match (facts.held, facts.unknown) {
            (_, Some(_)) => State::Unread,
            (Some(_), None) => State::Held,
            (None, None) if self.course.is_on_its_way() => State::Waiting,
            (None, None) if !facts.entries.is_empty() => State::Planned,
            (None, None) if facts.wanted.is_none() && self.row.is_none() => State::Foreign,
            (None, None) => State::Settled,
        }
    }
}

/// Renders it as text.
#[must_use]
pub fn text(report: &ExplainReport<'_>, style: Style) -> String {
    const LABEL: usize = 11;
    let facts = report.facts();
    let heading = format!("{}\n", style.paint(Role::Heading, &headline(report)));
    let out = lines(report, &facts).iter().fold(heading, |out, (label, text)| {
        let told = plain::wrapped(text, LABEL + 2, style.width);
        format!("{out}  {label:LABEL$}{}", told.trim_start())
    });
    let changed = facts.entries.iter().flat_map(Entry::fields);
    let changed = changed.chain(facts.held.into_iter().flat_map(|held| &held.fields));
    out + &fields_of(changed, report, style) + &to_lift(report, &facts)
}

/// What an apply is doing there, what it waits for, and how to stop it.
fn course(report: &ExplainReport<'_>) -> Vec<(&'static str, String)> {
    let Course { apply, open, awaited, now } = &report.course;
    let open = open.map(|open| ("open", left_open(open)));
    let awaited = awaited.map(|Awaited { by: _, gate, needs: _ }| {
        let patience = humane::duration(gate.patience);
        ("for", format!("{}; an apply waits {patience} at most", words::condition(&gate.condition)))
    });
    let now = now.as_ref().and_then(|(readiness, at)| {
        let told = match readiness {
            Readiness::Ready => return None,
            Readiness::Waiting(words) | Readiness::Failed(words) => plain::line(words),
        };
        Some(("now", format!("{told}, seen {}", humane::ago(report.now, *at))))
    });
    let stop = apply.map(|apply| {
        let environment = &report.desired.environment;
        let stop = plain::command(&format!("evenkeel suspend {environment} --for 1h --reason \"…\""));
        ("apply", format!("plan {} has not ended. To stop before the next step: {stop}", apply.plan))
    });
    [open, awaited, now, stop].into_iter().flatten().collect()
}

/// The Approvals that would lift what holds it, ready to be pasted.
fn to_lift(report: &ExplainReport<'_>, facts: &Facts<'_>) -> String {
    let offers = facts.held.map(|held| offers(held, report.now)).unwrap_or_default();
    let documents: Vec<String> = offers.iter().map(|offer| indented(&offer.yaml())).collect();
    documents.join("---\n")
}

/// The facts, each under its label.
fn lines(report: &ExplainReport<'_>, facts: &Facts<'_>) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    lines.extend(facts.wanted.map(|wanted| ("in Git", written(wanted))));
    let no_row = || "no: the ledger does not have it".to_owned();
    lines.push(("ours", report.row.map_or_else(no_row, |row| ours(row, report.now))));
    let environment = &report.desired.environment;
    let whose = (report.address, environment);
    let glimpse = report.glimpse.iter().flat_map(|glimpse| stranger::lines(glimpse, whose, report.now));
    lines.extend(glimpse);
    lines.extend(stranger::written_by(&report.managers, report.now));
    if let Some(Unknown { scope: _, why, resources: _ }) = facts.unknown {
        lines.extend([("unread", words::why(why)), ("next", words::next_for(why.trouble, environment))]);
    }
    lines.extend(course(report));
    lines.extend(facts.entries.iter().map(|entry| ("plan", planned(entry, report))));
    if let Some(held) = facts.held {
        let would = words::held_change(held.change);
        lines.push(("held", format!("would {would}: {}", words::held(&held.held, report.now))));
        lines.extend(words::way_out(held, environment).map(|way_out| ("next", way_out)));
    }
    lines.extend(set_by_others(report).map(|told| ("others", told)));
    let others = [("needs", needs(report, facts)), ("needed by", needed_by(report))];
    let others = others.into_iter().filter(|(_, list)| !list.is_empty());
    lines.extend(others.map(|(label, list)| (label, words::addresses(&list))));
    lines
}

/// What Git does not have and does not touch.
fn set_by_others(report: &ExplainReport<'_>) -> Option<String> {
    let settings = report.foreign.iter().map(|(path, value)| format!("{path} = {}", value::one_line(value)));
    let settings: Vec<String> = settings.collect();
    (!settings.is_empty()).then(|| format!("not in Git, so it stays: {}", settings.join(", ")))
}

/// Renders it as Markdown.
#[must_use]
pub fn markdown(report: &ExplainReport<'_>) -> String {
    fenced("", &text(report, Style::plain()))
}

/// Renders it as JSON.
#[must_use]
pub fn json(report: &ExplainReport<'_>) -> Json {
    let facts = report.facts();
    let row = report.row.map(|row| json!({"since": row.since, "uid": row.uid, "revision": row.revision}));
    let wanted = facts.wanted.map(|wanted| json!({"at": wanted.at.to_string(), "document": wanted.document}));
    let held = facts
        .held
        .map(|held| json!({"why": words::held(&held.held, report.now), "next": words::way_out(held, &report.desired.environment).as_deref().map(plain::sentence)}));
    let foreign: BTreeMap<String, String> =
        report.foreign.iter().map(|(path, value)| (path.to_string(), value::one_line(value))).collect();
    json!({
        "address": report.address,
        "state": state_name(report.state()),
        "ours": row,
        "wanted": wanted,
        "planned": facts.entries.iter().map(|entry| entry.doing.verb()).collect::<Vec<_>>(),
        "held": held,
        "set_by_others": foreign,
        "managers": report.managers,
        "live": report.glimpse.as_ref().map(stranger::json),
        "unread": facts.unknown.map(|unknown| words::why(&unknown.why)),
        "needs": needs(report, &facts),
        "needed_by": needed_by(report),
        "timestamp": terraform::timestamp(report.now),
    })
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Held => "held",
        State::Unread => "unread",
        State::Waiting => "waiting",
        State::Planned => "planned",
        State::Settled => "settled",
        State::Foreign => "foreign",
    }
}

fn headline(report: &ExplainReport<'_>) -> String {
    let told = match report.state() {
        State::Held => "is held",
        State::Waiting => "waits",
        State::Unread => "could not be read, so nothing is planned for it",
        State::Planned => "will change with the next apply",
        State::Settled => "is as Git says",
        State::Foreign => "is neither in Git nor ours",
    };
    format!("{} {told}", report.address)
}

fn written(wanted: &Wanted) -> String {
    let at = plain::line(&wanted.at.to_string());
    match &wanted.document {
        Some(document) => format!("{at}, of {}", plain::line(document)),
        None => at,
    }
}

fn ours(row: &ledger::Row, now: Timestamp) -> String {
    let since = format!("since {} ({})", humane::date_and_time(row.since), humane::ago(now, row.since));
    match &row.revision {
        Some(revision) => format!("{since}, applied last from {}", plain::line(revision)),
        None => since,
    }
}

fn planned(entry: &Entry<'_>, report: &ExplainReport<'_>) -> String {
    let because = match entry.because(report.now) {
        None if entry.doing == Doing::Create => Some("not there yet".to_owned()),
        because => because,
    };
    let parts =
        [Some(entry.doing.verb().to_owned()), because, words::risk(entry.step.risk).map(str::to_owned)];
    let done = entry.step.done_when.as_ref().map(|gate| {
        format!(
            "done when {}, waits {} at most",
            words::condition(&gate.condition),
            humane::duration(gate.patience)
        )
    });
    parts.into_iter().flatten().chain(done).collect::<Vec<_>>().join(", ")
}

fn needs(report: &ExplainReport<'_>, facts: &Facts<'_>) -> Vec<ResourceId> {
    match facts.wanted {
        Some(wanted) => wanted.needs.iter().cloned().collect(),
        None => report.row.map(|row| row.needs.clone()).unwrap_or_default(),
    }
}

/// What Git wants only after this.
fn needed_by(report: &ExplainReport<'_>) -> Vec<ResourceId> {
    let all = report.desired.resources.values();
    all.filter(|wanted| wanted.needs.contains(report.address)).map(|wanted| wanted.id.clone()).collect()
}

fn fields_of<'a>(
    changed: impl Iterator<Item = &'a FieldChange>,
    report: &ExplainReport<'_>,
    style: Style,
) -> String {
    let rows: Vec<Row<'_>> = changed.map(|field| fields::planned(field, None, report.now)).collect();
    fields::rows(&rows, 4, style)
}
