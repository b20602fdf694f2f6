//! The headers against the C compiler: they compile cleanly in every dialect that programs use, and all
//! numbers are those of librdkafka, which `capi-tests/abi_layout.expected` holds. Its headers are not in this
//! project: the C tests, which download them, compare with them directly (`abi:layout`, `abi:signatures`,
//! `abi:abidiff`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: that is how its tests fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

fn must(command: &mut Command) -> String {
    let out = run(command);
    assert!(out.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("ASCII")
}

/// What abi_layout.c prints when it is compiled against these headers.
fn layout(include: &Path, name: &str) -> String {
    let binary = scratch(name);
    must(
        Command::new("cc")
            .arg("-I")
            .arg(include)
            .arg(root().join("capi-tests/abi_layout.c"))
            .arg("-o")
            .arg(&binary),
    );
    must(&mut Command::new(binary))
}

fn assert_same(ours: &str, theirs: &str) {
    let different: Vec<_> = ours.lines().zip(theirs.lines()).filter(|(a, b)| a != b).take(20).collect();
    assert!(ours == theirs, "ours and librdkafka's differ: {different:#?}");
}

#[test]
fn the_numbers_are_those_of_librdkafka() {
    let ours = layout(&root().join("include"), "abi_layout");
    let expected =
        std::fs::read_to_string(root().join("capi-tests/abi_layout.expected")).expect("the numbers");
    assert_same(&ours, &expected);
}

/// Uses of the headers that a compiler could have something to say about.
const PROGRAM: &str = r#"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <librdkafka/rdkafka_mock.h>

struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_conf_s;
struct rd_kafka_topic_conf_s;

int all_arguments(struct rd_kafka_s *rk, struct rd_kafka_topic_s *rkt, rd_kafka_headers_t *headers);
int all_arguments(struct rd_kafka_s *rk, struct rd_kafka_topic_s *rkt, rd_kafka_headers_t *headers)
{
    char value[] = "value";
    size_t size = sizeof(value);
    const char *key = "key";
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;

    err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
                            RD_KAFKA_V_VALUE(value, size), RD_KAFKA_V_KEY(key, 3),
                            RD_KAFKA_V_HEADER("name", "value", -1), RD_KAFKA_V_HEADER("none", NULL, 0),
                            RD_KAFKA_V_TIMESTAMP(1), RD_KAFKA_V_OPAQUE(value),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (!err)
        err = rd_kafka_producev(rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    return err == RD_KAFKA_RESP_ERR_NOT_LEADER_OR_FOLLOWER || rd_kafka_version() < RD_KAFKA_VERSION;
}
"#;

#[test]
fn the_headers_compile_cleanly_in_every_dialect() {
    let (c, cpp) = (scratch("dialects.c"), scratch("dialects.cpp"));
    std::fs::write(&c, PROGRAM).expect("a scratch file");
    std::fs::write(&cpp, PROGRAM).expect("a scratch file");
    let dialects = [("gcc", "c99", &c), ("gcc", "gnu99", &c), ("gcc", "c11", &c), ("gcc", "gnu17", &c)];
    let plus = [("g++", "c++11", &cpp), ("g++", "c++17", &cpp)];
    for (compiler, std, source) in dialects.into_iter().chain(plus) {
        for checks in ["-DLIBRDKAFKA_TYPECHECKS=1", "-DLIBRDKAFKA_TYPECHECKS=0"] {
            must(
                Command::new(compiler)
                    .args([&format!("-std={std}"), "-Wall", "-Wextra", "-pedantic", "-Werror", checks])
                    .arg("-I")
                    .arg(root().join("include"))
                    .args(["-fsyntax-only".as_ref(), source.as_os_str()]),
            );
        }
    }
}

#[test]
fn a_wrong_type_in_producev_is_found_by_the_compiler() {
    let source = scratch("wrong_type.c");
    let program = "#include <librdkafka/rdkafka.h>\nint f(rd_kafka_t *rk);\nint f(rd_kafka_t *rk)\n{\n    \
                   return rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(7), RD_KAFKA_V_END);\n}\n";
    std::fs::write(&source, program).expect("a scratch file");
    let include = root().join("include");
    let argv = ["-fsyntax-only", "-Werror"];
    let out = run(Command::new("gcc").args(argv).arg("-I").arg(include).arg(&source));
    assert!(!out.status.success(), "an int passed for a topic name");
}
