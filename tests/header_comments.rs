//! The comments of the headers tell callers what they need: every function has one, whoever gets a pointer
//! learns how long it is valid or how to release it, and times have a unit. What they name exists.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: that is how its tests fail.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

struct Function {
    comment: String,
    returns: String,
    name: String,
    parameters: String,
}

/// One of these words stands in the comment of each function that returns a pointer.
const OWNERSHIP: &[&str] = &[
    "_destroy()",
    "_destroy_array()",
    "_dump_free()",
    "rd_kafka_mem_free()",
    "alid ",
    "belongs to",
    "a constant of the library",
    "this thread's",
    "its creator's",
    "@return NULL ",
    "opaque",
];

fn header(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("include/librdkafka").join(name)).unwrap()
}

/// A comment's text on one line, without its stars.
fn text_of(comment: &str) -> String {
    let lines = comment
        .lines()
        .map(|line| line.trim_start_matches(['/', '*', ' ']).trim_end_matches(['/', '*', ' ']));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ") + " "
}

/// Comment and declaration stand together, between empty lines.
fn function(paragraph: &str) -> Option<Function> {
    let paragraph = paragraph.trim();
    let (comment, declaration) = match paragraph.strip_prefix("/**") {
        Some(rest) => rest.split_once("*/")?,
        None => ("", paragraph),
    };
    let declaration = declaration.trim();
    let exported = declaration.strip_prefix("RD_EXPORT")?;
    let end = exported.rfind("rd_kafka_").filter(|_| exported.ends_with(");"))?;
    let open = exported.find("(").filter(|open| exported[..*open].contains("rd_kafka_")).unwrap_or(end);
    let start = exported[..open].rfind(|c: char| !c.is_alphanumeric() && c != '_')? + 1;
    Some(Function {
        comment: text_of(comment),
        returns: exported[..start].trim().to_owned(),
        name: exported[start..open].to_owned(),
        parameters: exported[open..].to_owned(),
    })
}

fn functions(text: &str) -> Vec<Function> {
    text.split("\n\n").filter_map(function).collect()
}

/// Words of the form `rd_kafka_..()`.
fn calls(text: &str) -> BTreeSet<&str> {
    let before = text.split("()").map(|part| {
        let start = part.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        &part[start..]
    });
    before.filter(|word| word.starts_with("rd_kafka_")).collect()
}

fn faults(f: &Function) -> Vec<&'static str> {
    let mut found = Vec::new();
    let words = f.comment.split_whitespace().count();
    if words < 4 || !f.comment.contains(". ") && !f.comment.contains("@return") {
        found.push("has no comment");
    }
    if f.returns.ends_with('*') && !OWNERSHIP.iter().any(|words| f.comment.contains(words)) {
        found.push("does not say who releases what it returns, or how long it is valid");
    }
    let comment = f.comment.to_lowercase();
    let timed = ["_ms)", "_ms,"].iter().any(|end| f.parameters.contains(end));
    let told = ["milliseconds", "as rd_kafka_", "as for rd_kafka_", "not implemented", "there is no"];
    if timed && !told.iter().any(|words| comment.contains(words)) {
        found.push("gives no unit");
    }
    found
}

#[test]
fn callers_learn_what_they_need() {
    let mut faulty = Vec::new();
    let mut seen = 0;
    for name in ["rdkafka.h", "rdkafka_mock.h"] {
        for f in functions(&header(name)) {
            seen += 1;
            faulty.extend(faults(&f).iter().map(|fault| format!("{}() {fault}", f.name)));
        }
    }
    assert!(faulty.is_empty(), "{}", faulty.join("\n"));
    assert!(seen > 500, "only {seen} functions were found");
}

#[test]
fn functions_that_comments_name_exist() {
    let headers = [header("rdkafka.h"), header("rdkafka_mock.h")];
    let declared: BTreeSet<String> =
        headers.iter().flat_map(|text| functions(text)).map(|f| f.name).collect();
    let named: BTreeSet<&str> = headers.iter().flat_map(|text| calls(text)).collect();
    let unknown: Vec<_> = named.into_iter().filter(|name| !declared.contains(*name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
