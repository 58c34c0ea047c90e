//! Laws 11 and 12 over drawn clusters, changes, kills and failures: no request takes away a majority that was there, what a
//! cluster held is there afterwards, and it becomes what was asked for unless that cannot be. Most have no disruption budget:
//! the gates have to do it alone.

use super::{Desk, Document, failed, steps};
use crate::laws::machine::Kill;
use evenkeel_core::engine::id::{ConnectionName, Kind, ResourceId};
use evenkeel_core::engine::plan::{Held, Plan};
use evenkeel_core::engine::step::{Condition, Gate, Step};
use evenkeel_core::resources::neo4j::Watch;
use evenkeel_world::Random;
use evenkeel_world::kubernetes::Selector;
use std::collections::BTreeSet;

/// How many changes one cluster sees.
const ROUNDS: usize = 3;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Setting,
    Template,
    Version,
    Copies,
    MoreServers,
    FewerServers,
}

impl Sort {
    fn restarts(self) -> bool {
        matches!(self, Self::Setting | Self::Template | Self::Version)
    }

    const ALL: [Self; 7] = [
        Self::Setting,
        Self::Setting,
        Self::Template,
        Self::Version,
        Self::Copies,
        Self::MoreServers,
        Self::FewerServers,
    ];
}

fn one_of<'a, T>(random: &mut Random, all: &'a [T]) -> &'a T {
    &all[usize::try_from(random.below(all.len() as u64)).expect("small")]
}

fn below(random: &mut Random, bound: u32) -> u32 {
    u32::try_from(random.below(u64::from(bound))).expect("small")
}

fn drawn(random: &mut Random) -> Document {
    let primaries = *one_of(random, &[3, 3, 5]);
    let secondaries = below(random, 3);
    let copies = *one_of(random, &[1, 2, 3, 3]);
    let databases = vec![("sales".to_owned(), copies, below(random, secondaries + 1))];
    Document { primaries, secondaries, databases, budget: random.happens(25), ..Document::default() }
}

/// Some of it cannot be, and is refused.
fn changed(random: &mut Random, before: &Document, sort: Sort) -> Document {
    let mut after = before.clone();
    match sort {
        Sort::Setting => after.timeout = format!("{}m", 11 + random.below(40)),
        Sort::Template => after.cpu = 3 + below(random, 4),
        Sort::Version => {
            let all = ["5.26.0", "5.26.1", "5.26.2", "2025.01.0"];
            all[usize::try_from(random.below(4)).expect("small")].clone_into(&mut after.version);
        }
        Sort::Copies => {
            // Neo4j does not go from several primaries to one.
            let copies =
                if before.databases[0].1 == 1 { *one_of(random, &[1, 3]) } else { *one_of(random, &[2, 3]) };
            after.databases[0].1 = copies;
            after.databases[0].2 = below(random, before.secondaries + 1);
        }
        Sort::MoreServers if before.primaries == 3 && random.happens(50) => after.primaries = 5,
        Sort::MoreServers => after.secondaries += 1,
        Sort::FewerServers if before.primaries == 5 && random.happens(70) => after.primaries = 3,
        Sort::FewerServers => after.secondaries = after.secondaries.saturating_sub(1),
    }
    after.databases[0].1 = after.databases[0].1.min(after.primaries);
    after.databases[0].2 = after.databases[0].2.min(after.secondaries);
    after
}

/// A cluster that is changed, and what it is to become.
struct Case {
    random: Random,
    desk: Desk,
    document: Document,
}

impl Case {
    fn new(seed: u64, change_plan: Option<fn(&mut Plan)>) -> Self {
        let mut random = Random::new(seed);
        let document = drawn(&mut random);
        Self::of(document, (seed, random), change_plan)
    }

    fn of(document: Document, (seed, random): (u64, Random), change_plan: Option<fn(&mut Plan)>) -> Self {
        let mut desk = Desk::formed(seed, &document);
        desk.platform.watched = Some(ConnectionName::new("orders"));
        desk.platform.change_plan = change_plan;
        Self { random, desk, document }
    }

    fn round(&mut self, sort: Sort) {
        let kill = self.fate();
        self.change(sort, kill);
    }

    /// Changes something, is killed or disturbed in the middle, and goes on until nothing is left to do.
    fn change(&mut self, sort: Sort, kill: Option<Kill>) {
        let after = changed(&mut self.random, &self.document, sort);
        let before = std::mem::replace(&mut self.document, after);
        let is_left_alone = kill.is_none() && self.desk.platform.disturb_after.is_none();
        let end = self.desk.apply(&self.document, kill);
        self.desk.platform.disturb_after = None;
        self.keeps_majorities(&before);
        if let Some(end) = end.filter(|_| is_left_alone) {
            let undone = failed(&end);
            assert!(undone.is_empty(), "nobody interfered, and it is not done: {undone:#?}");
            // Copies of `system` are on their way to new servers, and nobody has to wait for those.
            let is_done = !sort.restarts() || self.is_everybody_there();
            assert!(is_done, "it says that it is done, and somebody is away");
        }
        self.desk.advance(60);
        if kill.is_some() {
            let _however_it_ends = self.desk.apply(&self.document, None);
            self.desk.advance(60);
        }
        self.converges();
        self.keeps_majorities(&before);
        let cluster = self.desk.cluster();
        assert_eq!(cluster.lost().len(), 0, "data was lost");
        assert!(["sales", "neo4j", "system"].iter().all(|database| cluster.has_quorum(database)));
    }

    fn keeps_majorities(&mut self, before: &Document) {
        // The only primary of a database goes with downtime, which the plan says.
        let has_one = before.databases[0].1 == 1 || self.document.databases[0].1 == 1;
        let lost = std::mem::take(&mut self.desk.platform.majorities_lost);
        let lost: Vec<&String> = lost.iter().filter(|line| !(has_one && line.ends_with(": sales"))).collect();
        assert!(lost.is_empty(), "a majority was taken away: {lost:?}");
    }

    /// Tells whether everybody who has a workload runs, and has what it is to have.
    fn is_everybody_there(&mut self) -> bool {
        let server = self.desk.platform.bench.sandbox.world.cluster();
        let all = |kind| server.list(&kind, Some("default"), &Selector::default()).expect("it is served");
        let pods = all(Kind::new("Pod"));
        let stay = pods.iter().filter(|pod| pod.at(&["metadata", "deletionTimestamp"]).is_none()).count();
        // More or fewer than the document says where that was refused.
        let workloads = all(Kind::kubernetes("apps", "StatefulSet")).len();
        stay == workloads && self.desk.cluster().is_settled()
    }

    /// Draws what befalls an apply: it is killed at some request, or somebody else deletes a pod after some request.
    fn fate(&mut self) -> Option<Kill> {
        let random = &mut self.random;
        if random.happens(40) {
            let server = format!("orders-{}-0", 1 + random.below(3));
            let at = usize::try_from(random.below(10)).expect("small");
            self.desk.platform.disturb_after = Some((at, server));
        }
        let at = usize::try_from(random.below(16)).expect("small");
        *one_of(random, &[Some(Kill::After(at)), Some(Kill::Before(at)), None])
    }

    /// Applies until a plan has no step; what it holds then cannot be, or needs what cannot be.
    fn converges(&mut self) {
        let mut planned = Vec::new();
        for _apply in 0..3 {
            let plan = self.desk.plan(&self.document);
            if plan.steps.is_empty() {
                let refused = refused_for_nothing(&plan);
                assert!(refused.is_empty(), "it could be, and is refused: {refused:#?}");
                return;
            }
            planned = steps(&plan);
            let _however_it_ends = self.desk.apply(&self.document, None);
            self.desk.advance(60);
        }
        panic!("it is never done: {planned:#?}");
    }
}

/// What is held although it could be done, and would be.
fn refused_for_nothing(plan: &Plan) -> Vec<String> {
    let mut reasons: BTreeSet<&ResourceId> = BTreeSet::new();
    loop {
        let known = reasons.len();
        for held in &plan.held {
            match &held.held {
                Held::Impossible(_) => drop(reasons.insert(&held.address)),
                Held::WaitsFor(for_what) if for_what.iter().any(|id| reasons.contains(id)) => {
                    reasons.insert(&held.address);
                }
                _ => {}
            }
        }
        if reasons.len() == known {
            break;
        }
    }
    let rest = plan.held.iter().filter(|held| !reasons.contains(&held.address));
    rest.map(|held| format!("{}: {:?}", held.address, held.held)).collect()
}

fn keeps_the_laws(seed: u64, change_plan: Option<fn(&mut Plan)>) {
    let mut case = Case::new(seed, change_plan);
    for _round in 0..ROUNDS {
        let sort = *one_of(&mut case.random, &Sort::ALL);
        case.round(sort);
    }
}

/// Changes of one sort only.
fn keeps_the_laws_where(sort: Sort, seed: u64, change_plan: fn(&mut Plan)) {
    case_of(sort, seed, change_plan).round(sort);
}

fn keeps_the_laws_undisturbed(sort: Sort, change_plan: fn(&mut Plan)) {
    (0..2).for_each(|seed| case_of(sort, seed, change_plan).change(sort, None));
}

fn case_of(sort: Sort, seed: u64, change_plan: fn(&mut Plan)) -> Case {
    let mut random = Random::new(seed);
    let mut document = drawn(&mut random);
    if sort == Sort::FewerServers {
        document.primaries = 5;
    }
    document.budget = sort == Sort::FewerServers;
    // A database on two that vote lets nobody be restarted.
    document.databases[0].1 = 3;
    Case::of(document, (seed, random), Some(change_plan))
}

#[test]
fn no_request_takes_away_a_majority_and_no_data_is_lost() {
    (0..4).for_each(|seed| keeps_the_laws(seed, None));
}

#[test]
#[ignore = "long: ten thousand changes, or those that `EVENKEEL_SEED` and `EVENKEEL_SEEDS` name"]
#[allow(clippy::disallowed_methods, reason = "whoever runs it says how many")]
fn no_request_takes_away_a_majority_in_ten_thousand_changes() {
    let from = std::env::var("EVENKEEL_SEED").map_or(0, |seed| seed.parse().expect("a number"));
    let seeds = std::env::var("EVENKEEL_SEEDS").map_or(3_334, |count| count.parse().expect("a number"));
    let mut broken = Vec::new();
    for seed in from..from + seeds {
        if std::panic::catch_unwind(|| keeps_the_laws(seed, None)).is_err() {
            broken.push(seed);
        }
    }
    assert_eq!(broken, Vec::<u64>::new(), "seeds under which a law breaks");
}

/// Each server sees nobody's turn but its own.
fn each_alone(plan: &mut Plan) {
    for gate in plan.steps.iter_mut().flat_map(|step| &mut step.gates) {
        if let Condition::Neo4j(watch) = &mut gate.condition
            && let Watch::Turn(turn) = &mut **watch
        {
            turn.among.retain(|name, _| *name == turn.server);
        }
    }
}

#[test]
#[should_panic(expected = "a majority was taken away")]
fn where_turns_do_not_see_each_other_law_11_breaks() {
    (0..12).for_each(|seed| keeps_the_laws_where(Sort::Setting, seed, each_alone));
}

/// Takes gates out of every step, also those that make it done.
fn without(plan: &mut Plan, is_out: fn(&Watch) -> bool) {
    let is_out = |gate: &Gate| matches!(&gate.condition, Condition::Neo4j(watch) if is_out(watch));
    let from = |step: &mut Step| {
        step.gates.retain(|gate| !is_out(gate));
        step.done_when = step.done_when.take_if(|gate| !is_out(gate));
    };
    plan.steps.iter_mut().for_each(from);
}

#[test]
#[should_panic(expected = "a majority was taken away")]
fn without_turns_law_11_breaks() {
    let out = |plan: &mut Plan| without(plan, |watch| matches!(watch, Watch::Turn(_)));
    (0..12).for_each(|seed| keeps_the_laws_where(Sort::Setting, seed, out));
}

#[test]
#[should_panic(expected = "a majority was taken away")]
fn where_the_budget_is_lowered_before_servers_are_gone_it_lets_several_go() {
    keeps_the_laws_undisturbed(Sort::FewerServers, with_the_budget_first);
}

#[test]
#[should_panic(expected = "it says that it is done, and somebody is away")]
fn without_waiting_for_who_comes_back_an_apply_ends_before_the_last_one_is() {
    keeps_the_laws_undisturbed(Sort::Template, |plan| without(plan, |it| matches!(it, Watch::Back { .. })));
}

/// No law of ours breaks: Neo4j drops nobody who is not empty.
#[test]
#[should_panic(expected = "nobody interfered, and it is not done")]
fn without_waiting_until_a_server_is_empty_neo4j_refuses_to_drop_it() {
    keeps_the_laws_undisturbed(Sort::FewerServers, |plan| {
        without(plan, |it| matches!(it, Watch::Drained { .. }));
    });
}

fn with_the_budget_first(plan: &mut Plan) {
    let budgets = plan.steps.iter_mut().filter(|step| step.address.kind.as_str() == "PodDisruptionBudget");
    budgets.for_each(|step| step.after.clear());
}
