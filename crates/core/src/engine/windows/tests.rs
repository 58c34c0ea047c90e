//! Windows at given moments: plain ones, those that join, and those around a change of clocks.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn window(opens: &str, hours: u64, zone: Option<&str>) -> Window {
    Window::new(opens, Duration::from_secs(hours * 3600), zone).expect(opens)
}

fn berlin(opens: &str, hours: u64) -> Windows {
    Windows::of(vec![window(opens, hours, Some("Europe/Berlin"))])
}

fn open(until: &str) -> Standing {
    Standing::Open { until: Some(at(until)) }
}

fn closed(opens: &str) -> Standing {
    Standing::Closed { opens: Some(at(opens)) }
}

#[test]
fn without_windows_it_is_always_open() {
    assert_eq!(Windows::default().at(at("2026-11-21T12:00:00Z")), Standing::Open { until: None });
}

#[test]
fn a_window_opens_on_its_minute_and_closes_when_its_time_is_over() {
    let nights = berlin("0 2 * * 1-5", 3);
    for (moment, standing) in [
        ("2026-11-23T00:59:59Z", closed("2026-11-23T01:00:00Z")),
        ("2026-11-23T01:00:00Z", open("2026-11-23T04:00:00Z")),
        ("2026-11-23T03:59:59Z", open("2026-11-23T04:00:00Z")),
        ("2026-11-23T04:00:00Z", closed("2026-11-24T01:00:00Z")),
        ("2026-11-27T12:00:00Z", closed("2026-11-30T01:00:00Z")),
    ] {
        assert_eq!(nights.at(at(moment)), standing, "{moment}");
    }
}

#[test]
fn a_window_over_midnight_is_open_on_the_other_day() {
    let weekend = Windows::of(vec![window("0 22 * * FRI", 56, None)]);
    assert_eq!(weekend.at(at("2026-11-22T05:00:00Z")), open("2026-11-23T06:00:00Z"));
    assert_eq!(weekend.at(at("2026-11-23T06:00:00Z")), closed("2026-11-27T22:00:00Z"));
}

#[test]
fn windows_that_overlap_or_touch_are_one() {
    let windows = Windows::of(vec![
        window("0 1 * * *", 2, None),
        window("0 2 * * *", 2, None),
        window("0 4 * * *", 1, None),
        window("30 5 * * *", 1, None),
    ]);
    assert_eq!(windows.at(at("2026-11-21T01:30:00Z")), open("2026-11-21T05:00:00Z"));
    assert_eq!(windows.at(at("2026-11-21T05:10:00Z")), closed("2026-11-21T05:30:00Z"));
}

#[test]
fn a_window_that_never_closes_has_no_end() {
    let minute = Window::new("* * * * *", Duration::from_secs(60), None).expect("a window");
    assert_eq!(Windows::of(vec![minute]).at(at("2026-11-21T05:10:00Z")), Standing::Open { until: None });
}

#[test]
fn a_beginning_that_is_skipped_in_spring_comes_as_much_later_as_the_clock_jumps() {
    // On 2026-03-29 in Berlin, 02:00 is followed by 03:00 (01:00 UTC).
    let half_past_two = berlin("30 2 * * *", 1);
    assert_eq!(half_past_two.at(at("2026-03-29T01:15:00Z")), closed("2026-03-29T01:30:00Z"));
    assert_eq!(half_past_two.at(at("2026-03-29T01:30:00Z")), open("2026-03-29T02:30:00Z"));
    assert_eq!(half_past_two.at(at("2026-03-29T03:00:00Z")), closed("2026-03-30T00:30:00Z"));
}

#[test]
fn a_window_over_the_spring_jump_lasts_as_long_as_ever() {
    let nights = berlin("0 1 * * *", 3);
    assert_eq!(nights.at(at("2026-03-29T00:00:00Z")), open("2026-03-29T03:00:00Z"));
}

#[test]
fn a_beginning_that_comes_twice_in_autumn_counts_the_first_time() {
    // On 2026-10-25 in Berlin, 03:00 is followed by 02:00 (01:00 UTC).
    let half_past_two = berlin("30 2 * * *", 1);
    assert_eq!(half_past_two.at(at("2026-10-25T00:30:00Z")), open("2026-10-25T01:30:00Z"));
    assert_eq!(half_past_two.at(at("2026-10-25T01:30:00Z")), closed("2026-10-26T01:30:00Z"));
}

#[test]
fn an_hour_that_comes_twice_counts_twice_for_a_window_of_every_hour() {
    let quarter =
        Window::new("0 * * * *", Duration::from_secs(900), Some("Europe/Berlin")).expect("a window");
    let windows = Windows::of(vec![quarter]);
    for hour in ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"] {
        assert!(matches!(windows.at(at(hour)), Standing::Open { .. }), "{hour}");
    }
}

#[test]
fn a_day_that_there_seldom_is_comes_and_one_that_there_never_is_does_not() {
    let leap = Windows::of(vec![window("0 0 29 2 *", 1, None)]);
    assert_eq!(leap.at(at("2026-11-21T00:00:00Z")), closed("2028-02-29T00:00:00Z"));
    let never = Windows::of(vec![window("0 0 30 2 *", 1, None)]);
    assert_eq!(never.at(at("2026-11-21T00:00:00Z")), Standing::Closed { opens: None });
}

#[test]
fn a_window_needs_a_schedule_a_zone_and_a_length() {
    let hour = Duration::from_secs(3600);
    assert!(matches!(Window::new("0 2 * *", hour, None), Err(NoWindow::Schedule(_))));
    assert!(matches!(Window::new("0 2 * * *", hour, Some("Europe/Berlni")), Err(NoWindow::Zone(_))));
    assert!(matches!(Window::new("0 2 * * *", Duration::ZERO, None), Err(NoWindow::Length)));
    assert!(matches!(Window::new("0 2 * * *", hour * 24 * 367, None), Err(NoWindow::Length)));
}
