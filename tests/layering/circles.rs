//! Which files of a folder import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Segments, Source};

/// The modules of the crate that are no tests, by their place in the tree.
pub(crate) struct Modules<'a>(BTreeMap<&'a [String], &'a Source>);

impl<'a> Modules<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        Self(sources.iter().filter(|s| !s.is_test).map(|s| (&s.module[..], s)).collect())
    }

    /// The file that defines what `path` means in `from`. Names passed on are followed to their origin.
    fn defining(&self, from: &'a Source, path: &[String], depth: usize) -> Option<&'a Source> {
        let place = self.absolute(from, path)?;
        let length = (0..=place.len()).rev().find(|n| self.0.contains_key(&place[..*n]))?;
        let file = self.0[&place[..length]];
        let Some(name) = place.get(length) else { return Some(file) };
        if file.items.contains(name) || depth == 0 {
            return Some(file);
        }
        if let Some(import) = file.imports.get(name) {
            return self.defining(file, import, depth - 1);
        }
        let mut through_glob = file.globs.iter().filter_map(|glob| {
            self.defining(file, glob, depth - 1).filter(|target| target.items.contains(name))
        });
        Some(through_glob.next_back().unwrap_or(file))
    }

    /// A path counted from the crate's root; none for other crates and names of the prelude.
    fn absolute(&self, from: &Source, path: &[String]) -> Option<Segments> {
        let supers = path.iter().take_while(|s| *s == "super").count();
        let rest = &path[supers..];
        Some(match path[0].as_str() {
            "crate" => path[1..].to_vec(),
            "self" => [&from.module[..], &path[1..]].concat(),
            "super" => [&from.module[..from.module.len().checked_sub(supers)?], rest].concat(),
            name => {
                let child = [&from.module[..], &path[..1]].concat();
                if self.0.contains_key(&child[..]) {
                    [&from.module[..], path].concat()
                } else {
                    // What is only passed on may also be used here, by its bare name.
                    let import = from.imports.get(name).filter(|import| import[0] != name)?;
                    return self.absolute(from, import);
                }
            }
        })
    }

    /// Which files of `folder` each of its files needs.
    fn uses(&self, folder: &str) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
        let inside = |s: &Source| s.path.starts_with(&format!("{folder}/"));
        let files = self.0.values().filter(|s| inside(s));
        files
            .map(|file| {
                let needed = file.paths.iter().filter(|path| !file.passed_on.contains(*path));
                let targets = needed.filter_map(|path| self.defining(file, path, 4));
                let targets = targets.filter(|t| inside(t) && t.path != file.path);
                (&*file.path, targets.map(|t| &*t.path).collect())
            })
            .collect()
    }

    /// The circles of a folder: groups of files each of which reaches all the others.
    pub(crate) fn circles(&self, folder: &str) -> Vec<Vec<&'a str>> {
        let uses = self.uses(folder);
        let reach: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|f| (*f, reachable(&uses, f))).collect();
        let mut circles: Vec<Vec<&str>> = Vec::new();
        for file in uses.keys().filter(|f| reach[*f].contains(*f)) {
            if !circles.iter().any(|circle| circle.contains(file)) {
                let mutual = reach[file].iter().filter(|other| reach[*other].contains(file));
                circles.push(mutual.copied().collect());
            }
        }
        circles
    }

    /// The edges between the files of a circle, for who wants to cut it.
    pub(crate) fn edges(&self, folder: &str, circle: &[&str]) -> Vec<String> {
        let uses = self.uses(folder);
        let within = |f: &&str| circle.contains(f);
        let edge = |from: &str| {
            let to: Vec<&str> = uses[from].iter().copied().filter(within).collect();
            format!("    {from} -> {}", to.join(", "))
        };
        circle.iter().map(|from| edge(from)).collect()
    }
}

fn reachable<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = uses[from].iter().copied().collect();
    while let Some(file) = open.pop() {
        if seen.insert(file) {
            open.extend(&uses[file]);
        }
    }
    seen
}
