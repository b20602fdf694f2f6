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
