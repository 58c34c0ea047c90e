//! A plan for people at a terminal: readable without colour, at 100 columns, top to bottom.

use super::idle::idle;
use super::load;
use super::offers::to_lift;
use super::outline::{self, Doing, Entry, entries};
use super::pending::pending;
use super::{Counts, PlanReport};
use crate::engine::id::{EnvironmentName, ResourceId, System};
use crate::engine::plan::{Advice, Goal, Held, HeldResource, Plan, Remark, Unknown, Unwell};
use crate::engine::question::Why;
use crate::engine::step::{Action, Operation, Reason, Step};
use crate::engine::verdict::FieldChange;
use crate::report::fields::{self, Row};
use crate::report::style::{Role, Style};
use crate::report::{humane, plain, words};
use crate::resources::neo4j::Cluster;
use std::collections::{BTreeMap, BTreeSet};

/// So many deletions are told one by one; more that share their reason are told together.
const FEW: usize = 3;

/// Renders a plan as text.
#[must_use]
pub fn text(report: &PlanReport<'_>, style: Style) -> String {
    let counts = Counts::of(report.plan);
    let parts = [
        header(report, style),
        changes(report, style),
        records(report, style),
        held(report, style),
        remarks(report.plan, style),
        unwell(report.plan, style),
        load(report.plan, style),
        not_compared(report.plan, style),
        pending(report.plan, style),
        to_lift(report, style),
        idle(report, style),
        last_lines(report, counts, style),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn header(report: &PlanReport<'_>, style: Style) -> String {
    let plan = report.plan;
    let revision = plan.revision.as_ref().map_or_else(String::new, |revision| format!(" at {revision}"));
    let seen = match plan.seen {
        Some(seen) => format!(", seen {}", humane::ago(report.now, seen)),
        None => ", nothing contacted".to_owned(),
    };
    let systems = humane::count(report.systems, "system");
    let line = plain::line(&format!("{}{revision}", plan.environment));
    let goal = match plan.goal {
        Goal::Converge => "",
        Goal::Destroy { data: _ } => ": everything that is ours goes",
        Goal::Forget { addresses: _ } => ": no longer ours",
    };
    format!("{} against {systems}{seen}{goal}\n", style.paint(Role::Heading, &line))
}

/// The changes, grouped by document or by plain kind, groups in the order of their first step.
pub(super) fn changes(report: &PlanReport<'_>, style: Style) -> String {
    let mut groups: Vec<(String, String, BTreeSet<String>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries(report.plan).iter().filter(|entry| entry.doing.is_change()) {
        let title = title(report, &entry.step.address);
        let index = *known.entry(title.clone()).or_insert(groups.len());
        if index == groups.len() {
            groups.push((title, String::new(), BTreeSet::new()));
        }
        groups[index].1.push_str(&change(report, entry, style));
        groups[index].2.extend(entry.step.gates.iter().filter_map(|gate| gate.condition.rule()));
    }
    let groups = groups.iter().map(|(title, text, rules)| {
        let rules = rules.iter().map(|rule| plain::wrapped(rule, 2, style.width)).collect::<String>();
        format!("{}\n{text}{rules}", style.paint(Role::Heading, title))
    });
    groups.collect::<Vec<_>>().join("\n")
}

fn title(report: &PlanReport<'_>, address: &ResourceId) -> String {
    let wanted = report.desired.and_then(|desired| desired.resources.get(address));
    let document = wanted.and_then(|wanted| wanted.document.as_ref());
    match document.or_else(|| cluster(report, address).map(|cluster| &cluster.document)) {
        Some(document) => plain::line(document),
        None => address.kind.to_string(),
    }
}

/// Returns the cluster that something belongs to that no document names: a pod, a server that leaves.
fn cluster<'a>(report: &PlanReport<'a>, address: &ResourceId) -> Option<&'a Cluster> {
    let mut clusters = report.desired?.clusters.values();
    let is_of = |cluster: &&Cluster| match address.system {
        System::Neo4j => cluster.connection == address.connection,
        System::Kubernetes => cluster.has_pod(address),
        System::Kafka | System::Connect => false,
    };
    clusters.find(is_of)
}

fn change(report: &PlanReport<'_>, entry: &Entry<'_>, style: Style) -> String {
    let mut out = head(report, entry, style);
    out.push_str(&fields::rows(&rows(report, &entry.step.address, entry.fields()), 6, style));
    let follow = report.plan.steps.iter().filter(|step| step.address == entry.step.address);
    for from in follow.filter_map(carried_from) {
        let line = format!("goes on where {from} stands, which is stopped first");
        out.push_str(&plain::wrapped(&line, 6, style.width));
    }
    for told in moves(entry.step).chain(gates(entry.step)) {
        out.push_str(&plain::wrapped(&told, 6, style.width));
    }
    for approval in &entry.step.approvals {
        out.push_str(&plain::wrapped(&words::approval(approval), 6, style.width));
    }
    for taken in
        entry.step.takes_over.iter().filter(|taken| entry.fields().all(|field| field.path != taken.path))
    {
        let line = format!("takes {} over from {}", taken.path, plain::line(&taken.manager));
        out.push_str(&plain::wrapped(&line, 6, style.width));
    }
    out
}

/// Where the databases of a server go.
fn moves(step: &Step) -> impl Iterator<Item = String> {
    let moves = match &step.action {
        Action::Operation(Operation::Deallocate { moves }) => moves.as_slice(),
        Action::Write { .. } | Action::Confirm { .. } | Action::Delete { .. } | Action::Operation(_) => &[],
    };
    moves.iter().map(|it| format!("{} goes to {}", it.database, it.to))
}

/// What must hold before it starts, where that is more than what the whole group is told to keep to.
fn gates(step: &Step) -> impl Iterator<Item = String> {
    let own = step.gates.iter().filter(|gate| gate.condition.rule().is_none());
    own.map(|gate| format!("after: {}", words::condition(&gate.condition)))
}

fn carried_from(step: &Step) -> Option<&ResourceId> {
    if let Action::Operation(Operation::CarryOffsets { from, own: _ }) = &step.action {
        Some(from)
    } else {
        None
    }
}

/// The line of one change: sign, address, cost and reason.
pub(super) fn head(report: &PlanReport<'_>, entry: &Entry<'_>, style: Style) -> String {
    let notes = notes(report, entry);
    let notes = if notes.is_empty() { notes } else { format!("   {notes}") };
    let sign = style.paint(entry.doing.role(), entry.doing.sign());
    format!("  {sign} {}{notes}\n", entry.step.address)
}

/// What stands beside an address: its cost, and why, where the fields do not tell.
fn notes(report: &PlanReport<'_>, entry: &Entry<'_>) -> String {
    let line = line(report, &entry.step.address).filter(|_| entry.doing == Doing::Create);
    let verb = matches!(entry.doing, Doing::Cordon | Doing::Drain).then(|| entry.doing.verb().to_owned());
    let risk = words::risk(entry.risk()).map(str::to_owned);
    let parts = verb.into_iter().chain(risk).chain(line).chain(entry.because(report.now));
    parts.collect::<Vec<_>>().join(", ")
}

fn rows<'a>(
    report: &PlanReport<'_>,
    address: &ResourceId,
    changed: impl Iterator<Item = &'a FieldChange>,
) -> Vec<Row<'a>> {
    let line = line(report, address);
    changed.map(|field| fields::planned(field, line.as_deref(), report.now)).collect()
}

/// Where a resource is written, by file name, as the header names the environment already.
fn line(report: &PlanReport<'_>, address: &ResourceId) -> Option<String> {
    let at = &report.desired?.resources.get(address)?.at;
    let file = at.file.rsplit('/').next().unwrap_or(&at.file);
    Some(format!("{}:{}", plain::line(file), at.line))
}

/// What changes no value: one line each.
pub(super) fn records(report: &PlanReport<'_>, style: Style) -> String {
    let entries = entries(report.plan);
    let lines: Vec<String> = entries
        .iter()
        .filter(|entry| !entry.doing.is_change())
        .map(|entry| {
            let sign = style.paint(entry.doing.role(), entry.doing.sign());
            let because = words::reason(&entry.step.because, report.now);
            let told = match (entry.doing, because) {
                (Doing::Move, Some(because)) => because,
                (doing, Some(because)) => format!("{}: {because}", doing.verb()),
                (doing, None) => doing.verb().to_owned(),
            };
            format!("  {sign} {}   {told}\n", entry.step.address)
        })
        .collect();
    part("Recorded, no value changes", &lines, style)
}

pub(super) fn held(report: &PlanReport<'_>, style: Style) -> String {
    let all: Vec<&HeldResource> = outline::held(report.plan).collect();
    let is_braked = |resource: &&HeldResource| matches!(resource.held, Held::OverLimit { .. });
    let braked: Vec<&HeldResource> = all.iter().copied().filter(is_braked).collect();
    let brake =
        braked.first().filter(|_| braked.len() > FEW).map(|first| brake(report, (first, &braked), style));
    let each = all.into_iter().filter(|resource| brake.is_none() || !is_braked(resource));
    let each = each.map(|resource| held_resource(report, resource, style));
    let lines: Vec<String> = each.chain(brake.clone()).collect();
    part("Held", &lines, style)
}

/// Deletions that share one reason and one way out: said once, with every address.
fn brake(
    report: &PlanReport<'_>,
    (first, braked): (&HeldResource, &[&HeldResource]),
    style: Style,
) -> String {
    let sign = style.paint(Role::Held, "!");
    let (change, number) = (words::held_change(first.change), braked.len());
    let allowed = if let Held::OverLimit { deletes: _, allowed } = first.held {
        format!(": {allowed} go without being asked for")
    } else {
        String::new()
    };
    let listed = plain::wrapped(&words::compact(braked.iter().map(|held| &held.address)), 6, style.width);
    let next = ["Not in Git any more.".to_owned()]
        .into_iter()
        .chain(words::way_out(first, &report.plan.environment));
    let next = plain::wrapped(&next.collect::<Vec<_>>().join(" "), 6, style.width);
    format!("  {sign} {change} {number} resources{allowed}\n{listed}{next}")
}

fn held_resource(report: &PlanReport<'_>, resource: &HeldResource, style: Style) -> String {
    let sign = style.paint(Role::Held, "!");
    let change = words::held_change(resource.change);
    let why = words::held(&resource.held, report.now);
    let line = format!("{}   {change}   {why}", resource.address);
    let mut out = if plain::width_of(&line) + 4 <= style.width {
        format!("  {sign} {line}\n")
    } else {
        format!("  {sign} {}   {change}\n{}", resource.address, plain::wrapped(&why, 6, style.width))
    };
    out.push_str(&fields::rows(&rows(report, &resource.address, resource.fields.iter()), 6, style));
    let gone = (resource.because == Reason::NoLongerWanted).then(|| "Not in Git any more.".to_owned());
    let way_out = match (&report.plan.goal, &resource.held) {
        (Goal::Destroy { data: _ }, Held::HoldsData) => {
            let option = plain::unbroken(&format!("--data {}", resource.address));
            Some(format!("It is kept, and stays ours. To let it go as well: {option}"))
        }
        (Goal::Converge | Goal::Destroy { .. } | Goal::Forget { .. }, _) => {
            words::way_out(resource, &report.plan.environment)
        }
    };
    let next: Vec<String> = gone.into_iter().chain(way_out).collect();
    out.push_str(&plain::wrapped(&next.join(" "), 6, style.width));
    out
}

/// What could not be read, and what that freezes.
pub(in crate::report) fn not_compared(plan: &Plan, style: Style) -> String {
    let scopes = plan.unknown.iter().map(|unknown| self::unknown(unknown, &plan.environment, style));
    let secrets = outline::not_compared(plan)
        .map(|(resource, why)| unread_secret((resource, why), &plan.environment, style));
    part("Not compared", &scopes.chain(secrets).collect::<Vec<_>>(), style)
}

fn unread_secret(
    (resource, why): (&HeldResource, &Why),
    environment: &EnvironmentName,
    style: Style,
) -> String {
    let (cause, next) = (words::why(why), words::next_for(why.trouble, environment));
    let told = format!("{}. It keeps what it has. {next}", cause.trim_end_matches('.'));
    let sign = style.paint(Role::Held, "?");
    format!("  {sign} {}\n{}", resource.address, plain::wrapped(&told, 6, style.width))
}

fn unknown(unknown: &Unknown, environment: &EnvironmentName, style: Style) -> String {
    let Unknown { scope, why, resources } = unknown;
    let keep = match resources {
        0 => "Nothing is planned there.".to_owned(),
        1 => "1 resource keeps what it has; nothing is planned there.".to_owned(),
        many => format!("{many} resources keep what they have; nothing is planned there."),
    };
    let (cause, next) = (words::why(why), words::next_for(why.trouble, environment));
    let told = format!("{}. {keep} {next}", cause.trim_end_matches('.'));
    format!("  {} {scope}\n{}", style.paint(Role::Held, "?"), plain::wrapped(&told, 6, style.width))
}

/// What policies say without holding anything back: warnings, and what stays though it would not be let in.
pub(super) fn remarks(plan: &Plan, style: Style) -> String {
    let lines: Vec<String> = plan.remarks.iter().map(|remark| self::remark(remark, style)).collect();
    part("Policies", &lines, style)
}

fn remark(remark: &Remark, style: Style) -> String {
    let Remark { address, severity, denial } = remark;
    let of = address.as_ref().map_or_else(|| "the environment".to_owned(), ToString::to_string);
    let told = words::remark(*severity, denial);
    format!("  {} {of}\n{}", style.paint(Role::Held, "*"), plain::wrapped(&told, 6, style.width))
}

/// What no step mends; it is as Git says, and silence would let somebody think that it works.
pub(super) fn unwell(plan: &Plan, style: Style) -> String {
    let line = |unwell: &Unwell| {
        let Unwell { address, why } = unwell;
        let sign = style.paint(Role::Held, "!");
        format!("  {sign} {address}\n{}", plain::wrapped(&plain::line(why), 6, style.width))
    };
    part("As Git says, and not at work", &plan.unwell.iter().map(line).collect::<Vec<_>>(), style)
}

/// What nobody's step does, and somebody may write.
pub(super) fn load(plan: &Plan, style: Style) -> String {
    let line = |advice: &Advice| {
        let sign = style.paint(Role::Heading, "*");
        let told = plain::wrapped(&plain::line(&load::advice(advice)), 4, style.width);
        format!("  {sign} {}", told.trim_start())
    };
    part("Load", &plan.advice.iter().map(line).collect::<Vec<_>>(), style)
}

fn part(title: &str, lines: &[String], style: Style) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n{}", style.paint(Role::Heading, title), lines.concat())
}

fn last_lines(report: &PlanReport<'_>, counts: Counts, style: Style) -> String {
    let sentence = style.paint(Role::Heading, &counts.sentence_for(&report.plan.goal));
    match &report.next {
        Some(next) => format!("{sentence}\nplan {}   next: {next}\n", report.plan.id),
        None => format!("{sentence}\n"),
    }
}
