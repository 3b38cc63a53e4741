//! The ledger of one run, heartbeat by heartbeat.

use super::*;
use vocabulary::Mode;

fn id(n: u32) -> HeaterId {
    HeaterId::new(&format!("h-{n}")).unwrap()
}

fn watts(whole: u32) -> Watts {
    Watts::new(whole).unwrap()
}

fn ledger(heaters: u32) -> Grants {
    let mut grants = Grants::new(5, 60, 100, 0);
    let ids: Vec<HeaterId> = (0..heaters).map(id).collect();
    grants.set_heaters(ids.iter().map(|id| (id, watts(1000), watts(200))), 0);
    grants
}

fn circuit(name: &str) -> CircuitId {
    CircuitId::new(name).unwrap()
}

fn heartbeat(n: u64, epoch: u64, seq: u64) -> Heartbeat {
    Heartbeat {
        boot: BootId::from_bits(1),
        n,
        mono_ms: 0,
        epoch,
        seq,
        budget_w: 0,
        drawn_w: 40,
        lease_left_s: 0,
        mode: Mode::Leased,
        wanted_w: 0,
        controllable: true,
        alarms: vec![],
        steps_w: vec![],
        firmware: String::new(),
        maintainable: true,
    }
}

fn wish(heater: u32, power: u32) -> Wish {
    let setpoint_c = Celsius::from_hundredths(2000);
    let (heat_w, maintenance) = (watts(power), Maintenance::default());
    Wish { heater: id(heater), heat_w, watts: heat_w, setpoint_c, hi_c: setpoint_c, maintenance }
}

fn granted(budgets: &[Budget]) -> Vec<(String, u32)> {
    budgets.iter().map(|b| (b.heater.to_string(), b.watts.whole())).collect()
}

#[test]
fn a_heater_that_has_not_reported_counts_at_rated_power_until_it_has_been_silent_long_enough() {
    let grants = ledger(1);
    assert_eq!(grants.counted_w(&id(0), 309_999), 1000.0);
    assert_eq!(grants.counted_w(&id(0), 310_000), 200.0);
}

#[test]
fn a_heater_without_a_heartbeat_is_granted_nothing() {
    assert!(ledger(1).issue(&[wish(0, 300)], None, 1).is_empty());
}

#[test]
fn a_lower_grant_counts_only_when_it_was_reported_or_the_higher_has_ended() {
    let mut grants = ledger(1);
    grants.hear(&id(0), &heartbeat(1, 0, 0), 0).unwrap();
    let first = grants.issue(&[wish(0, 900)], None, 10).remove(0);
    grants.hear(&id(0), &heartbeat(2, 5, first.seq), 10_000).unwrap();
    let second = grants.issue(&[wish(0, 300)], None, 10_010).remove(0);
    assert_eq!(grants.counted_w(&id(0), 10_020), 900.0);
    let mut unreported = Grants { accounts: grants.accounts.clone(), ..ledger(1) };
    grants.hear(&id(0), &heartbeat(3, 5, second.seq), 20_000).unwrap();
    assert_eq!(grants.counted_w(&id(0), 20_010), 300.0);
    // Heartbeat 1 was heard at 0 s: the higher grant has ended at 60 s, and its heater has noticed at 62 s.
    unreported.set_heaters([(&id(0), watts(1000), watts(200))].into_iter(), 0);
    assert_eq!(unreported.counted_w(&id(0), 61_999), 900.0);
    assert_eq!(unreported.counted_w(&id(0), 62_000), 300.0);
}

#[test]
fn shrinking_goes_first_and_growing_waits_until_the_room_is_really_free() {
    let mut grants = ledger(2);
    for heater in 0..2 {
        grants.hear(&id(heater), &heartbeat(1, 5, 0), 0).unwrap();
    }
    let cap = Some(watts(1200));
    let start = grants.issue(&[wish(0, 1000), wish(1, 200)], cap, 10);
    assert_eq!(granted(&start), [("h-1".to_owned(), 200), ("h-0".to_owned(), 1000)]);
    for budget in &start {
        grants.hear(&budget.heater, &heartbeat(2, 5, budget.seq), 10_000).unwrap();
    }
    let swap = grants.issue(&[wish(0, 200), wish(1, 1000)], cap, 10_010);
    assert_eq!(granted(&swap), [("h-0".to_owned(), 200), ("h-1".to_owned(), 200)]);
    grants.hear(&id(0), &heartbeat(3, 5, swap[0].seq), 20_000).unwrap();
    grants.hear(&id(1), &heartbeat(3, 5, swap[1].seq), 20_000).unwrap();
    let after = grants.issue(&[wish(0, 200), wish(1, 1000)], cap, 20_010);
    assert_eq!(granted(&after), [("h-0".to_owned(), 200), ("h-1".to_owned(), 1000)]);
}

#[test]
fn a_circuit_is_never_granted_more_than_its_cap_and_the_others_get_theirs() {
    let mut grants = ledger(3);
    let ids = [id(0), id(1), id(2)];
    // The first two heaters on a circuit of 900 W, all three under one of 1,500 W.
    let (branch, main) = (circuit("branch"), circuit("main"));
    grants.set_circuits([(&branch, 900.0, ids[..2].iter()), (&main, 1_500.0, ids.iter())].into_iter());
    for heater in 0..3 {
        grants.hear(&id(heater), &heartbeat(1, 5, 0), 0).unwrap();
    }
    let wishes = [wish(0, 1000), wish(1, 1000), wish(2, 1000)];
    let first = grants.issue(&wishes, None, 10);
    // Each counts at its fall-back of 200 W: 500 W are free on the circuit, of which the first takes all.
    assert_eq!(granted(&first), [("h-0".to_owned(), 700), ("h-1".to_owned(), 200), ("h-2".to_owned(), 600)]);
    let capped = grants.issue(&wishes, Some(watts(600)), 20);
    assert_eq!(
        granted(&capped).iter().map(|(_, watts)| watts).sum::<u32>(),
        700 + 200 + 600,
        "nothing grows"
    );
}

#[test]
fn an_uncontrollable_heater_counts_at_what_it_draws_and_is_granted_nothing() {
    let mut grants = ledger(1);
    grants.hear(&id(0), &Heartbeat { controllable: false, ..heartbeat(1, 0, 0) }, 0).unwrap();
    assert_eq!((grants.counted_w(&id(0), 1), grants.fallback_sum_w()), (40.0, 40.0));
    assert!(grants.issue(&[wish(0, 300)], None, 1).is_empty());
}

#[test]
fn a_newer_epoch_than_ours_is_noticed() {
    let mut grants = ledger(1);
    grants.hear(&id(0), &heartbeat(1, 6, 3), 0).unwrap();
    assert_eq!((grants.foreign_epochs(), grants.foreign_seqs()), (1, 0));
    assert!(grants.has_rival(599_999) && !grants.has_rival(600_000));
    assert_eq!((grants.rival_tellers(599_999).count(), grants.rival_tellers(600_000).count()), (1, 0));
    assert_eq!(grants.counted_w(&id(0), 1), 1000.0, "its grants may be anything up to rated");
}

#[test]
fn a_seq_of_our_epoch_that_we_never_issued_tells_of_a_second_controller() {
    let mut grants = ledger(2);
    for heater in 0..2 {
        grants.hear(&id(heater), &heartbeat(1, 5, 0), 0).unwrap();
    }
    assert!(!grants.has_rival(1), "a heater that has rebooted knows no seq");
    let own = grants.issue(&[wish(0, 300), wish(1, 300)], None, 10);
    grants.hear(&own[0].heater, &heartbeat(2, 5, own[0].seq), 20).unwrap();
    assert_eq!((grants.foreign_seqs(), grants.counted_w(&own[0].heater, 20)), (0, 300.0));
    for (count, alien) in [(1, 100), (2, 103), (3, 7)] {
        grants.hear(&own[1].heater, &heartbeat(2, 5, alien), 30).unwrap();
        assert_eq!((grants.foreign_seqs(), grants.has_rival(30)), (count, true));
        assert_eq!(grants.rival_tellers(30).collect::<Vec<_>>(), [&own[1].heater], "it is named");
        assert_eq!(grants.counted_w(&own[1].heater, 30), 1000.0, "whatever the other one has granted");
    }
}

#[test]
fn unknown_heaters_are_taken_over_at_their_fall_back_where_the_cap_does_not_hold_all_at_their_rating() {
    for (cap, first, second) in [(1_200, [200, 200], 900), (2_000, [900, 900], 900)] {
        let mut grants = ledger(2);
        for heater in 0..2 {
            // They obey a run before ours, perhaps with 1,000 and 200 W.
            grants.hear(&id(heater), &heartbeat(1, 4, 77), 0).unwrap();
        }
        let cap = Some(watts(cap));
        let taken = grants.issue(&[wish(0, 900), wish(1, 900)], cap, 10);
        assert_eq!(taken.iter().map(|budget| budget.watts.whole()).collect::<Vec<_>>(), first);
        for budget in &taken {
            grants.hear(&budget.heater, &heartbeat(2, 5, budget.seq), 10_000).unwrap();
        }
        let grown = grants.issue(&[wish(0, 900), wish(1, 200)], cap, 10_010);
        let of_first = grown.iter().find(|budget| budget.heater == id(0)).unwrap();
        assert_eq!(of_first.watts.whole(), second);
    }
}

#[test]
fn silence_counts_only_while_we_listen() {
    let mut grants = ledger(1);
    grants.connected(200_000);
    assert_eq!(grants.counted_w(&id(0), 509_999), 1000.0);
    assert_eq!(grants.counted_w(&id(0), 510_000), 200.0);
}

#[test]
fn a_heater_taken_out_of_the_book_counts_until_its_grant_has_ended_and_is_known_when_it_comes_back() {
    let both = [(&id(0), watts(1000), watts(200)), (&id(1), watts(1000), watts(200))];
    let mut grants = ledger(2);
    let (main, ids) = (circuit("main"), [id(0), id(1)]);
    grants.set_circuits([(&main, 1_500.0, ids.iter())].into_iter());
    for heater in 0..2 {
        grants.hear(&id(heater), &heartbeat(1, 5, 0), 0).unwrap();
    }
    grants.issue(&[wish(0, 1_000)], None, 10);
    grants.set_heaters(both[1..].iter().copied(), 20);
    grants.set_circuits([(&main, 1_500.0, ids[1..].iter())].into_iter());
    assert_eq!(granted(&grants.issue(&[wish(1, 1_000)], None, 30)), [("h-1".to_owned(), 500)]);
    let mut back = Grants { accounts: grants.accounts.clone(), ..ledger(0) };
    back.set_heaters(both.into_iter(), 40);
    assert_eq!(back.counted_w(&id(0), 50), 1000.0);
    grants.hear(&id(1), &heartbeat(7, 5, 0), 62_000).unwrap();
    assert_eq!(granted(&grants.issue(&[wish(1, 1_000)], None, 62_001)), [("h-1".to_owned(), 1_000)]);
    grants.set_heaters(both.into_iter(), 70_000);
    assert_eq!(grants.counted_w(&id(0), 70_000), 200.0);
}

#[test]
fn a_heater_that_is_new_in_the_book_is_unknown_from_then_on() {
    let mut grants = Grants::new(5, 60, 100, 0);
    grants.set_heaters([(&id(0), watts(1000), watts(200))].into_iter(), 500_000);
    assert_eq!(grants.counted_w(&id(0), 809_999), 1000.0);
    assert_eq!(grants.counted_w(&id(0), 810_000), 200.0);
}

#[test]
fn a_heartbeat_that_was_overtaken_is_not_answered() {
    let mut grants = ledger(1);
    grants.hear(&id(0), &heartbeat(9, 5, 0), 0).unwrap();
    grants.hear(&id(0), &heartbeat(3, 5, 0), 10).unwrap();
    assert_eq!(grants.issue(&[wish(0, 300)], None, 20)[0].n, 9);
}

#[test]
fn a_grant_from_before_the_cap_fell_is_not_given_a_longer_life() {
    let mut grants = ledger(2);
    for heater in 0..2 {
        grants.hear(&id(heater), &heartbeat(1, 5, 0), 0).unwrap();
    }
    grants.issue(&[wish(0, 500), wish(1, 500)], Some(watts(1_000)), 10);
    // Nobody reports the smaller leases, so the larger ones count on; then the rooms change their minds.
    grants.issue(&[wish(0, 400), wish(1, 300)], Some(watts(700)), 20);
    let after = grants.issue(&[wish(0, 500), wish(1, 200)], Some(watts(700)), 30);
    assert_eq!(granted(&after), [("h-1".to_owned(), 200), ("h-0".to_owned(), 400)]);
}

#[test]
fn a_heater_that_a_second_controller_has_left_is_taken_up_with_higher_numbers() {
    let mut grants = ledger(1);
    let led = Heartbeat { lease_left_s: 12, ..heartbeat(1, 5, 9_000) };
    grants.hear(&id(0), &led, 0).unwrap();
    assert_eq!(
        grants.issue(&[wish(0, 300)], None, 10)[0].seq,
        101,
        "while it is led elsewhere, ours are lower"
    );
    grants.hear(&id(0), &Heartbeat { n: 2, lease_left_s: 0, ..led }, 20_000).unwrap();
    let taken = grants.issue(&[wish(0, 300)], None, 20_010).remove(0);
    assert_eq!(taken.seq, 9_001);
    grants.hear(&id(0), &heartbeat(3, 5, 9_001), 30_000).unwrap();
    assert_eq!((grants.foreign_seqs(), grants.counted_w(&id(0), 30_010)), (2, 300.0));
}

#[test]
fn a_heater_that_lies_about_its_numbers_counts_itself_alone_as_unknown() {
    let mut grants = ledger(2);
    for heater in 0..2 {
        grants.hear(&id(heater), &heartbeat(1, 5, 0), 0).unwrap();
    }
    let honest = grants.issue(&[wish(0, 300), wish(1, 300)], None, 10).remove(0);
    for (n, lie) in [(2, honest.seq + 1_000), (3, 1 << 53), (4, u64::MAX), (5, u64::MAX - 3)] {
        _ = grants.hear(&id(1), &heartbeat(n, 5, lie), 20);
        grants.hear(&id(0), &heartbeat(n, 5, honest.seq), 30).unwrap();
        assert_eq!(grants.counted_w(&id(0), 40), 300.0, "the honest one after a lie of {lie}");
        assert_eq!(grants.counted_w(&id(1), 40), 1000.0, "the liar after a lie of {lie}");
    }
    let next = grants.issue(&[wish(0, 400), wish(1, 300)], None, 50);
    let of = |heater| next.iter().find(|budget| budget.heater == id(heater)).unwrap().seq;
    assert!(of(0) > honest.seq && of(0) < honest.seq + 10, "{} after {}", of(0), honest.seq);
    assert!(of(1) > 1 << 53, "{}: what it said may be true", of(1));
    grants.hear(&id(1), &heartbeat(6, 5, of(1)), 60).unwrap();
    assert_eq!(grants.counted_w(&id(1), 70), 300.0, "it has come back to the truth");
}

#[test]
fn a_number_that_no_clock_can_have_begun_from_is_refused() {
    let mut grants = ledger(1);
    assert_eq!(grants.hear(&id(0), &heartbeat(1, 5, (1 << 53) + 1), 0), Err("range"));
    assert_eq!(grants.foreign_seqs(), 0);
    assert_eq!(grants.counted_w(&id(0), 1), 1000.0, "nothing is known of it");
    assert!(grants.issue(&[wish(0, 300)], None, 2).is_empty(), "there is no heartbeat to be answered");
}

#[test]
fn a_heater_that_comes_back_into_the_book_goes_on_with_its_numbers() {
    let mut grants = ledger(2);
    let second = [(&id(1), watts(1000), watts(200))];
    grants.hear(&id(0), &heartbeat(1, 5, 0), 0).unwrap();
    let before = grants.issue(&[wish(0, 300)], None, 10).remove(0);
    grants.set_heaters(second.into_iter(), 100_000);
    grants.set_heaters([(&id(0), watts(1000), watts(200)), second[0]].into_iter(), 200_000);
    grants.hear(&id(0), &heartbeat(9, 5, before.seq), 200_000).unwrap();
    assert_eq!((grants.foreign_seqs(), grants.counted_w(&id(0), 200_001)), (0, 200.0));
    assert!(grants.issue(&[wish(0, 300)], None, 200_010)[0].seq > before.seq);
}

#[test]
fn what_is_remembered_of_grants_is_bounded_however_often_plans_change() {
    let mut grants = ledger(1);
    grants.hear(&id(0), &heartbeat(1, 5, 0), 0).unwrap();
    for step in 0..10_000 {
        grants.issue(&[wish(0, 300 + step % 2)], None, 10);
        let counted_w = if step == 0 { 300.0 } else { 301.0 };
        assert_eq!(grants.counted_w(&id(0), 20), counted_w, "after {step}");
    }
    let remembered = grants.accounts[&id(0)].grants.len();
    assert!(remembered <= 2, "{remembered} grants");
}
