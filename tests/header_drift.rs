//! The headers under include/ are written by cbindgen from `src/capi`. This test writes them anew and
//! compares; `UPDATE_HEADERS=1 cargo test --test header_drift` puts the new text into place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: that is how its tests fail.

use rdkafka::base::error_table::ERROR_TABLE;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What rdkafka.h is made of, in the order of its functions. Files of `src/capi` that are not here declare
/// nothing.
const RDKAFKA_H: &[&str] = &[
    "abi/header_only.rs",
    "abi/enums.rs",
    "abi/consts.rs",
    "abi/types.rs",
    "abi/opaque.rs",
    "abi/stats_types.rs",
    "instance/version.rs",
    "ffi/errors.rs",
    "ffi/error_object.rs",
    "data/partition_list.rs",
    "data/headers.rs",
    "data/message/mod.rs",
    "data/uuid.rs",
    "lifecycle/configuration.rs",
    "conf/properties.rs",
    "conf/certificates.rs",
    "conf/callbacks.rs",
    "conf/topic.rs",
    "instance/interceptors.rs",
    "instance/partitioners.rs",
    "lifecycle/create.rs",
    "lifecycle/destroy.rs",
    "instance/info.rs",
    "instance/log.rs",
    "instance/topic.rs",
    "produce/positional.rs",
    "produce/producev.rs",
    "queue/poll.rs",
    "queue/object.rs",
    "queue/event.rs",
    "queue/event_contents.rs",
    "queue/event_results.rs",
    "instance/metadata.rs",
    "instance/offsets.rs",
    "ffi/memory.rs",
    "data/group_metadata.rs",
    "admin/names.rs",
    "admin/options.rs",
    "admin/topics.rs",
    "admin/requests.rs",
    "admin/results.rs",
    "admin/configs.rs",
    "admin/config_requests.rs",
    "admin/config_results.rs",
    "admin/groups.rs",
    "admin/acls.rs",
    "admin/scram.rs",
    "admin/list_offsets.rs",
    "admin/describe.rs",
    "admin/describe_results.rs",
    "produce/transactions.rs",
    "consumer/legacy.rs",
    "consumer/poll.rs",
    "consumer/assignment.rs",
    "consumer/positions.rs",
    "consumer/commits.rs",
    "stubs/consumer.rs",
    "stubs/share.rs",
    "queue/sasl.rs",
    "stubs/admin.rs",
    "stubs/admin_results.rs",
    "stubs/describe_results.rs",
];

const RDKAFKA_MOCK_H: &[&str] = &[
    "abi/mock_header_only.rs",
    "mock/cluster.rs",
    "mock/brokers.rs",
    "mock/groups.rs",
    "mock/requests.rs",
    "stubs/mock.rs",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources of a header that exist.
fn sources(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|n| root().join("src/capi").join(n)).filter(|p| p.exists()).collect()
}

/// Names of the types that a source defines: cbindgen leaves out what no function mentions unless told
/// otherwise.
fn defined_types(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|l| {
            let rest = l.strip_prefix("pub ")?;
            let rest = ["struct ", "enum ", "union ", "type "].iter().find_map(|k| rest.strip_prefix(k))?;
            Some(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?.to_owned())
        })
        .collect()
}

/// Rust source of what is not written by hand: the enum of error codes, and for each enum its typedef, in the
/// place of the `int` alias that the crate uses.
fn generated_types(enums_rs: &str, config: &cbindgen::Config) -> String {
    let mut out = String::from(
        "/// Error codes. Negative ones are raised by the library itself, positive ones come from a broker and have the\n/// numbers of the Kafka protocol.\n#[repr(C)]\npub enum rd_kafka_resp_err_e {\n",
    );
    for &(code, name, text) in ERROR_TABLE {
        let doc = match (name, text) {
            ("_BEGIN", _) => "Lowest number of the library's own errors.",
            ("_END", _) => "Highest number of the library's own errors.",
            (_, text) => text,
        };
        let _ = writeln!(out, "/// {doc}\nRD_KAFKA_RESP_ERR_{name} = {code},");
    }
    out.push_str("/// One more than the highest number.\nRD_KAFKA_RESP_ERR_END_ALL,\n}\n");
    for name in defined_types(enums_rs).iter().map(String::as_str).chain(["rd_kafka_resp_err_e"]) {
        let alias = match config.export.rename.get(name) {
            Some(renamed) => renamed.clone(),
            None => format!("{}_t", &name[..name.len() - 2]),
        };
        let _ = writeln!(out, "pub type {alias} = {name};");
    }
    out
}

fn generate(config: cbindgen::Config, names: &[&str], generated: &str, scratch: &str) -> String {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(scratch);
    std::fs::write(&scratch, generated).unwrap();
    let mut builder = cbindgen::Builder::new();
    let mut types = defined_types(generated);
    builder = builder.with_src(&scratch);
    for path in sources(names) {
        types.extend(defined_types(&std::fs::read_to_string(&path).unwrap()));
        builder = builder.with_src(path);
    }
    let mut config = config;
    config.export.include.extend(types);
    let last_words = config.trailer.take().unwrap_or_default();
    let mut text = Vec::new();
    builder.with_config(config).generate().expect("cbindgen").write(&mut text);
    let text = tidy(&String::from_utf8(text).unwrap());
    // cbindgen would put a trailer behind the functions, which need its types.
    const BEGIN: &str = "extern \"C\" {\n#endif // __cplusplus\n";
    let functions = text.find(BEGIN).map_or(text.len(), |at| at + BEGIN.len());
    format!("{}{last_words}{}", &text[..functions], &text[functions..])
}

/// What cbindgen cannot be told: constants keep the spelling that they have in `abi/consts.rs` (build scripts
/// in the wild look for a hexadecimal RD_KAFKA_VERSION), negative ones get parentheses, a comment of one line
/// takes one line, and parameters that Rust does not use lose the underscore that says so.
fn tidy(text: &str) -> String {
    let consts = std::fs::read_to_string(root().join("src/capi/abi/consts.rs")).unwrap();
    let spelling = |name: &str| {
        let rest = consts.split_once(&format!("pub const {name}: "))?.1;
        let value = rest.split_once(" = ")?.1.split(';').next()?;
        Some(if value.starts_with('-') { format!("({value})") } else { value.replace('_', "") })
    };
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix("#define ").and_then(|l| l.split(' ').next());
        if let Some((name, value)) = name.and_then(|n| Some((n, spelling(n)?))) {
            let _ = writeln!(out, "#define {name} {value}");
        } else if line.trim() == "/**" {
            let first = lines.next().unwrap_or_default();
            if lines.peek().is_some_and(|l| l.trim() == "*/") {
                lines.next();
                let indent = &line[..line.len() - 3];
                let _ = writeln!(out, "{indent}/** {} */", first.trim().trim_start_matches("* "));
            } else {
                let _ = writeln!(out, "{line}\n{first}");
            }
        } else {
            let _ = writeln!(out, "{}", named(line.trim_end()));
        }
    }
    out
}

/// A line of a prototype with `name` for each parameter `_name`.
fn named(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find([' ', '*']) {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        rest = after;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let lower =
            rest[..end].strip_prefix('_').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_lowercase()));
        if lower && rest[end..].starts_with([',', ')']) {
            rest = &rest[1..];
        }
    }
    out + rest
}

fn compare(path: &str, new: &str) {
    let path = root().join(path);
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    if old == new {
        return;
    }
    if std::env::var_os("UPDATE_HEADERS").is_some() {
        std::fs::write(&path, new).unwrap();
        return;
    }
    let line = old.lines().zip(new.lines()).take_while(|(a, b)| a == b).count();
    panic!(
        "{} is not what src/capi says, from line {} on:\n- {}\n+ {}\nrun UPDATE_HEADERS=1 cargo test --test header_drift",
        path.display(),
        line + 1,
        old.lines().nth(line).unwrap_or("(end)"),
        new.lines().nth(line).unwrap_or("(end)"),
    );
}

#[test]
fn rdkafka_h() {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let enums = std::fs::read_to_string(root().join("src/capi/abi/enums.rs")).unwrap();
    let generated = generated_types(&enums, &config);
    compare("include/librdkafka/rdkafka.h", &generate(config, RDKAFKA_H, &generated, "generated.rs"));
}

#[test]
fn rdkafka_mock_h() {
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    config.header = Some(
        "/*\n * rdkafka_mock.h: a Kafka cluster inside the process, for tests.\n *\n * SPDX-License-Identifier: BSD-2-Clause\n */".into(),
    );
    config.include_guard = Some("_RDKAFKA_MOCK_H_".into());
    config.sys_includes.clear();
    config.after_includes =
        Some("\n#ifndef _RDKAFKA_H_\n#error \"include rdkafka.h before rdkafka_mock.h\"\n#endif".into());
    config.trailer = None;
    compare("include/librdkafka/rdkafka_mock.h", &generate(config, RDKAFKA_MOCK_H, "", "generated_mock.rs"));
}
