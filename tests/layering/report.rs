//! Figures about the structure of a checkout: `cargo test --test layering report -- --nocapture`;
//! `LAYERING_ROOT=FOLDER` looks at another one.

use std::collections::BTreeMap;
use std::path::Path;

use crate::circles::Modules;
use crate::source::{self, Source};
use crate::{files_side_by_side, top_folders};

/// The objects that are driven by a loop or a server, and the folder that they belong to.
const WHOLE_OBJECTS: &[(&str, &str)] = &[
    ("src/client/", "Main"),
    ("src/client/", "Client"),
    ("src/broker/", "Broker"),
    ("src/mock/", "Cluster"),
];

#[test]
fn report() {
    let root = std::env::var("LAYERING_ROOT").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let sources = source::read_all(Path::new(&root));
    sizes(&sources);
    methods(&sources);
    open_fields(&sources);
    circles(&sources);
}

fn sizes(sources: &[Source]) {
    let mut folders: Vec<(usize, String)> =
        files_side_by_side(sources).into_iter().map(|(folder, n)| (n, folder)).collect();
    folders.sort_by(|a, b| b.cmp(a));
    let crowded: Vec<String> =
        folders.iter().filter(|(n, _)| *n > 20).map(|(n, f)| format!("{f} {n}")).collect();
    println!("files: {} in {} folders", sources.len(), folders.len());
    println!("folders with more than 20 files side by side: {}", crowded.join(", "));
    let above = |limit: usize| sources.iter().filter(|s| s.lines > limit).count();
    println!("files above 500 lines: {}, above 600: {}", above(500), above(600));
    let functions = || sources.iter().flat_map(|s| s.functions.iter().map(move |f| (s, f)));
    let above = |limit: usize| functions().filter(|(_, f)| f.lines > limit).count();
    println!("functions: {}, above 50 lines: {}, above 60: {}", functions().count(), above(50), above(60));
    for (s, f) in functions().filter(|(_, f)| f.lines > 50) {
        println!("    {}:{} {}: {} lines", s.path, f.line, f.name, f.lines);
    }
    let mut wide: BTreeMap<&str, usize> = BTreeMap::new();
    for s in sources {
        *wide.entry(&s.layer).or_default() += s.wide_comments.len();
    }
    println!("comment lines past 110 columns: {} {wide:?}", wide.values().sum::<usize>());
}

fn methods(sources: &[Source]) {
    for (folder, name) in WHOLE_OBJECTS {
        let files: Vec<&str> = sources
            .iter()
            .filter(|s| s.path.starts_with(folder) && s.inherent_impls.contains(*name))
            .map(|s| &*s.path)
            .collect();
        println!("files with methods of {folder}'s {name}: {} ({})", files.len(), files.join(", "));
    }
}

fn open_fields(sources: &[Source]) {
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for s in sources {
        *open.entry(&s.layer).or_default() += s.open_fields.len();
    }
    println!("fields that are not private: {} {open:?}", open.values().sum::<usize>());
}

fn circles(sources: &[Source]) {
    let modules = Modules::new(sources);
    for folder in top_folders() {
        let circles = modules.circles(&folder);
        let files: usize = circles.iter().map(Vec::len).sum();
        println!("files of {folder} in import circles: {files}, in {} circles", circles.len());
        for circle in circles {
            modules.edges(&folder, &circle).iter().for_each(|edge| println!("{edge}"));
            println!();
        }
    }
}
