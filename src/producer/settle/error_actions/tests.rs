use super::*;
use crate::base::error_table::ERROR_TABLE;
use std::fmt::Write;

fn attempt(code: ErrorCode, sent: bool) -> FailedAttempt {
    FailedAttempt::new(code, sent, for_produce(code))
}

fn transactional(code: ErrorCode, sent: bool) -> FailedAttempt {
    FailedAttempt::new(code, sent, for_transactional_produce(code))
}

fn show(a: FailedAttempt) -> String {
    let next = if a.action.retries() { "retry" } else { "fail" };
    let counted = if a.counts { " counted" } else { "" };
    let refresh = if a.action.refresh { " refresh" } else { "" };
    let status = if a.possibly_persisted() { "possibly" } else { "not" };
    format!("{next}{counted}{refresh} {status} {}", a.error.0)
}

/// Every code of the protocol, some beyond it, and every local one, so that any change of the table shows.
/// Columns: sent, not sent, sent by a transactional producer, whether the error proves that nothing was
/// stored. `UPDATE_SNAPSHOTS=1` writes the file.
#[test]
fn the_table_is_as_recorded() {
    let mut table = String::new();
    for code in -200..=139 {
        let known = ERROR_TABLE.iter().find(|e| e.0 == code);
        if known.is_none() && code < -1 {
            continue;
        }
        let (c, name) = (ErrorCode(code), known.map_or("(unknown)", |e| e.1));
        let proof = for_produce(c).0.proves_nothing_stored;
        let (sent, unsent, txn) = (attempt(c, true), attempt(c, false), transactional(c, true));
        let (sent, unsent, txn) = (show(sent), show(unsent), show(txn));
        writeln!(table, "{code} {name} | {sent} | {unsent} | {txn} | {proof}").unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/producer/settle/error_actions/table.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let recorded = std::fs::read_to_string(path).unwrap();
    for (now, then) in table.lines().zip(recorded.lines()) {
        assert_eq!(now, then);
    }
    assert_eq!(table.lines().count(), recorded.lines().count());
}

#[test]
fn a_moved_leader_costs_no_attempt() {
    let a = attempt(E::NOT_LEADER_FOR_PARTITION, true);
    assert!(a.action.retries() && a.action.refresh && !a.counts && a.persistence == NOT);
    assert!(!a.action.proves_nothing_stored, "the former leader may have stored it");
}

#[test]
fn a_cut_connection_costs_one_if_anything_was_sent() {
    let sent = attempt(E::_TRANSPORT, true);
    assert!(sent.action.retries() && sent.counts && sent.persistence == POSSIBLY);
    let unsent = attempt(E::_TRANSPORT, false);
    assert!(unsent.action.retries() && !unsent.counts && unsent.persistence == NOT);
}

#[test]
fn the_end_of_the_last_transaction_is_waited_for() {
    let a = transactional(E::CONCURRENT_TRANSACTIONS, true);
    assert!(a.action.retries() && !a.action.refresh && a.persistence == NOT);
    assert_eq!(a.error, E::CONCURRENT_TRANSACTIONS);
    assert!(!attempt(E::CONCURRENT_TRANSACTIONS, true).action.retries());
}

#[test]
fn permanent_errors_pass_through() {
    for code in [E::MSG_SIZE_TOO_LARGE, E::TOPIC_AUTHORIZATION_FAILED, ErrorCode(31_000)] {
        let a = attempt(code, true);
        assert!(!a.action.retries() && a.error == code);
    }
}

#[test]
fn local_timeouts_reach_the_application_as_message_timeouts() {
    assert_eq!(attempt(E::_TIMED_OUT, true).error, E::_MSG_TIMED_OUT);
    assert_eq!(attempt(E::REQUEST_TIMED_OUT, true).error, E::REQUEST_TIMED_OUT);
}

#[test]
fn no_error_code_is_ever_treated_as_persisted() {
    for (code, _, _) in ERROR_TABLE.iter().filter(|e| e.0 != 0) {
        assert_ne!(attempt(ErrorCode(*code), true).persistence, Persistence::Persisted);
    }
}

/// The cells of a row of `docs/reference/errors.md` that begins with a code.
fn cells(line: &str) -> Option<(&str, Vec<&str>)> {
    let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ");
    Some((cells.next()?.strip_suffix('`')?, cells.collect()))
}

#[test]
fn the_document_of_errors_has_every_code_once_and_says_what_is_retried() {
    let document = include_str!("../../../../docs/reference/errors.md");
    let mut found = Vec::new();
    for (name, cells) in document.lines().filter_map(cells) {
        let number: i32 = cells[0].parse().unwrap();
        found.push((number, name));
        // Rows about delivery reports have five cells more, those about calls three.
        if let [_, retried, status, _, _] = cells[..] {
            let a = attempt(ErrorCode(number), true);
            let expected = if a.possibly_persisted() { "possibly persisted" } else { "not persisted" };
            assert_eq!(retried, if a.action.retries() { "yes" } else { "no" }, "{name}");
            assert_eq!(status, expected, "{name}");
        } else {
            let a = attempt(ErrorCode(number), true);
            assert!(!a.action.retries(), "{name} is retried: it belongs to the delivery reports");
            assert_eq!(cells.len(), 3, "{name}");
        }
    }
    let without_advice = document.lines().filter_map(|line| line.strip_prefix('`')?.split_once("` ("));
    for (name, rest) in without_advice {
        found.push((rest.split(')').next().unwrap().parse().unwrap(), name));
    }
    found.sort_unstable();
    let table: Vec<(i32, &str)> = ERROR_TABLE.iter().map(|e| (e.0, e.1)).collect();
    assert_eq!(found, table);
}
