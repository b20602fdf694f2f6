//! Reads Rust files with `syn`: which paths they use, which functions and fields they have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// A path as segments: `["crate", "base", "sync"]`.
pub(crate) type Segments = Vec<String>;

pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// From the signature to the closing brace.
    pub(crate) lines: usize,
}

/// A field of a struct that code outside of the struct's module can touch.
pub(crate) struct OpenField {
    pub(crate) of: String,
    pub(crate) name: String,
}

/// A source file, its `#[cfg(test)]` modules left out except where something else is said.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) path: String,
    /// The folder below `src` that the file belongs to, or its own name there.
    pub(crate) layer: String,
    /// Where the file stands in the tree of modules: `["client", "txn", "core"]`.
    pub(crate) module: Segments,
    /// The whole file is a `#[cfg(test)]` module.
    pub(crate) is_test: bool,
    /// Lines of the file, with its tests.
    pub(crate) lines: usize,
    /// Lines from `mod tests {` on.
    pub(crate) inline_tests: usize,
    /// Comment lines of the file, with its tests, that run past the columns that code keeps.
    pub(crate) wide_comments: Vec<usize>,
    /// Every path in the code, relative ones counted from the file; `use` groups are taken apart.
    pub(crate) paths: BTreeSet<Segments>,
    /// Names that the file brings in at its top level, and what they stand for.
    pub(crate) imports: BTreeMap<String, Segments>,
    /// What the file brings in with a `*`.
    pub(crate) globs: Vec<Segments>,
    /// Items at the top level of the file.
    pub(crate) items: BTreeSet<String>,
    /// Imports that are there for others (`pub use`), and so say nothing about what the file itself needs.
    pub(crate) passed_on: BTreeSet<Segments>,
    /// Modules in files of their own that only tests have.
    test_modules: BTreeSet<String>,
    /// All functions with a body, with those of tests.
    pub(crate) functions: Vec<Function>,
    pub(crate) open_fields: Vec<OpenField>,
    pub(crate) structs: BTreeSet<String>,
    /// Types that have inherent methods here.
    pub(crate) inherent_impls: BTreeSet<String>,
    /// Those of them with methods that change them.
    pub(crate) changing: BTreeSet<String>,
    pub(crate) has_unsafe: bool,
}

pub(crate) const MAX_COLUMNS: usize = 110;

/// All files below `root/src`.
pub(crate) fn read_all(root: &Path) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let mut found: Vec<Source> = files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            parse(&path, &fs::read_to_string(file).unwrap())
        })
        .collect();
    assert!(found.len() > 10, "the sources are not where they should be");
    mark_tests(&mut found);
    found
}

pub(crate) fn collect(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// A file is a test if it or a module above it is declared under `#[cfg(test)]`.
fn mark_tests(sources: &mut [Source]) {
    let tests: Vec<Segments> = sources
        .iter()
        .flat_map(|s| s.test_modules.iter().map(|name| [s.module.clone(), vec![name.clone()]].concat()))
        .collect();
    for source in sources {
        source.is_test = tests.iter().any(|test| source.module.starts_with(test));
    }
}

pub(crate) fn parse(path: &str, text: &str) -> Source {
    let file = syn::parse_file(text).unwrap_or_else(|e| panic!("{path}: {e}"));
    let module = module_of(path);
    let mut source = Source {
        path: path.to_owned(),
        layer: module.first().cloned().unwrap_or_else(|| "lib".into()),
        module,
        lines: text.lines().count(),
        inline_tests: text.find("\nmod tests {").map_or(0, |at| text[at..].lines().count()),
        wide_comments: wide_comments(text),
        ..Source::default()
    };
    let mut reader = Reader { source: &mut source, inside: Vec::new(), in_test: false };
    reader.visit_file(&file);
    source
}

fn module_of(path: &str) -> Segments {
    let inner = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let inner = inner.trim_end_matches("/mod");
    if inner == "lib" || inner == "mod" { Vec::new() } else { inner.split('/').map(str::to_owned).collect() }
}

pub(crate) fn wide_comments(text: &str) -> Vec<usize> {
    let is_wide = |line: &str| line.trim_start().starts_with("//") && line.chars().count() > MAX_COLUMNS;
    text.lines().enumerate().filter(|(_, line)| is_wide(line)).map(|(i, _)| i + 1).collect()
}

fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("cfg") && a.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
            || a.path().is_ident("test")
    })
}

struct Reader<'a> {
    source: &'a mut Source,
    /// The inline modules around the place that is being read.
    inside: Segments,
    in_test: bool,
}

impl Reader<'_> {
    /// Counts a path of an inline module from the file.
    fn counted_from_file(&self, path: Segments) -> Segments {
        let supers = path.iter().take_while(|s| *s == "super").count().min(self.inside.len());
        match path[0].as_str() {
            "super" => [&self.inside[..self.inside.len() - supers], &path[supers..]].concat(),
            _ => path,
        }
    }

    fn add_path(&mut self, path: Segments) {
        if !self.in_test && !path.is_empty() {
            let path = self.counted_from_file(path);
            self.source.paths.insert(path);
        }
    }

    /// Macros are not parsed; their paths and `unsafe` blocks are found word by word.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let mut path = match token {
                TokenTree::Group(group) => {
                    self.add_tokens(group.stream());
                    continue;
                }
                TokenTree::Ident(word) => vec![word.to_string()],
                _ => continue,
            };
            self.source.has_unsafe |= path[0] == "unsafe" && !self.in_test;
            while tokens.next_if(is_colon).is_some() && tokens.next_if(is_colon).is_some() {
                match tokens.next() {
                    Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                        self.add_tokens(group.stream());
                    }
                    _ => break,
                }
            }
            self.add_path(path);
        }
    }

    fn add_use(&mut self, tree: &syn::UseTree, prefix: &Segments, is_public: bool) {
        let extended = |name: &syn::Ident| [prefix.clone(), vec![name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_use(&path.tree, &extended(&path.ident), is_public),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_use(tree, prefix, is_public));
            }
            syn::UseTree::Glob(_) => {
                let path = self.counted_from_file(prefix.clone());
                self.source.globs.push(path.clone());
                self.add_import(path, is_public);
            }
            syn::UseTree::Name(name) => self.add_name(&name.ident, extended(&name.ident), is_public),
            syn::UseTree::Rename(name) => self.add_name(&name.rename, extended(&name.ident), is_public),
        }
    }

    fn add_name(&mut self, name: &syn::Ident, mut path: Segments, is_public: bool) {
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let path = self.counted_from_file(path);
        let name = if name == "self" { path.last().cloned().unwrap_or_default() } else { name.to_string() };
        if self.inside.is_empty() {
            self.source.imports.insert(name, path.clone());
        }
        self.add_import(path, is_public);
    }

    fn add_import(&mut self, path: Segments, is_public: bool) {
        if is_public && self.inside.is_empty() {
            self.source.passed_on.insert(path.clone());
        }
        self.source.paths.insert(path);
    }

    fn add_function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let (first, last) = (signature.span().start().line, body.span().end().line);
        let name = signature.ident.to_string();
        self.source.functions.push(Function { name, line: first, lines: last - first + 1 });
        self.source.has_unsafe |= signature.unsafety.is_some() && !self.in_test;
    }

    fn add_item(&mut self, item: &syn::Item) {
        let name = match item {
            syn::Item::Const(i) => &i.ident,
            syn::Item::Enum(i) => &i.ident,
            syn::Item::Fn(i) => &i.sig.ident,
            syn::Item::Mod(i) => &i.ident,
            syn::Item::Static(i) => &i.ident,
            syn::Item::Struct(i) => &i.ident,
            syn::Item::Trait(i) => &i.ident,
            syn::Item::Type(i) => &i.ident,
            syn::Item::Union(i) => &i.ident,
            _ => return,
        };
        self.source.items.insert(name.to_string());
    }
}

/// Whether this is a method with `&mut self`.
fn changes_self(item: &syn::ImplItem) -> bool {
    let syn::ImplItem::Fn(method) = item else { return false };
    method.sig.receiver().is_some_and(|r| r.reference.is_some() && r.mutability.is_some())
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == ':')
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(i) => &i.attrs,
            syn::Item::Fn(i) => &i.attrs,
            syn::Item::Impl(i) => &i.attrs,
            syn::Item::Use(i) => &i.attrs,
            syn::Item::Struct(i) => &i.attrs,
            syn::Item::Const(i) => &i.attrs,
            _ => &Vec::new(),
        };
        let outer = self.in_test;
        self.in_test |= is_test_only(attributes);
        if self.inside.is_empty() && !self.in_test {
            self.add_item(item);
        }
        visit::visit_item(self, item);
        self.in_test = outer;
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_none() && self.in_test {
            self.source.test_modules.insert(item.ident.to_string());
        }
        self.inside.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.inside.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !self.in_test {
            let is_public = !matches!(item.vis, syn::Visibility::Inherited);
            self.add_use(&item.tree, &Vec::new(), is_public);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add_path(path.segments.iter().map(|s| s.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {} // `pub(super)` uses nothing

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.add_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add_function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let outer = self.in_test;
        self.in_test |= is_test_only(&item.attrs);
        self.add_function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
        self.in_test = outer;
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.add_function(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr_unsafe(&mut self, block: &'ast syn::ExprUnsafe) {
        self.source.has_unsafe |= !self.in_test;
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_item_foreign_mod(&mut self, item: &'ast syn::ItemForeignMod) {
        self.source.has_unsafe |= item.unsafety.is_some() && !self.in_test;
        visit::visit_item_foreign_mod(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.source.has_unsafe |= item.unsafety.is_some() && !self.in_test;
        if let (None, syn::Type::Path(of), false) = (&item.trait_, &*item.self_ty, self.in_test)
            && let Some(last) = of.path.segments.last()
        {
            self.source.inherent_impls.insert(last.ident.to_string());
            if item.items.iter().any(changes_self) {
                self.source.changing.insert(last.ident.to_string());
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if !self.in_test {
            self.source.structs.insert(item.ident.to_string());
            for (i, field) in item.fields.iter().enumerate() {
                if !matches!(field.vis, syn::Visibility::Inherited) {
                    let name = field.ident.as_ref().map_or_else(|| i.to_string(), ToString::to_string);
                    self.source.open_fields.push(OpenField { of: item.ident.to_string(), name });
                }
            }
        }
        visit::visit_item_struct(self, item);
    }

    // `#[path(...)]`-like words in attributes are no uses.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.source.has_unsafe |= list.path.is_ident("unsafe") && !self.in_test;
        }
    }
}
