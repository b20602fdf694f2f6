//! Where documents come from: standard input, a file that grows, or programs that connect to a socket. Each
//! is read on a thread of its own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// A longer line is no document.
const MAX_LINE: u64 = 256 << 20;
/// How often a file that is followed is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(200);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Stdin,
    /// A file, and whether it is read on when it grows.
    File(PathBuf, bool),
    Listen(PathBuf),
}

/// What a source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Line(u64, String),
    /// A connection has ended.
    Ended(u64),
    /// Nothing more will come.
    End,
    /// The source is broken.
    Failed(String),
}

/// The socket of a source that listens. Its file goes with it.
pub struct Listening(PathBuf);

impl Listening {
    /// For whoever ends the program without this being dropped.
    pub fn file(&self) -> PathBuf {
        self.0.clone()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Starts reading. What comes faster than it is taken waits where it comes from.
///
/// # Errors
/// When there is no such file, or the socket cannot be had.
pub fn start(source: &Source) -> Result<(std::sync::mpsc::Receiver<News>, Option<Listening>), String> {
    let (sender, receiver) = sync_channel(64);
    let mut socket = None;
    match source {
        Source::Stdin => {
            thread::spawn(move || finish(&sender, lines(&mut BufReader::new(io::stdin()), 0, &sender)));
        }
        Source::File(path, follow) => {
            let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
            let (path, follow) = (path.clone(), *follow);
            thread::spawn(move || finish(&sender, read_file(file, &path, follow, &sender)));
        }
        Source::Listen(path) => {
            let listener = listen(path).map_err(|e| format!("{}: {e}", path.display()))?;
            socket = Some(Listening(path.clone()));
            thread::spawn(move || accept(&listener, &sender));
        }
    }
    Ok((receiver, socket))
}

fn finish(sender: &SyncSender<News>, outcome: io::Result<()>) {
    let _ = sender.send(outcome.map_or_else(|e| News::Failed(e.to_string()), |()| News::End));
}

/// Passes on line by line until the end.
fn lines(from: &mut impl BufRead, source: u64, sender: &SyncSender<News>) -> io::Result<()> {
    while let Some(line) = line(from)? {
        if sender.send(News::Line(source, line)).is_err() {
            break;
        }
    }
    Ok(())
}

/// The next line without its end.
fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if from.take(MAX_LINE).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    while bytes.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Reads a file, and reads on when it grows. A line counts once its end is there. A file that got shorter has
/// begun anew.
fn read_file(file: File, path: &Path, follow: bool, sender: &SyncSender<News>) -> io::Result<()> {
    let mut reader = BufReader::new(file);
    if !follow {
        return lines(&mut reader, 0, sender);
    }
    let (mut partial, mut at) = (Vec::new(), 0_u64);
    loop {
        let n = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut partial)?;
        at += n as u64;
        if partial.last() == Some(&b'\n') {
            let text = String::from_utf8_lossy(&partial).trim_end().to_owned();
            partial.clear();
            if sender.send(News::Line(0, text)).is_err() {
                return Ok(());
            }
        } else if n == 0 {
            thread::sleep(FOLLOW_EVERY);
            if std::fs::metadata(path).is_ok_and(|m| m.len() < at) {
                reader = BufReader::new(File::open(path)?);
                (partial, at) = (Vec::new(), 0);
            }
        }
    }
}

/// The socket. One that nobody listens on any more is replaced; one that somebody listens on is not.
fn listen(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(e) if e.kind() == io::ErrorKind::AddrInUse => {
            if UnixStream::connect(path).is_ok() {
                return Err(e);
            }
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        outcome => outcome,
    }
}

fn accept(listener: &UnixListener, sender: &SyncSender<News>) {
    for (number, connection) in (1..).zip(listener.incoming()) {
        match connection {
            Ok(connection) => {
                let sender = sender.clone();
                thread::spawn(move || {
                    // A connection that breaks has ended, for whatever reason.
                    let _ = lines(&mut BufReader::new(connection), number, &sender);
                    let _ = sender.send(News::Ended(number));
                });
            }
            Err(e) => {
                let _ = sender.send(News::Failed(e.to_string()));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("rdkafka-top-{}-{name}", std::process::id()))
    }

    #[test]
    fn a_file_that_is_followed_is_read_on_and_read_anew() {
        let path = place("followed");
        std::fs::write(&path, "a\nb").unwrap();
        let (news, _) = start(&Source::File(path.clone(), true)).unwrap();
        assert_eq!(news.recv(), Ok(News::Line(0, "a".into())));
        File::options().append(true).open(&path).unwrap().write_all(b"c\r\n").unwrap();
        assert_eq!(news.recv(), Ok(News::Line(0, "bc".into())));
        std::fs::write(&path, "d\n").unwrap();
        assert_eq!(news.recv(), Ok(News::Line(0, "d".into())));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_ends_without_an_end_of_line() {
        let path = place("whole");
        std::fs::write(&path, b"a\n\xff").unwrap();
        let (news, _) = start(&Source::File(path.clone(), false)).unwrap();
        let all: Vec<News> = news.iter().collect();
        assert_eq!(all, [News::Line(0, "a".into()), News::Line(0, "\u{fffd}".into()), News::End]);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn programs_connect_and_the_socket_goes_with_the_listener() {
        let path = place("socket");
        let (news, socket) = start(&Source::Listen(path.clone())).unwrap();
        assert!(start(&Source::Listen(path.clone())).is_err(), "somebody listens there");
        let mut first = UnixStream::connect(&path).unwrap();
        first.write_all(b"one\n").unwrap();
        let mut expected = vec![News::Ended(1), News::Line(2, "one".into())];
        assert!(expected.contains(&news.recv().unwrap()), "who looked whether somebody listens counts, too");
        let next = news.recv().unwrap();
        assert!(expected.contains(&next));
        expected.clear();
        drop(first);
        assert_eq!(news.recv(), Ok(News::Ended(2)));
        drop(socket);
        assert!(!path.exists());
        // What a process that was killed has left there is no obstacle.
        drop(UnixListener::bind(&path).unwrap());
        let (_, socket) = start(&Source::Listen(path.clone())).unwrap();
        drop(socket);
    }
}
