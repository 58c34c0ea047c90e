//! Scenes about two holders: what the older one still has on its way must not count any more.

use super::{Law, needs, next_holder, one_step};
use crate::apply_desk::{Applier, Away, World, plan, step, thing, timing};
use evenkeel_core::engine::apply::{Event, Job, Mechanism, StoreAnswer, StoreRequest, Timing};
use evenkeel_core::engine::journal::Epoch;
use evenkeel_core::engine::ledger::Book;
use evenkeel_world::store::{Checks, StateStore};

const BATCHES: Away =
    |request| matches!(request, StoreRequest::Create { position, .. } if position.sequence > 0);
const SHARDS: Away = |request| matches!(request, StoreRequest::WriteShard { .. });

fn is_turned_away(answer: &StoreAnswer) -> Law {
    Law::holds_if(matches!(answer, StoreAnswer::Exists(_)))
}

#[test]
fn without_seals_an_intent_of_the_old_holder_lands_after_the_new_one_has_read() {
    needs(Mechanism::Seals, |out| {
        let mut world = World::with(&[("a", 0)]);
        let mut old = Applier::prepared("n1", one_step(), &world, None, timing());
        old.away = BATCHES;
        old.start(&mut world);
        let next = next_holder("n2", one_step(), &mut world, out);
        assert_eq!(next.epoch(), Some(Epoch(2)));
        let (_, answer) = old.land(BATCHES, &mut world);
        is_turned_away(&answer)
    });
}

#[test]
fn without_a_second_look_at_the_ledger_a_seal_stands_where_a_batch_was_truncated() {
    needs(Mechanism::SecondLook, |out| {
        let mut world = World::with(&[("a", 0), ("b", 0)]);
        let run = plan("two", vec![step("a", 1, &[]), step("b", 1, &["a"])]);
        let often = Timing { checkpoint_batches: 1, ..timing() };
        let mut old = Applier::prepared("n1", run.clone(), &world, None, often);
        old.start(&mut world);
        // The new holder has listed the journal and is about to seal it.
        world.store.break_lock("a person");
        let mut next = Applier::prepared("n2", run, &world, out, timing());
        next.away = |request| matches!(request, StoreRequest::Create { .. });
        next.start(&mut world);
        let (call, _) = next.held[0].clone();
        // Meanwhile the old one, which has not noticed, writes a batch under that name, folds and truncates it.
        old.carry_out(&mut world);
        old.away = BATCHES;
        old.carry_out_all(&mut world);
        old.pass(50, &mut world);
        let (_, answer) = next.land(|_| true, &mut world);
        next.away = |_| false;
        next.happens(Event::Store(call, answer), &mut world);
        assert_eq!(next.epoch(), Some(Epoch(2)));
        let (_, answer) = old.land(BATCHES, &mut world);
        is_turned_away(&answer)
    });
}

#[test]
fn without_keeping_seals_and_openings_a_writer_that_wakes_up_late_gets_its_epoch_after_all() {
    needs(Mechanism::GuardsKept, |out| {
        let mut world = World::with(&[("a", 0)]);
        let mut late = Applier::prepared("n1", one_step(), &world, None, timing());
        late.away = |request| matches!(request, StoreRequest::Create { .. });
        late.start(&mut world);
        let mut next = next_holder("n2", one_step(), &mut world, out);
        next.pass(3000, &mut world);
        next.carry_out_all(&mut world);
        assert!(next.end.is_some());
        let (_, answer) = late.land(|_| true, &mut world);
        is_turned_away(&answer)
    });
}

/// Not a mechanism that comes out, but a choice of the shell: each process has a nonce that no other ever had.
#[test]
fn without_a_nonce_of_its_own_a_restarted_process_continues_in_the_epoch_of_the_one_that_died() {
    let epoch_after_restart = |nonce: &str| {
        let mut world = World::with(&[("a", 0)]);
        let _killed = Applier::run("n1", one_step(), &mut world);
        let mut again = Applier::run(nonce, one_step(), &mut world);
        again.pass(2000, &mut world);
        again.epoch()
    };
    assert_eq!(epoch_after_restart("n2"), Some(Epoch(2)));
    assert_eq!(epoch_after_restart("n1"), Some(Epoch(1)));
}

/// A duty of the store: shards and the ledger's head are written by compare-and-set.
#[test]
fn without_compare_and_set_on_shards_a_late_checkpoint_makes_the_ledger_forget() {
    let rows_after = |checks: Checks| {
        let mut world = World::with(&[("a", 0), ("b", 0)]);
        world.store = StateStore::new(checks);
        let run = plan("two", vec![step("a", 1, &[]), step("b", 1, &["a"])]);
        let often = Timing { checkpoint_batches: 1, ..timing() };
        let mut old = Applier::prepared("n1", run, &world, None, often);
        old.away = SHARDS;
        old.start(&mut world);
        old.carry_out(&mut world);
        // Planned anew by the next holder, `a` is as wanted already.
        let mut next = next_holder("n2", plan("two", vec![step("b", 1, &[])]), &mut world, None);
        next.pass(4000, &mut world);
        next.carry_out_all(&mut world);
        assert!(next.end.is_some());
        let (_, _) = old.land(SHARDS, &mut world);
        Book::read(&world.store.snapshot()).map(|book| book.row_count())
    };
    assert_eq!(rows_after(Checks::All), Ok(2));
    // Forgotten, or seen to be forgotten: a shard that is older than its head does not read.
    assert_ne!(rows_after(Checks::NotTheLedger), Ok(2));
}

#[test]
fn without_step_ids_that_mean_something_within_one_apply_only_an_old_success_hides_a_new_edit() {
    needs(Mechanism::StepsWithinApply, |out| {
        let mut world = World::with(&[("a", 0)]);
        let mut first = Applier::prepared("n1", one_step(), &world, out, timing());
        // It ends, and dies before its ledger is written.
        first.away = SHARDS;
        first.start(&mut world);
        first.carry_out_all(&mut world);
        assert!(first.end.is_none());
        // Somebody puts the old value back; the next apply has the same step again, and dies as it begins.
        world.put(&thing("a"), 0);
        let mut second = next_holder("n2", one_step(), &mut world, out);
        second.away = |request| matches!(request, StoreRequest::ReadSuspension);
        second.pass(2000, &mut world);
        let mut third = Applier::new("n3", Job::Run(Box::new(one_step())), timing());
        world.store.break_lock("a person");
        third.start(&mut world);
        third.pass(3000, &mut world);
        third.carry_out_all(&mut world);
        third.pass(100, &mut world);
        assert!(third.end.is_some());
        Law::holds_if(world.value("a") == Some(1))
    });
}
