//! `rdkafka-top`: shows the statistics of Kafka clients, of any program on librdkafka's interface.

mod document;
mod fleet;
mod options;
mod plot;
mod screen;
mod source;
mod table;
mod views;

use fleet::Fleet;
use options::{Asked, Options};
use plot::Recording;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use screen::{Action, Screen};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use source::{Listening, News};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// How soon a key or a document is seen.
const TICK: Duration = Duration::from_millis(100);
/// So that keys are looked at while documents keep coming.
const LINES_AT_A_TIME: usize = 200;

fn main() -> ExitCode {
    let outcome = match options::parse(lexopt::Parser::from_env()) {
        Ok(Asked::Print(text)) => print(&text),
        Ok(Asked::Run(options)) => run(&options),
        Err(why) => Err(format!("{why} (see --help)")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("rdkafka-top: {why}");
            ExitCode::from(2)
        }
    }
}

/// Whoever reads may have gone: that is no error.
fn print(text: &str) -> Result<(), String> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(format!("standard output: {e}")),
        _ => Ok(()),
    }
}

fn run(options: &Options) -> Result<(), String> {
    let has_terminal = io::stdout().is_terminal();
    if !has_terminal && !options.once && options.plot.is_none() && options.record.is_none() {
        return Err("standard output is no terminal: --once or --record? (see --help)".into());
    }
    let mut record = options.record.as_deref().map(Record::open).transpose()?;
    let (news, socket) = source::start(&options.source)?;
    if let Some(path) = &options.plot {
        return draw(&news, path);
    }
    if options.once {
        return once(options, &news, record.as_mut());
    }
    if !has_terminal {
        return record.map_or(Ok(()), |mut record| record.all(&news));
    }
    let ended = end_in_order().map_err(|e| format!("signals: {e}"))?;
    end_with_the_terminal(socket.as_ref().map(Listening::file)).map_err(|e| format!("terminal: {e}"))?;
    let mut terminal = ratatui::try_init().map_err(|e| format!("terminal: {e}"))?;
    let outcome = watch(&mut terminal, options, (&news, &ended), record.as_mut());
    ratatui::restore();
    outcome
}

/// What signals that would end the program set instead, so that the terminal is left as it was.
fn end_in_order() -> io::Result<Arc<AtomicBool>> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP, SIGINT] {
        signal_hook::flag::register(signal, ended.clone())?;
    }
    Ok(ended)
}

/// Ends the program when its terminal is gone. It has a thread for that, because crossterm reads the end of
/// its input again and again and never returns. There is no terminal to be restored, and records are written.
fn end_with_the_terminal(socket: Option<PathBuf>) -> io::Result<()> {
    let terminal = File::options().read(true).open("/dev/tty")?;
    let wait = move || {
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        loop {
            let mut fds = [PollFd::new(&terminal, PollFlags::empty())];
            match poll(&mut fds, None) {
                Ok(_) if fds.iter().any(|fd| fd.revents().intersects(gone)) => {
                    let _ = socket.map(std::fs::remove_file);
                    std::process::exit(0)
                }
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    };
    std::thread::Builder::new().spawn(wait).map(drop)
}

/// The file that documents are written to.
struct Record(File);

impl Record {
    fn open(path: &Path) -> Result<Self, String> {
        let file = File::options().append(true).create(true).open(path);
        file.map(Self).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// With the number of its connection in front, which tells programs apart when the recording is read.
    fn keep(&mut self, source: u64, line: &str) -> Result<(), String> {
        let head = if source == 0 { String::new() } else { format!("{source} ") };
        self.0.write_all(format!("{head}{line}\n").as_bytes()).map_err(|e| format!("the record: {e}"))
    }

    /// Until the input ends.
    fn all(&mut self, news: &Receiver<News>) -> Result<(), String> {
        for item in news {
            match item {
                News::Line(source, line) => self.keep(source, &line)?,
                News::Failed(why) => return Err(why),
                News::End => break,
                News::Ended(_) => {}
            }
        }
        Ok(())
    }
}

fn draw(news: &Receiver<News>, path: &Path) -> Result<(), String> {
    let mut recording = Recording::default();
    for item in news {
        match item {
            News::Line(source, line) => recording.take(source, &line),
            News::Failed(why) => return Err(why),
            News::End => break,
            News::Ended(_) => {}
        }
    }
    if recording.documents() == 0 {
        return Err("the input has no statistics".into());
    }
    std::fs::write(path, recording.picture()).map_err(|e| format!("{}: {e}", path.display()))
}

fn once(options: &Options, news: &Receiver<News>, mut record: Option<&mut Record>) -> Result<(), String> {
    let mut fleet = Fleet::default();
    // A file has an end, and its last documents count.
    let to_the_end = !matches!(options.source, source::Source::Listen(_));
    for item in news {
        match item {
            News::Line(source, line) => {
                if fleet.take(source, &line).is_some()
                    && let Some(record) = &mut record
                {
                    record.keep(source, &line)?;
                }
            }
            News::Failed(why) => return Err(why),
            News::End => break,
            News::Ended(_) => {}
        }
        if !to_the_end && fleet.has_rates() {
            break;
        }
    }
    if fleet.is_empty() {
        return Err("the input has no statistics".into());
    }
    print(&tables(options, &fleet))
}

fn tables(options: &Options, fleet: &Fleet) -> String {
    let mut out = String::new();
    for view in &options.views {
        let mut table = view.table(fleet).apply(&options.look);
        table.rows.truncate(options.rows);
        if !out.is_empty() {
            out.push('\n');
        }
        for line in table.lines() {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

fn watch(
    terminal: &mut ratatui::DefaultTerminal,
    options: &Options,
    (news, ended): (&Receiver<News>, &AtomicBool),
    mut record: Option<&mut Record>,
) -> Result<(), String> {
    let (began, mut fleet) = (Instant::now(), Fleet::default());
    let view = options.views.first().copied().unwrap_or(views::View::Clients);
    let mut screen = Screen::new(view, options.look.clone());
    while !ended.load(Ordering::Relaxed) {
        let now_s = began.elapsed().as_secs_f64();
        take_news(news, now_s, &mut fleet, &mut screen, record.as_deref_mut())?;
        fleet.forget(now_s);
        terminal.draw(|frame| screen.draw(frame, &fleet)).map_err(|e| format!("terminal: {e}"))?;
        let mut wait = TICK;
        while event::poll(wait).map_err(|e| format!("terminal: {e}"))? {
            wait = Duration::ZERO;
            if let Event::Key(key) = event::read().map_err(|e| format!("terminal: {e}"))?
                && key.kind != KeyEventKind::Release
                && screen.key(key) == Action::Quit
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Takes what has come. While the picture is stopped, documents are only recorded.
fn take_news(
    news: &Receiver<News>,
    now_s: f64,
    fleet: &mut Fleet,
    screen: &mut Screen,
    mut record: Option<&mut Record>,
) -> Result<(), String> {
    for _ in 0..LINES_AT_A_TIME {
        match news.try_recv() {
            Ok(News::Line(source, line)) => {
                let is_document = screen.stopped || fleet.take(source, &line).is_some();
                if let (true, Some(record)) = (is_document, &mut record) {
                    record.keep(source, &line)?;
                }
            }
            Ok(News::Ended(source)) => fleet.end(source, now_s),
            Ok(News::End) => "the input has ended".clone_into(&mut screen.notice),
            Ok(News::Failed(why)) => screen.notice = why,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    Ok(())
}
