//! Holds the source to its layers: who may use whom, who may touch the system's clocks and locks, where `unsafe` may
//! stand, and how long a file may become. Test modules are exempt from the layer rule, not from the length rule.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test crate: a failed unwrap is a failed test.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each layer may use besides itself. `capi` may use everything.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("compress", &["base"]),
    // Pure: it knows tokens, not connections.
    ("auth", &["base"]),
    ("protocol", &["compress", "base"]),
    ("net", &["base"]),
    ("conf", &["compress", "base"]),
    ("stats", &["base"]),
    // Pure: it knows partitions and bytes, not sockets.
    ("producer", &["protocol", "conf", "stats", "compress", "base"]),
    ("cluster", &["protocol", "net", "conf", "stats", "compress", "base"]),
    ("broker", &["auth", "producer", "cluster", "protocol", "net", "conf", "stats", "compress", "base"]),
    (
        "client",
        &["broker", "auth", "producer", "cluster", "protocol", "net", "conf", "stats", "compress", "base"],
    ),
    ("mock", &["auth", "protocol", "net", "compress", "base"]),
    // Programs of their own.
    ("bin", &["mock", "protocol", "base"]),
];

/// What each folder of `capi` may use of `capi` besides itself. Nobody uses the stubs.
const CAPI_FOLDERS: &[(&str, &[&str])] = &[
    ("abi", &[]),
    ("ffi", &["abi"]),
    ("data", &["ffi", "abi"]),
    ("interceptor", &["data", "ffi", "abi"]),
    ("conf", &["interceptor", "ffi", "abi"]),
    ("instance", &["conf", "interceptor", "data", "ffi", "abi"]),
    ("queue", &["instance", "data", "ffi", "abi"]),
    ("mock", &["instance", "ffi", "abi"]),
    ("produce", &["queue", "instance", "data", "ffi", "abi"]),
    ("admin", &["queue", "instance", "data", "ffi", "abi"]),
    ("lifecycle", &["mock", "queue", "instance", "conf", "ffi", "abi"]),
    ("stubs", &["admin", "mock", "queue", "instance", "data", "ffi", "abi"]),
];

/// Single uses beyond the table: file, what it uses, why.
const LAYER_EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Names that only `base` may use, so that the rest runs in virtual time and under ranked locks.
const SYSTEM_ONLY_IN_BASE: &[&str] =
    &["std::sync", "std::time::Instant", "std::time::SystemTime", "parking_lot"];

/// Where `unsafe` may stand: a path prefix and why.
const UNSAFE_ALLOWED: &[(&str, &str)] = &[
    ("src/capi/", "the C boundary"),
    ("src/producer/store", "chunks and slots are raw memory"),
    ("src/net/sys", "raw descriptors of the application, getaddrinfo, getnameinfo"),
    ("src/compress/lz4_sys.rs", "the binding to liblz4"),
    ("src/conf/pattern.rs", "the C library's regular expressions"),
    ("src/base/unwind.rs", "the unwinder's interface: foreign frames are unwound, ours are not"),
    ("src/base/sync/condvar.rs", "waits in the C library, which are cancellation points"),
];

const MAX_LINES: usize = 600;

/// Files over the limit: path, lines they may have, why. Shrink an entry when its file shrinks, never grow it.
const LONG_FILES: &[(&str, usize, &str)] = &[];

struct Source {
    path: String,
    layer: String,
    lines: usize,
    /// Without comments, string contents and test modules.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let found: Vec<Source> = files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let path = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let layer = path["src/".len()..].split(['/', '.']).next().unwrap().to_owned();
            Source { layer, lines: text.lines().count(), code: without_tests(&without_text(&text)), path }
        })
        .collect();
    assert!(found.len() > 10, "the sources are not where they should be");
    found
}

fn collect(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Blanks comments and the contents of string and character literals; keeps line breaks.
fn without_text(source: &str) -> String {
    let c: Vec<char> = source.chars().collect();
    let at = |i: usize| c.get(i).copied().unwrap_or('\0');
    let mut out = String::with_capacity(source.len());
    let mut i = 0;
    while i < c.len() {
        let end = if at(i) == '/' && at(i + 1) == '/' {
            (i..c.len()).find(|&j| c[j] == '\n').unwrap_or(c.len())
        } else if at(i) == '/' && at(i + 1) == '*' {
            block_comment_end(&c, i)
        } else if let Some(end) = raw_string_end(&c, i) {
            end
        } else if at(i) == '"' {
            quoted_end(&c, i, '"')
        } else if at(i) == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            quoted_end(&c, i, '\'')
        } else {
            out.push(c[i]);
            i += 1;
            continue;
        };
        out.push(' ');
        out.extend(c[i..end].iter().filter(|ch| **ch == '\n'));
        i = end;
    }
    out
}

fn block_comment_end(c: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0, start);
    while i + 1 < c.len() {
        match (c[i], c[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => {
                (depth, i) = (depth - 1, i + 2);
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    c.len()
}

fn raw_string_end(c: &[char], start: usize) -> Option<usize> {
    if c[start] != 'r' || start.checked_sub(1).is_some_and(|p| is_word(c[p]) && c[p] != 'b' && c[p] != 'c') {
        return None;
    }
    let hashes = c[start + 1..].iter().take_while(|ch| **ch == '#').count();
    if c.get(start + 1 + hashes) != Some(&'"') {
        return None;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let from = start + 2 + hashes;
    c[from..].windows(closing.len()).position(|w| w == closing).map(|p| from + p + closing.len())
}

fn quoted_end(c: &[char], start: usize, quote: char) -> usize {
    let mut i = start + 1;
    while i < c.len() {
        match c[i] {
            '\\' => i += 2,
            ch if ch == quote => return i + 1,
            _ => i += 1,
        }
    }
    c.len()
}

/// Removes every `#[cfg(test)]` item that has a body.
fn without_tests(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..start]);
        let item = &rest[start..];
        let open = item.find('{').unwrap_or(item.len());
        let end = match item.find(';') {
            Some(semicolon) if semicolon < open => semicolon + 1,
            _ => matching_brace(item, open),
        };
        rest = &item[end..];
    }
    out + rest
}

fn matching_brace(s: &str, open: usize) -> usize {
    let mut depth = 0i32;
    for (i, ch) in s[open..].char_indices() {
        depth += i32::from(ch == '{') - i32::from(ch == '}');
        if depth == 0 {
            return open + i + 1;
        }
    }
    s.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// All paths in the code, groups of `use` taken apart: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
fn paths(code: &str) -> BTreeSet<String> {
    let tokens = tokens(code);
    let mut found = BTreeSet::new();
    let mut i = 0;
    while i < tokens.len() {
        i = path_at(&tokens, i, "", &mut found).max(i + 1);
    }
    found
}

fn tokens(code: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        out.push(rest[..len].to_owned());
        rest = rest[len..].trim_start();
    }
    out
}

/// Reads the path that begins at token `i` and returns where it ends.
fn path_at(t: &[String], mut i: usize, prefix: &str, found: &mut BTreeSet<String>) -> usize {
    let word = |i: usize| t.get(i).is_some_and(|w| w.starts_with(is_word));
    let mut path = prefix.to_owned();
    while word(i) {
        path.push_str(&t[i]);
        i += 1;
        if t.get(i).is_none_or(|w| w != "::") {
            break;
        }
        path.push_str("::");
        i += 1;
    }
    if path.ends_with("::") && t.get(i).is_some_and(|w| w == "{") {
        i += 1;
        while i < t.len() && t[i] != "}" {
            i = path_at(t, i, &path, found).max(i + 1);
        }
        return i + 1;
    }
    found.insert(path);
    i
}

/// The layers that a file uses: `crate::x` and, counted from the file's place, `super::super::x`.
fn used_layers(s: &Source) -> BTreeSet<String> {
    let module = s.path["src/".len()..].trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = module.split('/').count();
    let mut used = BTreeSet::new();
    for path in paths(&s.code) {
        let segments: Vec<&str> = path.split("::").collect();
        let supers = segments.iter().take_while(|p| **p == "super").count();
        let top = match segments[0] {
            "crate" => segments.get(1),
            "super" if supers == depth => segments.get(supers),
            _ => None,
        };
        if let Some(top) = top.filter(|t| LAYERS.iter().any(|(l, _)| l == *t) || **t == "capi") {
            used.insert((*top).to_owned());
        }
    }
    used
}

#[test]
fn layers_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.layer != "capi" && s.path != "src/lib.rs") {
        let Some((_, allowed)) = LAYERS.iter().find(|(l, _)| *l == s.layer) else {
            wrong.push(format!("{}: layer {} is not in the table", s.path, s.layer));
            continue;
        };
        for used in used_layers(s) {
            let excepted = LAYER_EXCEPTIONS.iter().any(|(p, u, _)| *p == s.path && *u == used);
            if used != s.layer && !allowed.contains(&used.as_str()) && !excepted {
                wrong.push(format!("{} uses {used}, which {} may not", s.path, s.layer));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn folders_of_capi_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.layer == "capi" && !s.path.ends_with("/tests.rs")) {
        let Some((folder, _)) = s.path["src/capi/".len()..].split_once('/') else { continue };
        let Some((_, allowed)) = CAPI_FOLDERS.iter().find(|(f, _)| *f == folder) else {
            wrong.push(format!("{}: folder {folder} is not in the table", s.path));
            continue;
        };
        for used in paths(&s.code).iter().filter_map(|p| p.strip_prefix("crate::capi::")) {
            let used = used.split("::").next().unwrap_or_default();
            if used != folder && !allowed.contains(&used) {
                wrong.push(format!("{} uses capi::{used}, which {folder} may not", s.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn clocks_and_locks_come_from_base() {
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.layer != "base") {
        for path in paths(&s.code) {
            if SYSTEM_ONLY_IN_BASE.iter().any(|f| path == *f || path.starts_with(&format!("{f}::"))) {
                wrong.push(format!("{} uses {path}: take it from crate::base", s.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stands_where_it_may() {
    let mut wrong = Vec::new();
    for s in sources() {
        let allowed = UNSAFE_ALLOWED.iter().any(|(prefix, _)| s.path.starts_with(prefix));
        if !allowed && tokens(&s.code).iter().any(|t| t == "unsafe") {
            wrong.push(format!("{} has unsafe code", s.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Types whose methods stand in few files, because the parts that they are made of have methods of their own.
const METHODS_STAND_IN: &[(&str, &str, &[&str])] = &[
    ("src/mock/", "Cluster", &["src/mock/cluster.rs", "src/mock/control.rs"]),
    ("src/broker/", "Broker", &["src/broker/machine.rs", "src/broker/machine/closing.rs"]),
    ("src/client/", "Main", &["src/client/main_loop.rs"]),
    (
        "src/client/",
        "Client",
        &[
            "src/client/instance/build.rs",
            "src/client/instance/fatal.rs",
            "src/client/instance/mod.rs",
            "src/client/instance/polling.rs",
            "src/client/instance/producing.rs",
        ],
    ),
];

/// Who may name the client's main loop: itself, who runs it on a thread, and the list of modules.
const KNOW_THE_LOOP: &[&str] = &["src/client/main_loop.rs", "src/client/mod.rs", "src/client/threads.rs"];

#[test]
fn no_part_of_the_client_knows_the_loop() {
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.path.starts_with("src/client/")) {
        let knows = tokens(&s.code).iter().any(|t| t == "main_loop");
        if knows && !KNOW_THE_LOOP.contains(&s.path.as_str()) {
            wrong.push(format!("{} names the main loop", s.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn whole_objects_leave_the_work_to_their_parts() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for s in sources() {
        let code = tokens(&s.code);
        for (folder, name, files) in METHODS_STAND_IN.iter().filter(|(folder, ..)| s.path.starts_with(folder))
        {
            if code.windows(3).any(|t| t[0] == "impl" && t[1] == *name && t[2] == "{") {
                seen.insert(s.path.clone());
                if !files.contains(&s.path.as_str()) {
                    wrong.push(format!("{}: methods of {folder}'s {name}", s.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let listed: BTreeSet<String> =
        METHODS_STAND_IN.iter().flat_map(|(.., files)| files.iter().map(|f| (*f).to_owned())).collect();
    assert_eq!(seen, listed, "the table is up to date");
}

#[test]
fn files_stay_short() {
    let mut wrong = Vec::new();
    for s in sources() {
        match LONG_FILES.iter().find(|(p, ..)| *p == s.path) {
            None if s.lines > MAX_LINES => wrong.push(format!("{}: {} lines", s.path, s.lines)),
            Some((_, limit, _)) if s.lines > *limit || s.lines <= MAX_LINES => {
                wrong.push(format!("{}: {} lines, listed with {limit}", s.path, s.lines));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_checks_themselves_see_through_text_and_groups() {
    let code = without_text(
        "// crate::client\n/* a /* crate::capi */ b */ let s = \"crate::mock\"; let c = '\"'; let r = r#\"x \" crate::net\"#; fn f<'a>(x: &'a str) {} use crate::{base::{sync, clock::Time}, conf}; #[cfg(test)] mod t { use std::sync::Arc; }",
    );
    let code = without_tests(&code);
    let found = paths(&code);
    assert!(found.contains("crate::base::sync") && found.contains("crate::base::clock::Time"));
    assert!(found.contains("crate::conf") && !found.iter().any(|p| p.contains("std::sync")));
    assert!(!["client", "capi", "mock", "net"].iter().any(|l| code.contains(l)), "{code}");
    let s = Source {
        path: "src/net/tcp.rs".into(),
        layer: "net".into(),
        lines: 1,
        code: "super::super::client::x".into(),
    };
    assert_eq!(used_layers(&s).into_iter().collect::<Vec<_>>(), ["client"]);
}
