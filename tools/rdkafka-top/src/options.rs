//! The command line.

use crate::source::Source;
use crate::table::Look;
use crate::views::View;
use lexopt::Arg;
use std::path::PathBuf;

pub const HELP: &str = "\
rdkafka-top - shows the statistics of Kafka clients: of any program on librdkafka's interface

Usage: rdkafka-top [OPTIONS] [FILE]

Reads statistics documents, one per line, from FILE, which is followed as it grows, or from standard
input. What stands before a document in its line, such as the time of a log, is left out.

  --listen unix:PATH   Listen on a Unix socket. Programs connect to it that have set
                       statistics.sink=unix:PATH and statistics.interval.ms; they may be several
  --view NAME          What is shown: clients, brokers, topics, partitions or batching
                       (default: clients)
  --sort COLUMN        Sort rows by a column, the largest first; COLUMN:asc the smallest first
  --filter TEXT        Only rows with this text in a name or state
  --rows N             At most N rows of a table, with --once (default: all)
  --once               Print the table as text and end: at the end of the input, or once a client
                       has sent two documents. Rates are differences between two documents.
                       May be used with more than one --view
  --record FILE        Append all documents to this file, which can be read again later
  --plot FILE.svg      Draw the documents of FILE or standard input as a picture, and end
  --help               This text
  --version            The version

Keys: q ends; 1 to 5 or Tab choose what is shown; < and > choose the column that rows are sorted by,
r turns the order round; / enters a filter, Esc removes it; arrows, PgUp, PgDn and Home scroll;
space stops and goes on.

With --record and without a terminal nothing is shown: documents are recorded until the input ends.
Wrong arguments and input that cannot be read end it with status 2.
";

const VERSION: &str = concat!("rdkafka-top ", env!("CARGO_PKG_VERSION"), "\n");

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub source: Source,
    pub views: Vec<View>,
    pub look: Look,
    pub rows: usize,
    pub once: bool,
    pub record: Option<PathBuf>,
    pub plot: Option<PathBuf>,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    Run(Box<Options>),
    /// A text, and that is all.
    Print(String),
}

/// # Errors
/// A sentence about what is wrong.
pub fn parse(mut arguments: lexopt::Parser) -> Result<Asked, String> {
    let mut options = Options {
        source: Source::Stdin,
        views: Vec::new(),
        look: Look::default(),
        rows: usize::MAX,
        once: false,
        record: None,
        plot: None,
    };
    let (mut file, mut socket) = (None, None);
    while let Some(argument) = arguments.next().map_err(|e| e.to_string())? {
        let name = match argument {
            Arg::Long(name) => name.to_owned(),
            Arg::Short('h') => "help".to_owned(),
            Arg::Short(letter) => return Err(format!("unknown option -{letter}")),
            Arg::Value(path) if file.is_none() => {
                file = Some(PathBuf::from(path));
                continue;
            }
            Arg::Value(path) => return Err(format!("more than one file: {}", path.display())),
        };
        match name.as_str() {
            "help" => return Ok(Asked::Print(HELP.to_owned())),
            "version" => return Ok(Asked::Print(VERSION.to_owned())),
            "once" => options.once = true,
            _ => {
                let value = arguments.value().map_err(|_| format!("--{name} needs a value"))?;
                let value =
                    value.into_string().map_err(|v| format!("--{name}: {} is no text", v.display()))?;
                set(&mut options, &mut socket, &name, &value)?;
            }
        }
    }
    options.source = source(file, socket, options.once || options.plot.is_some())?;
    check(&options)?;
    if options.views.is_empty() {
        options.views.push(View::Clients);
    }
    Ok(Asked::Run(Box::new(options)))
}

fn set(options: &mut Options, socket: &mut Option<PathBuf>, name: &str, value: &str) -> Result<(), String> {
    match name {
        "listen" => *socket = Some(socket_path(value)?),
        "view" => options.views.push(view(value)?),
        "sort" => sort(&mut options.look, value),
        "filter" => value.clone_into(&mut options.look.filter),
        "rows" => options.rows = rows(value)?,
        "record" => options.record = Some(value.into()),
        "plot" => options.plot = Some(value.into()),
        _ => return Err(format!("unknown option --{name}")),
    }
    Ok(())
}

fn source(file: Option<PathBuf>, socket: Option<PathBuf>, whole: bool) -> Result<Source, String> {
    match (file, socket) {
        (Some(_), Some(_)) => Err("either --listen or a file".into()),
        (None, Some(socket)) => Ok(Source::Listen(socket)),
        (Some(file), None) if file.as_os_str() != "-" => Ok(Source::File(file, !whole)),
        _ => Ok(Source::Stdin),
    }
}

fn check(options: &Options) -> Result<(), String> {
    let listens = matches!(options.source, Source::Listen(_));
    if options.plot.is_some() && (listens || options.once || options.record.is_some()) {
        return Err("--plot goes with a file or standard input only".into());
    }
    if options.views.len() > 1 && !options.once {
        return Err("more than one --view needs --once".into());
    }
    Ok(())
}

fn socket_path(value: &str) -> Result<PathBuf, String> {
    let path = value.strip_prefix("unix:").filter(|path| !path.is_empty());
    path.map(PathBuf::from).ok_or_else(|| format!("--listen wants unix:PATH, not {value}"))
}

fn view(name: &str) -> Result<View, String> {
    View::from_name(name).ok_or_else(|| format!("--view: there is no {name}"))
}

fn sort(look: &mut Look, value: &str) {
    let (column, ascending) = value.strip_suffix(":asc").map_or((value, false), |column| (column, true));
    look.sort = Some(column.to_owned());
    look.ascending = ascending;
}

fn rows(value: &str) -> Result<usize, String> {
    value.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("--rows: {value} is not a number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Options, String> {
        match parse(lexopt::Parser::from_args(line.split_whitespace()))? {
            Asked::Run(options) => Ok(*options),
            Asked::Print(text) => Err(text),
        }
    }

    #[test]
    fn sources() {
        assert_eq!(asked("").unwrap().source, Source::Stdin);
        assert_eq!(asked("--once -").unwrap().source, Source::Stdin);
        assert_eq!(asked("a").unwrap().source, Source::File("a".into(), true));
        assert_eq!(asked("a --once").unwrap().source, Source::File("a".into(), false));
        assert_eq!(asked("--plot b a").unwrap().source, Source::File("a".into(), false));
        assert_eq!(asked("--listen unix:/s").unwrap().source, Source::Listen("/s".into()));
    }

    #[test]
    fn looks() {
        let o = asked("--once --view brokers --view topics --sort REQ/S:asc --filter x --rows 3").unwrap();
        assert_eq!(o.views, [View::Brokers, View::Topics]);
        let look = Look { sort: Some("REQ/S".into()), ascending: true, filter: "x".into() };
        assert_eq!((o.look, o.rows), (look, 3));
        assert_eq!(asked("").unwrap().views, [View::Clients]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "--what",
            "-x",
            "a b",
            "a --listen unix:b",
            "--listen b",
            "--listen unix:",
            "--listen",
            "--view all",
            "--rows 0",
            "--plot a --once",
            "--plot a --listen unix:b",
            "--view topics --view brokers",
        ] {
            assert!(asked(line).is_err_and(|why| !why.contains("Usage")), "{line}");
        }
        assert_eq!(asked("--help"), Err(HELP.to_owned()));
        assert!(asked("--version").unwrap_err().starts_with("rdkafka-top 0."));
    }
}
