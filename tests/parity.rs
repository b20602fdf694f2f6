//! docs/internals/parity.md names nothing that is not there.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test crate: a failed unwrap is a failed test.

use std::fs;
use std::path::Path;

/// All files below a folder with one of these endings, as one text.
fn text_of(folder: &Path, endings: &[&str], out: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            text_of(&path, endings, out);
        } else if path.extension().is_some_and(|e| endings.iter().any(|w| e == *w)) {
            out.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands between back-ticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn check_item(root: &Path, item: &str, wrong: &mut Vec<String>) {
    let Some((file, name)) = item.split_once(": ").filter(|(f, _)| f.contains('.')) else { return };
    match fs::read_to_string(root.join("src").join(file)) {
        Ok(text) if text.contains(name) => {}
        Ok(_) => wrong.push(format!("{file} does not have {name}")),
        Err(e) => wrong.push(format!("{file}: {e}")),
    }
}

#[test]
fn every_item_and_every_test_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/internals/parity.md")).unwrap();
    let (mut rust, mut python) = (String::new(), String::new());
    text_of(&root.join("src"), &["rs"], &mut rust);
    text_of(&root.join("tests"), &["rs"], &mut rust);
    text_of(&root.join("capi-tests/harness"), &["py"], &mut python);
    let exists = |test: &str| {
        if let Some(family) = test.strip_suffix('*') {
            return python.contains(&format!("\"{family}"));
        }
        rust.contains(&format!("#[test]\n    fn {test}()"))
            || rust.contains(&format!("#[test]\nfn {test}()"))
            || python.contains(&format!("\"{test}\""))
            || root.join("capi-tests").join(format!("{test}.c")).exists()
    };
    let (mut tests, mut wrong) = (0, Vec::new());
    let mut shown_by = 0;
    for line in page.lines().filter(|l| l.starts_with('|') && !l.starts_with("|-")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        if let Some(column) = cells.iter().position(|c| c.trim() == "shown by") {
            shown_by = column;
            continue;
        }
        if cells.len() == 2 && cells[1].trim() == "why" {
            shown_by = 0;
        }
        if shown_by == 0 {
            continue;
        }
        if shown_by == 2 {
            quoted(cells[1]).for_each(|item| check_item(root, item, &mut wrong));
        }
        let before = tests;
        for test in quoted(cells[shown_by]) {
            tests += 1;
            if !exists(test) {
                wrong.push(format!("no test {test}"));
            }
        }
        if tests == before {
            wrong.push(format!("nothing shows: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tests > 100, "only {tests} tests are named: the page is not read right");
}
