//! Links between the project's own documents lead somewhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: that is how its tests fail.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and everything like it beside it, and all of `docs`.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("docs")];
    found.extend(markdown_in(root()));
    while let Some(folder) = folders.pop() {
        found.extend(markdown_in(&folder));
        let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        folders.extend(entries.filter(|path| path.is_dir()));
    }
    found
}

fn markdown_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|e| e == "md")).collect()
}

/// The targets of `[text](target)`, without those of other sites.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.contains(char::is_whitespace))
}

/// The anchors that headings get: lower case, blanks as hyphens, other characters left out.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

fn broken(document: &Path, link: &str) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { document.to_owned() } else { document.parent().unwrap().join(path) };
    if anchor.is_empty() {
        return !target.exists();
    }
    fs::read_to_string(target).map_or(true, |text| !anchors(&text).contains(anchor))
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            seen += 1;
            assert!(!broken(&document, link), "{}: {link}", document.display());
        }
    }
    assert!(seen > 50, "only {seen} links");
}

#[test]
fn every_document_is_reached_from_the_readme() {
    let mut reached = BTreeSet::new();
    let mut left = vec![root().join("README.md")];
    while let Some(document) = left.pop() {
        let document = document.canonicalize().unwrap();
        if !reached.insert(document.clone()) || document.extension().is_none_or(|e| e != "md") {
            continue;
        }
        let text = fs::read_to_string(&document).unwrap();
        let targets = links(&text).filter_map(|link| link.split('#').next()).filter(|path| !path.is_empty());
        left.extend(targets.map(|path| document.parent().unwrap().join(path)));
    }
    for document in documents() {
        assert!(
            reached.contains(&document.canonicalize().unwrap()),
            "nothing links to {}",
            document.display()
        );
    }
}

/// What `docs/reference/api.md` puts into backticks: names of functions without their prefix, and beginnings
/// of names with a `*` behind or in them.
fn patterns(text: &str) -> Vec<&str> {
    let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '*'));
    let words = text
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    words.filter(is_name).collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| rest.ends_with(tail)),
        None => pattern == name,
    }
}

#[test]
fn every_function_that_works_has_a_task() {
    let exports = fs::read_to_string(root().join("include/exports.txt")).unwrap();
    let all = exports.lines().filter_map(|line| line.strip_prefix("rd_kafka_")?.split_once(' '));
    let names: Vec<(&str, bool)> = all.map(|(name, state)| (name, state != "stub")).collect();
    let text = fs::read_to_string(root().join("docs/reference/api.md")).unwrap();
    let patterns = patterns(&text);
    assert!(names.len() > 400 && patterns.len() > 200, "{} {}", names.len(), patterns.len());
    for (name, _) in names.iter().filter(|(_, works)| *works) {
        assert!(
            patterns.iter().any(|p| matches(p, name)),
            "rd_kafka_{name} has no task in docs/reference/api.md"
        );
    }
    for pattern in patterns {
        assert!(names.iter().any(|(name, _)| matches(pattern, name)), "no function is called {pattern}");
    }
}
