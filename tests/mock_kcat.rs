//! The mock cluster against a client that is not ours: `kcat` on the system's librdkafka.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // All of this is a test.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

struct Mock {
    process: Child,
    bootstraps: String,
}

impl Mock {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_rdkafka-mock"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let bootstraps = line.trim_end().strip_prefix("bootstrap.servers=").unwrap().to_owned();
        Self { process, bootstraps }
    }

    /// Runs kcat with `input`, bounded in time, and returns what it printed.
    fn kcat(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut kcat = Command::new("timeout")
            // Limits that no machine reaches: kcat's own are 5 s for metadata and a minute for a request.
            .args(["600", "kcat", "-m", "300", "-X", "socket.timeout.ms=300000", "-b", &self.bootstraps])
            .args(arguments)
            // Cargo puts our own library there, and this is about somebody else's.
            .env_remove("LD_LIBRARY_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = kcat.stdin.take().unwrap();
        stdin.write_all(input).unwrap();
        drop(stdin);
        let output = kcat.wait_with_output().unwrap();
        assert!(output.status.success(), "kcat {arguments:?}: {}", output.status);
        output.stdout
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn lines(n: usize) -> String {
    (0..n).fold(String::new(), |mut text, i| {
        let _ = writeln!(text, "key{}\tline number {i} {}", i % 100, "x".repeat(i % 90));
        text
    })
}

/// Produces 10,000 keyed messages with these options and reads them back from one partition, in order.
fn round_trip(producer_options: &[&str]) {
    let mock = Mock::start(&["--brokers", "3", "--topic", "t:3"]);
    let text = lines(10_000);
    let produce = [&["-P", "-t", "t", "-p", "1", "-K", "\t"], producer_options].concat();
    mock.kcat(&produce, text.as_bytes());
    let back = mock.kcat(&["-C", "-t", "t", "-p", "1", "-e", "-q", "-K", "\t"], b"");
    assert!(back == text.as_bytes(), "{} bytes came back of {}", back.len(), text.len());
}

#[test]
fn plain() {
    round_trip(&[]);
}

#[test]
fn every_codec_of_kcat() {
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        round_trip(&["-z", codec]);
    }
}

#[test]
fn one_ack_and_many_batches() {
    round_trip(&["-X", "acks=1", "-X", "batch.num.messages=17"]);
}

#[test]
fn idempotent_over_errors_and_lost_connections() {
    let mock = Mock::start(&[
        "--brokers",
        "2",
        "--topic",
        "t:1",
        "--fail",
        "Produce:NOT_LEADER_FOR_PARTITION:2",
        "--fail",
        "Produce:_TRANSPORT:1",
        "--fail",
        "Produce:REQUEST_TIMED_OUT:2",
    ]);
    let text = lines(5_000);
    let options =
        ["-X", "enable.idempotence=true", "-X", "batch.num.messages=100", "-X", "retry.backoff.ms=10"];
    mock.kcat(&[&["-P", "-t", "t", "-K", "\t"], &options[..]].concat(), text.as_bytes());
    let back = mock.kcat(&["-C", "-t", "t", "-p", "0", "-e", "-q", "-K", "\t"], b"");
    assert!(back == text.as_bytes(), "{} bytes came back of {}", back.len(), text.len());
}

#[test]
fn topics_are_created_on_demand_and_listed() {
    let mock = Mock::start(&["--brokers", "2", "--partitions", "5"]);
    mock.kcat(&["-P", "-t", "fresh"], b"hello\n");
    let listing = String::from_utf8(mock.kcat(&["-L"], b"")).unwrap();
    assert!(listing.contains("2 brokers:"), "{listing}");
    assert!(listing.contains("topic \"fresh\" with 5 partitions:"), "{listing}");
    let offset = |when: &str| {
        let out = mock.kcat(&["-Q", "-t", &format!("fresh:0:{when}")], b"");
        String::from_utf8(out).unwrap()
    };
    assert!(offset("-2").contains("offset 0"));
}
