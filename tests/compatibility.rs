//! `docs/reference/compatibility.md` says what `include/exports.txt` says, in words. `UPDATE_DOCS=1 cargo
//! test --test compatibility` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: that is how its tests fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const DOCUMENT: &str = "docs/reference/compatibility.md";

/// Parts of the API, each with the beginnings of the paths in `src/capi` of the sources that declare its
/// functions. The rest is the producer's.
const PARTS: &[(&str, &[&str])] = &[
    ("Transactions", &["produce/transactions.rs", "data/group_metadata.rs"]),
    ("Queues and events", &["queue/object.rs", "queue/event"]),
    ("Interceptors and plugins", &["instance/interceptors.rs"]),
    ("Mock cluster", &["mock/", "abi/mock_header_only.rs", "stubs/mock.rs"]),
    ("SASL", &["queue/sasl.rs"]),
    ("Admin", &["admin/", "stubs/admin", "stubs/describe_results.rs"]),
    ("Consumer", &["stubs/consume"]),
    ("Share consumer", &["stubs/share.rs"]),
];
const REST: &str = "Producer, configuration and everything else";

const INTRODUCTION: &str = "\
# Compatibility

Written by `UPDATE_DOCS=1 cargo test --test compatibility` from `include/exports.txt`: do not edit.

The library exports every function that librdkafka 2.16.0 exports, which are those that `rdkafka.h` and `rdkafka_mock.h` declare,
and the two functions for typed statistics of DataDog's fork; and nothing else. `make check` holds the shared
object against this list, and the list, the types and the prototypes against librdkafka's.

* **done**: behaves as in librdkafka, or the difference is in its documentation.
* **partial**: works within limits that its documentation in the header names.
* **stub**: exported but not implemented. It returns `RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED`, an error object or an event with that
  code, or NULL (0, -1) with `rd_kafka_last_error()` set, and logs once per function that it was called. Functions that read or
  release objects which cannot exist yet do nothing.

[The API by task](api.md) says which functions a program calls for what.
";

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

/// The sources of `src/capi` by path.
fn sources(folder: &Path, into: &mut Vec<(String, String)>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/capi");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            into.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The part that a function belongs to.
fn part(sources: &[(String, String)], symbol: &str) -> &'static str {
    let definition = format!(" fn {symbol}(");
    let file = sources.iter().find(|(_, text)| text.contains(&definition)).map_or("", |(path, _)| path);
    let holds = |paths: &[&str]| paths.iter().any(|p| file.starts_with(p));
    PARTS.iter().find(|(_, paths)| holds(paths)).map_or(REST, |(name, _)| name)
}

fn document() -> String {
    let list = read("include/exports.txt");
    let rows = list.lines().map(|l| l.split_once(' ').expect("a symbol and its state"));
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/capi"), &mut all);
    for path in PARTS.iter().flat_map(|(_, paths)| *paths) {
        assert!(all.iter().any(|(file, _)| file.starts_with(path)), "{path} is the beginning of no source");
    }
    let mut parts: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (symbol, state) in rows {
        parts.entry(part(&all, symbol)).or_default().entry(state).or_default().push(symbol);
    }
    let states = ["done", "partial", "stub"];
    let mut out = String::from(INTRODUCTION);
    let _ = writeln!(out, "\n| part | done | partial | stub | all |\n|---|---|---|---|---|");
    let mut totals = [0; 3];
    let order = [REST].into_iter().chain(PARTS.iter().map(|(name, _)| *name));
    let order: Vec<_> = order.filter(|name| parts.contains_key(name)).collect();
    for name in &order {
        let counts = states.map(|s| parts[name].get(s).map_or(0, Vec::len));
        let all: usize = counts.iter().sum();
        let _ = writeln!(out, "| {name} | {} | {} | {} | {all} |", counts[0], counts[1], counts[2]);
        totals.iter_mut().zip(counts).for_each(|(total, n)| *total += n);
    }
    let all: usize = totals.iter().sum();
    let _ =
        writeln!(out, "| **all** | **{}** | **{}** | **{}** | **{all}** |", totals[0], totals[1], totals[2]);
    for name in &order {
        let _ = writeln!(out, "\n## {name}\n\n| function | state |\n|---|---|");
        let mut rows: Vec<_> =
            parts[name].iter().flat_map(|(state, all)| all.iter().map(|s| (*s, *state))).collect();
        rows.sort_unstable();
        for (symbol, state) in rows {
            let _ = writeln!(out, "| `{symbol}` | {state} |");
        }
    }
    out
}

#[test]
fn the_document_is_up_to_date() {
    let new = document();
    if read(DOCUMENT) == new {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT), new).expect(DOCUMENT);
        return;
    }
    panic!(
        "{DOCUMENT} is not what include/exports.txt says: run UPDATE_DOCS=1 cargo test --test compatibility"
    );
}
