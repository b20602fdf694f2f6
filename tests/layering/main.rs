//! Holds the source to its structure: who may use whom, who may touch the system's clocks and locks, where
//! `unsafe` may stand, whose fields are private, and how large folders, files and functions may become. Test
//! modules are exempt from the rules about imports and `unsafe`, not from those about sizes. `report.rs`
//! prints the figures.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // A test crate: a failed unwrap is a failed test.

mod circles;
mod report;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use circles::Modules;
use source::Source;

/// What each layer may use besides itself. `capi` may use everything.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("compress", &["base"]),
    // Pure: it knows tokens, not connections.
    ("auth", &["base"]),
    ("protocol", &["compress", "base"]),
    ("net", &["auth", "base"]),
    // Only in builds with OpenSSL.
    ("tls", &["net", "conf", "auth", "base"]),
    ("conf", &["auth", "compress", "base"]),
    ("stats", &["base"]),
    // Pure: it knows partitions and bytes, not sockets.
    ("producer", &["protocol", "conf", "stats", "compress", "base"]),
    // As pure as the producer, and of the same place.
    ("consumer", &["protocol", "conf", "stats", "compress", "base"]),
    ("cluster", &["protocol", "net", "conf", "stats", "compress", "base"]),
    (
        "broker",
        &["auth", "producer", "consumer", "cluster", "protocol", "net", "conf", "stats", "compress", "base"],
    ),
    (
        "client",
        &[
            "broker", "auth", "producer", "consumer", "cluster", "protocol", "net", "conf", "stats",
            "compress", "base",
        ],
    ),
    ("mock", &["tls", "auth", "protocol", "net", "compress", "base"]),
    // Programs of their own.
    ("bin", &["mock", "tls", "protocol", "base"]),
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
    ("consumer", &["queue", "instance", "data", "ffi", "abi"]),
    ("admin", &["queue", "instance", "data", "ffi", "abi"]),
    ("lifecycle", &["consumer", "mock", "queue", "instance", "conf", "ffi", "abi"]),
    ("stubs", &["admin", "mock", "queue", "instance", "data", "ffi", "abi"]),
];

/// The parts of `producer`: each uses only those above it in this list.
const PRODUCER_PARTS: &[&str] =
    &["budget", "store", "format", "idempotence", "partition", "batch", "wire", "settle", "engine"];

/// Single uses beyond the table: file, what it uses, why.
const LAYER_EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Names that only `base` may use, so that the rest runs in virtual time and under ranked locks.
const SYSTEM_ONLY_IN_BASE: &[&str] =
    &["std::sync", "std::time::Instant", "std::time::SystemTime", "parking_lot"];

/// Where `unsafe` may stand: a path prefix and why.
const UNSAFE_ALLOWED: &[(&str, &str)] = &[
    ("src/capi/", "the C boundary"),
    ("src/producer/store", "chunks and slots are raw memory"),
    ("src/consumer/records/buffer.rs", "bytes that the application gets pointers into"),
    ("src/tls/sys/", "the binding to what the crate openssl leaves out"),
    ("src/net/sys", "raw descriptors of the application, getaddrinfo, getnameinfo"),
    (
        "src/auth/gssapi/library.rs",
        "the binding to the system's Kerberos library, which is loaded at run time",
    ),
    ("src/compress/lz4_sys.rs", "the binding to liblz4"),
    ("src/conf/pattern.rs", "the C library's regular expressions"),
    ("src/base/unwind.rs", "the unwinder's interface: foreign frames are unwound, ours are not"),
    ("src/base/sync/condvar.rs", "waits in the C library, which are cancellation points"),
];

const MAX_LINES: usize = 500;

/// Unit tests up to this length stand at the foot of their file, longer ones in `<module>/tests.rs`.
const MAX_INLINE_TESTS: usize = 100;

/// Files over the limit: path, lines they may have, why. Shrinks only, as all tables of exceptions here.
const LONG_FILES: &[(&str, usize, &str)] = &[];

/// How many files may stand side by side in a folder.
const MAX_FILES: usize = 20;

/// Folders with more: folder, files they may have, why. Shrinks only.
const CROWDED_FOLDERS: &[(&str, usize, &str)] = &[
    ("src/mock/api", 29, "one file for each request"),
    ("src/protocol/api", 34, "one file for each request"),
];

const MAX_FUNCTION_LINES: usize = 50;

/// Functions over the limit: layer and name, lines they may have, why. Shrinks only.
const LONG_FUNCTIONS: &[(&str, usize, &str)] = &[];

/// Types whose methods stand in few files, because the parts that they are made of have methods of their own.
const METHODS_STAND_IN: &[(&str, &str, &[&str])] = &[
    (
        "src/mock/",
        "Cluster",
        &["src/mock/cluster/control.rs", "src/mock/cluster/mod.rs", "src/mock/cluster/routing.rs"],
    ),
    ("src/broker/", "Broker", &["src/broker/machine/mod.rs", "src/broker/machine/closing.rs"]),
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

/// Types with methods that change them and fields that others may change as well: file and type, how many
/// such fields, why. Shrinks only.
const OPEN_STATE: &[(&str, usize, &str)] = &[
    ("src/capi/admin/configs.rs: rd_kafka_ConfigResource_s", 5, "an object of C, which results are made of"),
    (
        "src/capi/conf/object.rs: ConfHooks",
        4,
        "lists of interceptors, which are called from where things happen",
    ),
    ("src/conf/store.rs: Conf", 2, "the folder's other files resolve it"),
    ("src/conf/store.rs: TopicConf", 1, "the folder's other files resolve it"),
    ("src/protocol/record_batch/mod.rs: BatchHeader", 13, "a header, field by field as on the wire"),
    ("src/client/part.rs: ClusterView", 4, "lends the view of the cluster to a part"),
    ("src/mock/configs/resources.rs: Configuration", 4, "lends parts to a handler"),
    ("src/mock/groups/classic.rs: Group", 8, "its handlers answer with its fields"),
    ("src/mock/groups/classic.rs: Member", 4, "its handlers answer with its fields"),
    ("src/mock/server/conn.rs: Connection", 4, "of the server's loop"),
    ("src/mock/topic.rs: Partition", 15, "tests and handlers set what a broker would decide"),
    ("src/mock/topic.rs: Topic", 6, "tests and handlers set what a broker would decide"),
    ("src/mock/transactions.rs: TransactionCoordinator", 6, "lends parts to a handler"),
    ("src/producer/batch.rs: Batch", 6, "a value that moves from part to part"),
    (
        "src/producer/partition/append.rs: AppendSide",
        13,
        "half of a partition, whose other files lock and use it",
    ),
    ("src/producer/partition/report.rs: Report", 10, "a value that moves from part to part"),
    ("src/producer/partition/send.rs: SendSide", 7, "half of a partition, whose other files lock and use it"),
    ("src/producer/store/run.rs: Run", 7, "a value that moves from part to part"),
    ("src/producer/wire/encode_queue.rs: EncodeQueue", 2, "of the writer"),
    ("src/producer/wire/frame.rs: Frame", 3, "of the writer"),
];

fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> =
        LazyLock::new(|| source::read_all(Path::new(env!("CARGO_MANIFEST_DIR"))));
    &SOURCES
}

/// `src/x` for each layer.
fn top_folders() -> impl Iterator<Item = String> {
    LAYERS.iter().map(|(layer, _)| *layer).chain(["capi"]).map(|layer| format!("src/{layer}"))
}

/// How many files each folder below `src` has, those of its folders not counted.
fn files_side_by_side(sources: &[Source]) -> BTreeMap<String, usize> {
    let mut folders = BTreeMap::new();
    for s in sources {
        let folder = s.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *folders.entry(folder.to_owned()).or_default() += 1;
    }
    folders
}

/// The layers that a file uses: `crate::x` and, counted from the file's place, `super::super::x`.
fn used_layers(s: &Source) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for path in &s.paths {
        let supers = path.iter().take_while(|p| *p == "super").count();
        let top = match path[0].as_str() {
            "crate" => path.get(1),
            "super" if supers == s.module.len() => path.get(supers),
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
    assert_none(&wrong);
}

#[test]
fn folders_of_capi_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.layer == "capi" && !s.is_test) {
        let Some((folder, _)) = s.path["src/capi/".len()..].split_once('/') else { continue };
        let Some((_, allowed)) = CAPI_FOLDERS.iter().find(|(f, _)| *f == folder) else {
            wrong.push(format!("{}: folder {folder} is not in the table", s.path));
            continue;
        };
        for used in s.paths.iter().filter(|p| p.starts_with(&["crate".into(), "capi".into()])) {
            let used = used.get(2).map_or("", |name| name);
            if used != folder && !allowed.contains(&used) {
                wrong.push(format!("{} uses capi::{used}, which {folder} may not", s.path));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn parts_of_the_producer_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    let place = |part: &str| PRODUCER_PARTS.iter().position(|p| *p == part);
    for s in sources().iter().filter(|s| s.layer == "producer" && !s.is_test) {
        let Some(part) = s.module.get(1) else { continue };
        let Some(own) = place(part) else {
            wrong.push(format!("{}: {part} is not in the list", s.path));
            continue;
        };
        for used in s.paths.iter().filter(|p| p.starts_with(&["crate".into(), "producer".into()])) {
            let used = used.get(2).map_or("", |name| name);
            if place(used).is_none_or(|p| p > own) {
                wrong.push(format!("{} uses producer::{used}, which {part} may not", s.path));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn clocks_and_locks_come_from_base() {
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.layer != "base") {
        for path in s.paths.iter().map(|path| path.join("::")) {
            if SYSTEM_ONLY_IN_BASE.iter().any(|f| path == *f || path.starts_with(&format!("{f}::"))) {
                wrong.push(format!("{} uses {path}: take it from crate::base", s.path));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn unsafe_code_stands_where_it_may() {
    let mut wrong = Vec::new();
    for s in sources() {
        let allowed = UNSAFE_ALLOWED.iter().any(|(prefix, _)| s.path.starts_with(prefix));
        if !allowed && s.has_unsafe {
            wrong.push(format!("{} has unsafe code", s.path));
        }
    }
    assert_none(&wrong);
}

/// Who may name the client's main loop: itself, who runs it on a thread, and the list of modules.
const KNOW_THE_LOOP: &[&str] = &["src/client/main_loop.rs", "src/client/mod.rs", "src/client/threads/mod.rs"];

#[test]
fn no_part_of_the_client_knows_the_loop() {
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.path.starts_with("src/client/")) {
        let knows = s.paths.iter().flatten().any(|segment| segment == "main_loop");
        if knows && !KNOW_THE_LOOP.contains(&s.path.as_str()) {
            wrong.push(format!("{} names the main loop", s.path));
        }
    }
    assert_none(&wrong);
}

#[test]
fn whole_objects_leave_the_work_to_their_parts() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for s in sources() {
        for (folder, name, files) in METHODS_STAND_IN {
            if s.path.starts_with(folder) && s.inherent_impls.contains(*name) {
                seen.insert(s.path.clone());
                if !files.contains(&s.path.as_str()) {
                    wrong.push(format!("{}: methods of {folder}'s {name}", s.path));
                }
            }
        }
    }
    assert_none(&wrong);
    let listed: BTreeSet<String> =
        METHODS_STAND_IN.iter().flat_map(|(.., files)| files.iter().map(|f| (*f).to_owned())).collect();
    assert_eq!(seen, listed, "the table is up to date");
}

#[test]
fn who_changes_itself_keeps_its_fields_private() {
    let sources = sources();
    let changing: BTreeSet<(&str, &str)> = sources
        .iter()
        .flat_map(|s| s.changing.iter().map(|name| (s.layer.as_str(), name.as_str())))
        .collect();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for s in sources.iter().filter(|s| !s.is_test) {
        for field in s.open_fields.iter().filter(|f| changing.contains(&(s.layer.as_str(), f.of.as_str()))) {
            *open.entry(format!("{}: {}", s.path, field.of)).or_default() += 1;
        }
    }
    assert_limits(&open, 0, OPEN_STATE, "fields that are not private");
}

#[test]
fn imports_run_in_no_circles() {
    let sources = sources();
    let modules = Modules::new(sources);
    let mut wrong = Vec::new();
    for folder in top_folders() {
        for circle in modules.circles(&folder) {
            wrong.push(format!("{folder}: {} files import each other in a circle", circle.len()));
            wrong.extend(modules.edges(&folder, &circle));
        }
    }
    assert_none(&wrong);
}

#[test]
fn folders_stay_small() {
    let folders = files_side_by_side(sources());
    assert_limits(&folders, MAX_FILES, CROWDED_FOLDERS, "files side by side");
}

#[test]
fn modules_and_tests_stand_where_they_are_looked_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for s in sources().iter().filter(|s| s.path != "src/lib.rs") {
        let folder = s.path.trim_end_matches(".rs");
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            if !path.ends_with("tests.rs") && (path.is_dir() || path.extension().is_some_and(|e| e == "rs")) {
                wrong.push(format!("{}: a module with parts is {folder}/mod.rs ({path:?})", s.path));
            }
        }
        if s.path.ends_with("_tests.rs") || s.path.ends_with("/test.rs") {
            wrong.push(format!("{}: unit tests are in `mod tests` or in <module>/tests.rs", s.path));
        }
        if s.inline_tests > MAX_INLINE_TESTS {
            wrong.push(format!("{}: {} lines of tests belong in {folder}/tests.rs", s.path, s.inline_tests));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_stay_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tools = Vec::new();
    source::collect(&root.join("tools"), &mut tools);
    let lines = |file: &PathBuf| std::fs::read_to_string(file).unwrap().lines().count();
    let tools = tools.iter().map(|file| (file.display().to_string(), lines(file)));
    let files = sources().iter().map(|s| (s.path.clone(), s.lines)).chain(tools).collect();
    assert_limits(&files, MAX_LINES, LONG_FILES, "lines");
}

#[test]
fn functions_stay_short() {
    let mut functions: BTreeMap<String, usize> = BTreeMap::new();
    for s in sources() {
        for f in &s.functions {
            let lines: &mut usize = functions.entry(format!("{}::{}", s.layer, f.name)).or_default();
            *lines = f.lines.max(*lines);
        }
    }
    assert_limits(&functions, MAX_FUNCTION_LINES, LONG_FUNCTIONS, "lines");
}

#[test]
fn comments_keep_to_the_columns_of_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wide: BTreeMap<String, usize> = BTreeMap::new();
    for s in sources() {
        *wide.entry(format!("src/{}", s.layer)).or_default() += s.wide_comments.len();
    }
    for folder in ["tests", "fuzz", "bench", "capi-tests", "tools"] {
        let mut files = Vec::new();
        source::collect(&root.join(folder), &mut files);
        let count = |file| source::wide_comments(&std::fs::read_to_string(file).unwrap()).len();
        wide.insert(folder.to_owned(), files.iter().map(count).sum());
    }
    assert_limits(&wide, 0, &[], "comment lines past 110 columns");
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Holds each number to `limit`, or to what the table says of its name. What the table says is never raised.
fn assert_limits(found: &BTreeMap<String, usize>, limit: usize, table: &[(&str, usize, &str)], what: &str) {
    let mut wrong: Vec<String> = Vec::new();
    for (name, n) in found {
        let most = table.iter().find(|(listed, ..)| listed == name).map_or(limit, |(_, most, _)| *most);
        wrong.extend(beyond(name, what, *n, most));
    }
    assert_none(&wrong);
}

fn beyond(name: &str, what: &str, found: usize, most: usize) -> Option<String> {
    (found > most).then(|| format!("{name}: {found} {what}, at most {most} are allowed"))
}

#[test]
fn the_checks_themselves_see_through_text_and_groups() {
    let s = source::parse(
        "src/net/tcp.rs",
        "// crate::client\n/* a /* crate::capi */ b */
        use crate::{base::{sync, clock::Time}, conf as c};
        #[cfg(test)] mod tests;
        #[cfg(test)] mod t { use std::sync::Arc; unsafe fn f() {} }
        mod inner { use super::super::super::client::x; pub(super) struct P; }
        fn f<'a>(x: &'a super::endpoint::E) { let s = \"crate::mock\"; println!(\"{}\", crate::stats::X { a: '\"' }); }
        struct Open { pub(super) a: u8, b: u8 }",
    );
    let paths: Vec<String> = s.paths.iter().map(|path| path.join("::")).collect();
    for path in ["crate::base::sync", "crate::base::clock::Time", "crate::conf", "super::endpoint::E"] {
        assert!(paths.iter().any(|p| p == path), "{path} in {paths:?}");
    }
    assert_eq!(used_layers(&s).into_iter().collect::<Vec<_>>(), ["base", "client", "conf", "stats"]);
    assert!(!paths.iter().any(|p| p.contains("std::sync")) && !s.has_unsafe);
    assert_eq!(s.open_fields.iter().map(|f| format!("{}.{}", f.of, f.name)).collect::<Vec<_>>(), ["Open.a"]);
}

#[test]
fn the_checks_themselves_see_circles_and_unsafe_code() {
    let read = |(path, text)| source::parse(path, text);
    let files = [
        ("src/a/mod.rs", "mod b; mod c; mod d; pub(crate) use b::B; pub(crate) struct A(c::C);"),
        ("src/a/b.rs", "pub(crate) struct B; fn f() { m!(unsafe { g() }) }"),
        ("src/a/c.rs", "use super::B; pub(crate) struct C;"),
        ("src/a/d.rs", "use super::{A, B}; struct D;"),
    ];
    let mut sources: Vec<Source> = files.into_iter().map(read).collect();
    assert_eq!(sources.iter().filter(|s| s.has_unsafe).map(|s| &*s.path).collect::<Vec<_>>(), ["src/a/b.rs"]);
    // What the folder's own file passes on from `b` does not tie `c` to that file.
    assert!(Modules::new(&sources).circles("src/a").is_empty());
    sources[2] = read(("src/a/c.rs", "use super::A; pub(crate) struct C;"));
    assert_eq!(Modules::new(&sources).circles("src/a"), [["src/a/c.rs", "src/a/mod.rs"]]);
}
