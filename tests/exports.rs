//! What the shared object exports: exactly the symbols of `include/exports.txt`, all of which the headers
//! declare.
//!
//! Each line there is a symbol and its state: `done`, `partial` (works within the limits that its
//! documentation names) or `stub` (fails with "not implemented"; these are the functions of
//! `src/capi/stubs/`). `UPDATE_EXPORTS=1 cargo test --test exports` adds and removes symbols; the states of
//! those that stay are kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: that is how its tests fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const LIST: &str = "include/exports.txt";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

/// The shared objects that cargo has built beside this test, debug or release.
fn shared_object() -> PathBuf {
    let me = std::env::current_exe().expect("the path of this test");
    let deps = me.parent().expect("deps");
    let profile = deps.parent().expect("the profile's folder");
    let built =
        [deps.join("librdkafka.so"), profile.join("librdkafka.so")].into_iter().filter(|p| p.exists());
    let newest = built.max_by_key(|p| p.metadata().and_then(|m| m.modified()).expect("a time"));
    newest.expect("no librdkafka.so: cargo builds it with the integration tests")
}

/// Symbols that programs can link against, by nm(1).
fn exported() -> BTreeSet<String> {
    let object = shared_object();
    let out = Command::new("nm").args(["-D", "--defined-only"]).arg(&object).output().expect("nm");
    assert!(out.status.success(), "nm {}", object.display());
    let text = String::from_utf8(out.stdout).expect("symbols are ASCII");
    text.lines().filter_map(|l| l.split(' ').nth(2)).map(str::to_owned).collect()
}

fn listed() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join(LIST)).unwrap_or_default();
    let line = |l: &str| l.split_once(' ').map(|(s, state)| (s.to_owned(), state.to_owned()));
    text.lines().map(|l| line(l).unwrap_or_else(|| panic!("{LIST}: {l:?}"))).collect()
}

/// Names of the exported functions that a source defines.
fn defined_in(source: &str) -> BTreeSet<String> {
    let name = |l: &str| {
        let rest = l.split_once("extern \"C-unwind\" fn ")?.1;
        Some(rest.split('(').next()?.to_owned())
    };
    source.lines().filter(|l| l.starts_with("pub ")).filter_map(name).collect()
}

/// Names of the functions that only say that they are not implemented.
fn stubs() -> BTreeSet<String> {
    let folder = root().join("src/capi/stubs");
    let files = std::fs::read_dir(folder).expect("src/capi/stubs").map(|e| e.expect("an entry").path());
    let texts = files.map(|p| std::fs::read_to_string(p).expect("a source"));
    texts.flat_map(|t| defined_in(&t)).collect()
}

/// Names of the functions that a header declares.
fn declared_in(header: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in header.match_indices("RD_EXPORT") {
        let rest = &header[at..];
        let before = rest.split('(').next().unwrap_or_default();
        if let Some(name) = before.rsplit([' ', '*', '\n']).next().filter(|n| n.starts_with("rd_kafka_")) {
            found.insert(name.to_owned());
        }
    }
    found
}

fn update(symbols: &BTreeSet<String>, stubs: &BTreeSet<String>) {
    let old = listed();
    let state = |s: &String| match old.get(s).map(String::as_str) {
        _ if stubs.contains(s) => "stub".to_owned(),
        None | Some("stub") => "done".to_owned(),
        Some(state) => state.to_owned(),
    };
    let text: String = symbols.iter().map(|s| format!("{s} {}\n", state(s))).collect();
    std::fs::write(root().join(LIST), text).expect(LIST);
}

#[test]
fn exactly_the_listed_symbols_are_exported() {
    let symbols = exported();
    let stubs = stubs();
    if std::env::var_os("UPDATE_EXPORTS").is_some() {
        update(&symbols, &stubs);
    }
    let list = listed();
    let names: BTreeSet<String> = list.keys().cloned().collect();
    let unlisted: Vec<_> = symbols.difference(&names).collect();
    let missing: Vec<_> = names.difference(&symbols).collect();
    assert!(unlisted.is_empty(), "exported but not in {LIST}: {unlisted:?}");
    assert!(missing.is_empty(), "in {LIST} but not exported: {missing:?}");
    for (symbol, state) in &list {
        assert!(matches!(state.as_str(), "done" | "partial" | "stub"), "{LIST}: {symbol} {state}");
        assert_eq!(state == "stub", stubs.contains(symbol), "{symbol} is {state} in {LIST}");
    }
    let lines: Vec<_> = list.keys().collect();
    let sorted =
        read(LIST).lines().map(|l| l.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
    assert!(sorted.iter().eq(lines.iter().copied()), "{LIST} is not sorted");
}

#[test]
fn the_headers_declare_what_is_exported() {
    let mut declared = declared_in(&read("include/librdkafka/rdkafka.h"));
    declared.extend(declared_in(&read("include/librdkafka/rdkafka_mock.h")));
    let names: BTreeSet<String> = listed().into_keys().collect();
    let undeclared: Vec<_> = names.difference(&declared).collect();
    let unexported: Vec<_> = declared.difference(&names).collect();
    assert!(undeclared.is_empty(), "exported but not declared: {undeclared:?}");
    assert!(unexported.is_empty(), "declared but not exported: {unexported:?}");
}
