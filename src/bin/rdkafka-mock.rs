//! `rdkafka-mock`: the mock cluster as a process, for programs in any language.

use lexopt::Arg;
use rdkafka::base::error::ErrorCode;
use rdkafka::base::error_table::ERROR_TABLE;
use rdkafka::base::log::{Level, LogSink, Logger, debug};
use rdkafka::mock::hook::{Hook, Verdict};
use rdkafka::mock::server::{MockCluster, MockConfig};
use rdkafka::mock::topic::is_valid_name;
use rdkafka::net::sys::Termination;
use rdkafka::protocol::ApiKey;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

const HELP: &str = "\
rdkafka-mock - an in-memory Kafka cluster on 127.0.0.1 for tests

Usage: rdkafka-mock [OPTIONS]

  --brokers N               Number of brokers, with ids 1 to N (default 1)
  --port P                  Broker 1 listens on P, broker 2 on P+1 and so on
                            (default 0: ports chosen by the system)
  --topic NAME:PARTITIONS   Create a topic; may be given more than once
  --partitions N            Partitions of topics created on demand (default 4)
  --replication N           Replication factor of all topics (default 3, at most N brokers)
  --no-auto-create          Do not create topics on demand
  --rtt MS                  Round-trip time of every broker (default 0)
  --fail API:ERROR:COUNT    Answer the next COUNT requests of an API with an error; may be
                            given more than once. API and ERROR are names or numbers, as in
                            Produce:NOT_LEADER_FOR_PARTITION:3; _TRANSPORT closes the connection
  --group-delay MS          How long a new consumer group waits for more members before its
                            first rebalance (default 0)
  --sasl USER:PASSWORD      Clients have to authenticate as this user, with PLAIN, SCRAM-SHA-256
                            or SCRAM-SHA-512 (security.protocol=SASL_PLAINTEXT); may be given
                            more than once
  --sasl-oauthbearer        Clients have to authenticate with OAUTHBEARER and an unsigned token that
                            has not expired (enable.sasl.oauthbearer.unsecure.jwt=true)
  --sasl-session MS         Clients have to authenticate again after so long (KIP-368)
  --tls FOLDER              Connections are encrypted (security.protocol=SSL, with --sasl SASL_SSL).
                            The certificate is made on the spot, for localhost, 127.0.0.1 and ::1;
                            FOLDER gets ca.pem, the authority to trust (ssl.ca.location), and
                            client.pem and client.key, a client's certificate of that authority
  --tls-cert FILE           Connections are encrypted with this certificate (PEM, chain allowed)
  --tls-key FILE            and this key (PEM)
  --tls-client-ca FILE      Clients have to show a certificate of one of these authorities (PEM)
  --tls-1.2                 No TLS 1.3
  --transaction-version N   Level of the feature transaction.version: 0 or 1 for transactions as
                            they were before KIP-890, 2 for those of Kafka 4 (default 2)
  --strict-sequences        An idempotent producer has to begin with sequence number 0 in each
                            partition. Without it any first number will do, as in Kafka.
  --throttle MS             The throttle time that answers carry (default 0)
  --log-append-time         Records get the time at which they are appended
  --api API:MIN:MAX         Announce these versions of an API, none with a negative MAX; may be
                            given more than once
  --record FILE             Write every request into this file, one per line: broker, connection,
                            and the request in hexadecimal without its length
  --max-message-bytes N     Largest record batch (default 1048588)
  --memory MIB              Memory for all logs; the oldest data goes first (default 1024)
  --control                 Read commands from standard input, one per line, and answer each with a line
                            `ok` or `error: WHY` on standard output: `down ID` and `up ID` for a broker
                            that goes and comes back, `rtt ID MS`, `fail API:ERROR:COUNT` as above,
                            `tls` to use what is in the files of --tls-* now for new connections
  --debug                   Log connections on standard error
  --help                    This text

The first line on standard output is bootstrap.servers=HOST:PORT,... once the cluster is ready. Unless
connections are plain, lines with security.protocol and what else a client needs follow.
Every broker speaks the APIs of producers, transactions, consumers and their groups, telemetry, and those
that create, delete, enlarge, describe and configure topics. Nothing is kept on disk.
It runs until SIGTERM or SIGINT, and then ends with status 0; wrong arguments end it with 2.
";

/// What the command line asks for.
struct Options {
    config: MockConfig,
    topics: Vec<(String, i32)>,
    failures: Vec<(i16, ErrorCode, usize)>,
    versions: Vec<(i16, i16, i16)>,
    record: Option<String>,
    throttle: Duration,
    control: bool,
    debug: bool,
    tls: Tls,
}

/// The files of `--tls` and its relatives.
#[derive(Clone, Default)]
struct Tls {
    folder: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    client_authorities: Option<String>,
    only_1_2: bool,
}

fn main() -> ExitCode {
    if std::env::args_os().skip(1).any(|a| a == "--help" || a == "-h") {
        let _ = std::io::stdout().write_all(HELP.as_bytes());
        return ExitCode::SUCCESS;
    }
    match parse(lexopt::Parser::from_env()).and_then(|o| run(&o)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("rdkafka-mock: {why} (see --help)");
            ExitCode::from(2)
        }
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Options, String> {
    let mut options = Options {
        config: MockConfig::default(),
        topics: Vec::new(),
        failures: Vec::new(),
        versions: Vec::new(),
        record: None,
        throttle: Duration::ZERO,
        control: false,
        debug: false,
        tls: Tls::default(),
    };
    options.config.settings.brokers = 1;
    options.config.settings.transaction_version = 2;
    options.config.settings.group_initial_rebalance_delay = Duration::ZERO;
    while let Some(argument) = arguments.next().map_err(|e| e.to_string())? {
        let name = match argument {
            Arg::Long(name) => format!("--{name}"),
            Arg::Short(letter) => return Err(format!("unknown option -{letter}")),
            Arg::Value(word) => return Err(format!("unknown option {}", word.to_string_lossy())),
        };
        match name.as_str() {
            "--debug" => options.debug = true,
            "--control" => options.control = true,
            "--tls-1.2" => options.tls.only_1_2 = true,
            "--log-append-time" => options.config.settings.log_append_time = true,
            "--sasl-oauthbearer" => options.config.settings.sasl.bearer = true,
            "--strict-sequences" => options.config.settings.strict_sequences = true,
            "--no-auto-create" => options.config.settings.auto_create_topics = false,
            _ => {
                let value = arguments.value().map_err(|_| format!("{name} needs a value"))?;
                let value = value.into_string().map_err(|v| format!("{name}: {} is no text", v.display()))?;
                set(&mut options, &name, &value)?;
            }
        }
    }
    Ok(options)
}

fn set(options: &mut Options, name: &str, value: &str) -> Result<(), String> {
    let settings = &mut options.config.settings;
    match name {
        "--brokers" => settings.brokers = number(name, value, 1, 1000)?,
        "--port" => options.config.base_port = number(name, value, 0, 65_535)?,
        "--partitions" => settings.default_partitions = number(name, value, 1, 200_000)?,
        "--replication" => settings.default_replication = number(name, value, 1, 1000)?,
        "--rtt" => options.config.rtt = Duration::from_millis(number(name, value, 0, 3_600_000)?),
        "--group-delay" => {
            settings.group_initial_rebalance_delay =
                Duration::from_millis(number(name, value, 0, 3_600_000)?);
        }
        "--max-message-bytes" => settings.max_message_bytes = number(name, value, 1, 1_000_000_000)?,
        "--memory" => settings.memory_limit = number::<usize>(name, value, 1, 1 << 20)? << 20,
        "--transaction-version" => settings.transaction_version = number(name, value, 0, 2)?,
        "--throttle" => {
            options.throttle = Duration::from_millis(number(name, value, 0, 3_600_000)?);
        }
        "--sasl" => {
            let (user, password) = value.split_once(':').ok_or("--sasl wants USER:PASSWORD")?;
            settings.sasl.users.push((user.to_owned(), password.to_owned()));
        }
        "--sasl-session" => {
            settings.sasl.session_lifetime = Duration::from_millis(number(name, value, 1, 86_400_000)?);
        }
        "--topic" => options.topics.push(topic(name, value)?),
        "--tls" => options.tls.folder = Some(value.to_owned()),
        "--tls-cert" => options.tls.certificate = Some(value.to_owned()),
        "--tls-key" => options.tls.key = Some(value.to_owned()),
        "--tls-client-ca" => options.tls.client_authorities = Some(value.to_owned()),
        "--record" => options.record = Some(value.to_owned()),
        "--api" => {
            let [api, min, max] = three(value).ok_or("--api wants API:MIN:MAX")?;
            let version = |text| number(name, text, -1, i64::from(i16::MAX));
            options.versions.push((api_key(name, api)?, version(min)?, version(max)?));
        }
        "--fail" => options.failures.push(failure(name, value)?),
        _ => return Err(format!("unknown option {name}")),
    }
    Ok(())
}

/// What is to fail, how and how often.
fn failure(name: &str, value: &str) -> Result<(i16, ErrorCode, usize), String> {
    let [api, error, count] = three(value).ok_or_else(|| format!("{name} wants API:ERROR:COUNT"))?;
    Ok((api_key(name, api)?, error_code(error)?, number(name, count, 1, 1_000_000)?))
}

/// A topic and its number of partitions.
fn topic(option: &str, value: &str) -> Result<(String, i32), String> {
    let (topic, partitions) = value.rsplit_once(':').ok_or("--topic wants NAME:PARTITIONS")?;
    if !is_valid_name(topic) {
        return Err(format!("--topic: no topic may be called {topic:?}"));
    }
    Ok((topic.to_owned(), number(option, partitions, 1, 200_000)?))
}

/// The three parts of a value, which colons separate.
fn three(value: &str) -> Option<[&str; 3]> {
    value.split(':').collect::<Vec<_>>().try_into().ok()
}

fn number<T: TryFrom<i64>>(name: &str, value: &str, min: i64, max: i64) -> Result<T, String> {
    let parsed = value.parse().ok().filter(|n| (min..=max).contains(n));
    parsed
        .and_then(|n| T::try_from(n).ok())
        .ok_or_else(|| format!("{name}: {value} is not a number from {min} to {max}"))
}

fn api_key(name: &str, text: &str) -> Result<i16, String> {
    let named = ApiKey::ALL.iter().find(|k| k.name().is_some_and(|n| n.eq_ignore_ascii_case(text)));
    named.map(|k| k.0).or_else(|| text.parse().ok()).ok_or_else(|| format!("{name}: unknown API {text}"))
}

fn error_code(text: &str) -> Result<ErrorCode, String> {
    let named = ERROR_TABLE.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(text));
    named
        .map(|(code, _, _)| *code)
        .or_else(|| text.parse().ok())
        .map(ErrorCode)
        .ok_or_else(|| format!("--fail: unknown error {text}"))
}

/// Writes requests down as they come. A line is one write, so whoever reads the file later finds whole lines.
fn recorder(mut file: File) -> Hook {
    Box::new(move |request| {
        let mut line = format!("{} {} ", request.broker_id, request.conn_id);
        for byte in request.frame {
            let _ = write!(line, "{byte:02x}");
        }
        line.push('\n');
        if let Err(e) = file.write_all(line.as_bytes()) {
            eprintln!("rdkafka-mock: the record is incomplete: {e}");
        }
        Verdict::Pass
    })
}

#[cfg(not(feature = "ssl"))]
mod encryption {
    use super::{MockConfig, Tls};

    const NOT_BUILT: &str = "TLS not available at build time";

    pub fn set_up(tls: &Tls, _config: &mut MockConfig) -> Result<String, String> {
        let asked = [&tls.folder, &tls.certificate, &tls.key, &tls.client_authorities];
        match asked.iter().any(|file| file.is_some()) {
            true => Err(NOT_BUILT.to_owned()),
            false => Ok(String::new()),
        }
    }

    pub fn renewer(_tls: &Tls, _config: &MockConfig) -> impl Fn() -> Result<(), String> + use<> {
        || Err(NOT_BUILT.to_owned())
    }
}

#[cfg(feature = "ssl")]
mod encryption {
    use super::{MockConfig, Tls};
    use rdkafka::base::sync::Arc;
    use rdkafka::tls::issue::Issued;
    use rdkafka::tls::server::{Options as ServerOptions, Server};

    /// Returns what a client has to be told besides `bootstrap.servers`.
    pub fn set_up(tls: &Tls, config: &mut MockConfig) -> Result<String, String> {
        let Some(server) = with_files(tls, Server::new)? else { return Ok(String::new()) };
        config.tls = Some(Arc::new(server));
        let sasl = &config.settings.sasl;
        let protocol = if sasl.bearer || !sasl.users.is_empty() { "sasl_ssl" } else { "ssl" };
        let folder = tls.folder.as_ref().map(|folder| format!("ssl.ca.location={folder}/ca.pem\n"));
        Ok(format!("security.protocol={protocol}\n{}", folder.unwrap_or_default()))
    }

    /// Has new connections use what is in the files when it is called.
    pub fn renewer(tls: &Tls, config: &MockConfig) -> impl Fn() -> Result<(), String> + use<> {
        let (tls, server) = (tls.clone(), config.tls.clone());
        move || {
            let server = server.as_ref().ok_or("connections are not encrypted")?;
            with_files(&tls, |options| server.replace(options)).map(Option::unwrap_or_default)
        }
    }

    /// What the files make of a server; nothing if none are asked for.
    fn with_files<T>(
        tls: &Tls,
        make: impl FnOnce(&ServerOptions<'_>) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let (chain, key) = match (&tls.folder, &tls.certificate, &tls.key) {
            (Some(folder), None, None) => issue(folder)?,
            (None, Some(certificate), Some(key)) => (read(certificate)?, read(key)?),
            (None, None, None) if tls.client_authorities.is_none() => return Ok(None),
            _ => return Err("wants either --tls, or --tls-cert and --tls-key".to_owned()),
        };
        let authorities = tls.client_authorities.as_deref().map(read).transpose()?;
        let options = ServerOptions {
            chain: &chain,
            key: &key,
            client_authorities: authorities.as_deref(),
            only_tls_1_2: tls.only_1_2,
        };
        make(&options).map(Some).map_err(|e| format!("TLS: {e}"))
    }

    /// Makes certificates, leaves in the folder what clients need, and returns the server's.
    fn issue(folder: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
        let authority = Issued::authority("rdkafka-mock CA").map_err(|e| e.to_string())?;
        let made = |name: &str, hosts: &[&str]| -> Result<(Vec<u8>, Vec<u8>), String> {
            let issued = authority.issue(name, hosts).map_err(|e| e.to_string())?;
            let (chain, key) = (issued.certificate_pem(), issued.key_pem());
            Ok((chain.map_err(|e| e.to_string())?, key.map_err(|e| e.to_string())?))
        };
        let (client, client_key) = made("client", &["client"])?;
        let authority_pem = authority.certificate_pem().map_err(|e| e.to_string())?;
        std::fs::create_dir_all(folder).map_err(|e| format!("{folder}: {e}"))?;
        for (name, pem) in [("ca.pem", authority_pem), ("client.pem", client), ("client.key", client_key)] {
            let path = format!("{folder}/{name}");
            std::fs::write(&path, pem).map_err(|e| format!("{path}: {e}"))?;
        }
        made("localhost", &["localhost", "127.0.0.1", "::1"])
    }

    fn read(path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|e| format!("{path}: {e}"))
    }
}

fn run(options: &Options) -> Result<(), String> {
    struct Stderr;
    impl LogSink for Stderr {
        fn log(&self, level: Level, facility: &str, text: &str) {
            eprintln!("%{}|{facility}| {text}", level as u8);
        }
    }
    // Before there is any thread: they inherit it.
    let signals = Termination::hold().map_err(|e| format!("signals: {e}"))?;
    let contexts = if options.debug { debug::MOCK } else { 0 };
    let level = if options.debug { Level::Debug } else { Level::Info };
    let log = Logger::new(level as u8, contexts, Box::new(Stderr));
    let mut config = options.config.clone();
    let how_to_connect = encryption::set_up(&options.tls, &mut config)?;
    let renew_tls = encryption::renewer(&options.tls, &config);
    let cluster = MockCluster::start(config, log).map_err(|e| e.text)?;
    for (topic, partitions) in &options.topics {
        let replication = options.config.settings.default_replication;
        cluster
            .control(|c| c.create_topic(topic, *partitions, replication))
            .map_err(|e| format!("topic {topic}: {}", e.text().unwrap_or("cannot be created")))?;
    }
    cluster.control(|c| c.set_throttle_time(options.throttle));
    for (api, min, max) in &options.versions {
        cluster
            .control(|c| c.set_api_version(*api, *min, *max))
            .map_err(|e| format!("--api: {}", e.text().unwrap_or("not possible")))?;
    }
    if let Some(path) = &options.record {
        let file = File::create(path).map_err(|e| format!("{path}: {e}"))?;
        cluster.control(|c| c.set_hook(Some(recorder(file))));
    }
    for (api, error, count) in &options.failures {
        cluster.control(|c| c.push_request_errors(*api, &vec![*error; *count]));
    }
    let mut out = std::io::stdout();
    let line = format!("bootstrap.servers={}\n{how_to_connect}", cluster.bootstraps());
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(|e| format!("standard output: {e}"))?;
    if options.control {
        std::thread::spawn(move || control::obey(&cluster, &renew_tls));
    }
    signals.wait().map_err(|e| format!("signals: {e}"))
}

/// Commands on standard input.
mod control {
    use super::{Duration, ErrorCode, MockCluster, failure, number};
    use std::io::{BufRead as _, Write as _};

    /// Until the input or the reader of the answers is gone.
    pub fn obey(cluster: &MockCluster, renew_tls: &dyn Fn() -> Result<(), String>) {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            let answer = match carry_out(cluster, &line, renew_tls) {
                Ok(()) => "ok\n".to_owned(),
                Err(why) => format!("error: {why}\n"),
            };
            let mut out = std::io::stdout();
            if out.write_all(answer.as_bytes()).and_then(|()| out.flush()).is_err() {
                return;
            }
        }
    }

    fn carry_out(
        cluster: &MockCluster,
        line: &str,
        renew_tls: &dyn Fn() -> Result<(), String>,
    ) -> Result<(), String> {
        let broker = |id| number(line, id, 1, i64::from(i32::MAX));
        let outcome = match *line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["down", id] => set_up(cluster, broker(id)?, false),
            ["up", id] => set_up(cluster, broker(id)?, true),
            ["rtt", id, ms] => {
                let (id, rtt) = (broker(id)?, Duration::from_millis(number(line, ms, 0, 3_600_000)?));
                cluster.control(|c| c.set_rtt(id, rtt))
            }
            ["fail", what] => {
                let (api, error, count) = failure(line, what)?;
                cluster.control(|c| c.push_request_errors(api, &vec![error; count]));
                Ok(())
            }
            ["tls"] => return renew_tls(),
            _ => return Err(format!("unknown command: {line}")),
        };
        outcome.map_err(|e| format!("{line}: {}", e.text().unwrap_or("not possible")))
    }

    fn set_up(cluster: &MockCluster, id: i32, up: bool) -> Result<(), ErrorCode> {
        cluster.control(|c| c.set_broker_up(id, up))
    }
}
