//! Contexts that keep up with their files: a connection that begins uses what is in them now, without a new
//! client.

use super::callback::Verifier;
use super::context::Context;
use super::modules::Modules;
use super::trust::system_paths;
use crate::base::error::Error;
use crate::base::log::{Level, Logger, debug};
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};
use crate::conf::TlsSettings;
use openssl::error::ErrorStack;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What the system believes is called that in the log.
const SYSTEM: &str = "default CA certificates";

/// So many times files are read that are being replaced when a client begins.
const ATTEMPTS: usize = 5;

/// The context of the connections that begin now.
pub struct Contexts {
    settings: TlsSettings,
    modules: Arc<Modules>,
    verifier: Option<Verifier>,
    log: Logger,
    files: Vec<Watched>,
    /// Somebody is at the files. Others go on with what there is.
    is_reading: AtomicBool,
    state: Mutex<WatchedFiles>,
}

/// A file or folder whose changes matter.
struct Watched {
    /// The property that names it, or what it is.
    name: &'static str,
    path: PathBuf,
    /// Also the files in a folder, which may be rewritten where they are. There are hundreds in the system's,
    /// and they come and go as links.
    is_deep: bool,
}

struct WatchedFiles {
    current: Arc<Context>,
    /// What the files were like when they were last read, whatever came of it.
    seen: Vec<Stamp>,
    /// What was wrong with them, if the current context is not theirs.
    complaint: Option<String>,
}

impl Contexts {
    /// # Errors
    /// As [`Context::new`], and for what is to be loaded and cannot.
    pub fn new(settings: &TlsSettings, verifier: Option<Verifier>, log: &Logger) -> Result<Self, Error> {
        let files = files(settings);
        let _ = ErrorStack::get();
        let modules = Arc::new(Modules::load(settings, log)?);
        let read = || Context::new(settings, &modules, verifier.clone(), log, log);
        let (seen, context) = read_whole(&|| stamps(&files), &read)?;
        let state = WatchedFiles { current: Arc::new(context), seen, complaint: None };
        Ok(Self {
            settings: settings.clone(),
            modules,
            verifier,
            log: log.clone(),
            files,
            is_reading: AtomicBool::new(false),
            state: Mutex::new(Rank::Leaf, state),
        })
    }

    /// The newest context, as far as is known.
    pub fn latest(&self) -> Arc<Context> {
        self.state.lock().current.clone()
    }

    /// The context for a connection that begins. Files that have changed are read again.
    pub fn current(&self) -> Arc<Context> {
        if !self.files.is_empty() && !self.is_reading.swap(true, Ordering::Acquire) {
            self.read_changed();
            self.is_reading.store(false, Ordering::Release);
        }
        self.latest()
    }

    fn read_changed(&self) {
        let now = stamps(&self.files);
        let changed = self.changed(&now);
        if changed.is_empty() {
            return;
        }
        // Without the lock: reading takes its time.
        let (verifier, silent) = (self.verifier.clone(), Logger::silent());
        let read = Context::new(&self.settings, &self.modules, verifier, &self.log, &silent);
        let complaint = read.as_ref().err().map(|e| e.text.clone());
        let mut state = self.state.lock();
        state.seen = now;
        let is_known = complaint.is_some() && complaint == state.complaint;
        state.complaint.clone_from(&complaint);
        if let Ok(context) = read {
            state.current = Arc::new(context);
        }
        drop(state);
        match complaint {
            None => self
                .log
                .debug(debug::SECURITY, "SSL", || format!("New connections use the changed {changed}")),
            Some(_) if is_known => {}
            Some(why) => self.log.log(
                Level::Warning,
                "SSL",
                format_args!("Cannot use the changed {changed}, going on with what was there before: {why}"),
            ),
        }
    }

    /// The properties whose files are not as they were, with these files.
    fn changed(&self, now: &[Stamp]) -> String {
        let state = self.state.lock();
        let pairs = self.files.iter().zip(now.iter().zip(&state.seen));
        let changed = pairs.filter(|(_, (now, seen))| now != seen);
        let texts: Vec<_> = changed.map(|(w, _)| format!("{} ({})", w.name, w.path.display())).collect();
        texts.join(", ")
    }
}

/// Reads files, which is done again if it fails and they were being replaced meanwhile. Returns what they
/// were like before that, too: what changes later is noticed the next time.
fn read_whole<T>(
    look: &dyn Fn() -> Vec<Stamp>,
    read: &dyn Fn() -> Result<T, Error>,
) -> Result<(Vec<Stamp>, T), Error> {
    let mut seen = look();
    for _ in 1..ATTEMPTS {
        match read() {
            Ok(content) => return Ok((seen, content)),
            Err(e) => {
                let now = look();
                if now == seen {
                    return Err(e);
                }
                seen = now;
            }
        }
    }
    Ok((seen, read()?))
}

fn files(settings: &TlsSettings) -> Vec<Watched> {
    let (own, trust) = (&settings.own, &settings.trust);
    let files = [
        ("ssl.ca.location", trust.ca_location.as_ref().filter(|location| *location != "probe")),
        ("ssl.crl.location", trust.crl_location.as_ref()),
        ("ssl.certificate.location", own.certificate_location.as_ref()),
        ("ssl.key.location", own.key_location.as_ref()),
        ("ssl.keystore.location", own.keystore_location.as_ref()),
    ];
    let named = files
        .into_iter()
        .filter_map(|(name, path)| Some(Watched { name, path: path?.into(), is_deep: true }));
    let system = system_paths(trust).into_iter();
    named.chain(system.map(|path| Watched { name: SYSTEM, path, is_deep: false })).collect()
}

/// What is known of a file, or of a folder and the files in it, without reading it. Empty: it is not there.
type Stamp = Vec<(OsString, FileStamp)>;

/// A file that is replaced is another one; one that is rewritten has another time or size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FileStamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileStamp {
    fn of(data: &Metadata) -> Self {
        Self {
            device: data.dev(),
            inode: data.ino(),
            size: data.size(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        }
    }
}

fn stamps(files: &[Watched]) -> Vec<Stamp> {
    files.iter().map(|watched| stamp(&watched.path, watched.is_deep)).collect()
}

fn stamp(path: &Path, is_deep: bool) -> Stamp {
    let Ok(data) = fs::metadata(path) else { return Stamp::new() };
    let mut stamp = vec![(OsString::new(), FileStamp::of(&data))];
    if is_deep && data.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        // What a link leads to, since that is what is read.
        let files =
            entries.filter_map(|e| Some((e.file_name(), FileStamp::of(&fs::metadata(e.path()).ok()?))));
        stamp.extend(files);
        stamp.sort();
    }
    stamp
}

#[cfg(test)]
mod tests;
