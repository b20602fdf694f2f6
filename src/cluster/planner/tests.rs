use super::*;

fn ask(p: &mut Planner, now: i64, s: &Settings) -> Option<Question> {
    p.ask(Time(now), s, &mut || vec!["all".into()])
}

#[test]
fn many_reasons_make_one_question() {
    let s = Settings::default();
    let mut p = Planner::new(&s, Time(0));
    p.added("a".into(), Time(0));
    p.suspect("b");
    let q = ask(&mut p, 0, &s).unwrap();
    assert_eq!(q.topics, ["a", "b"]);
    p.suspect("c");
    assert_eq!(ask(&mut p, 10, &s), None);
    p.answered(&q, &[], Time(20), &s);
    assert_eq!(ask(&mut p, 20, &s).unwrap().topics, ["c"]);
}

#[test]
fn open_topics_are_asked_for_again_at_a_growing_distance() {
    let s = Settings::default();
    let mut p = Planner::new(&s, Time(0));
    p.added("a".into(), Time(0));
    let mut now = Time(0);
    let mut waits = Vec::new();
    for _ in 0..6 {
        let q = p.ask(now, &s, &mut Vec::new).unwrap();
        p.answered(&q, &["a".into()], now, &s);
        let at = p.next().time().unwrap();
        waits.push(at.since(now).as_millis());
        assert_eq!(p.ask(Time(at.0 - 1), &s, &mut Vec::new), None);
        now = at;
    }
    assert_eq!(waits, [100, 200, 400, 800, 1000, 1000]);
}

#[test]
fn a_new_topic_does_not_wait_for_the_others() {
    let s = Settings::default();
    let mut p = Planner::new(&s, Time(0));
    p.added("a".into(), Time(0));
    let q = ask(&mut p, 0, &s).unwrap();
    p.answered(&q, &["a".into()], Time(0), &s);
    p.added("b".into(), Time(5));
    assert_eq!(ask(&mut p, 5, &s).unwrap().topics, ["a", "b"]);
}

#[test]
fn the_full_refresh_asks_for_everything() {
    let s = Settings::default();
    let mut p = Planner::new(&s, Time(0));
    let q = ask(&mut p, 0, &s).unwrap();
    p.answered(&q, &[], Time(0), &s);
    let at = p.next().time().unwrap();
    assert_eq!(at.0, 300_000_000);
    assert_eq!(ask(&mut p, at.0, &s).unwrap().topics, ["all"]);
}

#[test]
fn a_refresh_that_is_not_sparse_asks_for_all_topics_of_the_cluster() {
    let mut s = Settings::default();
    s.metadata.refresh_sparse = false;
    let mut p = Planner::new(&s, Time(0));
    p.added("a".into(), Time(0));
    let q = ask(&mut p, 0, &s).unwrap();
    assert!(!q.all, "a new topic alone is no reason");
    p.answered(&q, &[], Time(0), &s);
    let at = p.next().time().unwrap();
    let q = ask(&mut p, at.0, &s).unwrap();
    assert!(q.all && q.topics == ["all"]);
    p.failed(&q, at, &s);
    let q = p.ask(p.next().time().unwrap(), &s, &mut Vec::new).unwrap();
    assert!(q.all, "until it is answered");
    p.answered(&q, &[], at, &s);
    p.suspect("b");
    assert!(!p.ask(p.next().time().unwrap(), &s, &mut Vec::new).unwrap().all);
}

#[test]
fn an_open_question_that_nobody_needs_any_more_wakes_nobody() {
    let mut s = Settings::default();
    s.metadata.refresh_interval = None;
    let mut p = Planner::new(&s, Time(0));
    p.added("a".into(), Time(0));
    let first = ask(&mut p, 0, &s).unwrap();
    let _second = ask(&mut p, 1_000_000, &s).unwrap();
    p.answered(&first, &[], Time(1_000_001), &s);
    assert_eq!(p.next(), Deadline::NEVER);
}

#[test]
fn impatience_leads_to_another_question() {
    let s = Settings::default();
    let mut p = Planner::new(&s, Time(0));
    p.added("a".into(), Time(0));
    let first = ask(&mut p, 0, &s).unwrap();
    let second = ask(&mut p, 1_000_000, &s).unwrap();
    assert_ne!(first.number, second.number);
    // The late answer to the first is as good, but the second stays open.
    p.answered(&first, &[], Time(1_000_001), &s);
    p.suspect("b");
    assert_eq!(ask(&mut p, 1_000_002, &s), None);
    p.answered(&second, &[], Time(1_000_003), &s);
    assert!(ask(&mut p, 1_000_003, &s).is_some());
}

#[test]
fn thousands_of_new_topics_make_a_few_questions() {
    let s = Settings::default();
    let mut p = Planner::new(&s, Time(0));
    (0..200).for_each(|i| p.added(format!("t{i}").into(), Time(0)));
    let q = ask(&mut p, 0, &s).unwrap();
    p.answered(&q, &[], Time(1_000), &s);
    p.added("more".into(), Time(1_000));
    assert_eq!(p.next().time(), Some(Time(101_000)), "5 ms for every ten that were asked for");
    let q = ask(&mut p, 101_000, &s).unwrap();
    p.answered(&q, &[], Time(102_000), &s);
    p.added("last".into(), Time(102_000));
    assert_eq!(ask(&mut p, 102_000, &s).unwrap().topics, ["last"], "a few topics make nobody wait");
}
