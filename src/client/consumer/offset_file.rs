//! A partition's offset in a file: one number in a line, as librdkafka writes it.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::conf::OffsetMethod;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// More than a number can have.
const LONGEST: usize = 64;

pub(in crate::client) struct OffsetFile {
    file: File,
    /// How long what was written may wait for fsync(); `None`: for ever.
    sync: Option<Duration>,
    /// When there has to be one.
    sync_at: Deadline,
}

/// The file of a partition: `path`, or one in that folder.
pub(super) fn path_of(path: &str, topic: &str, partition: i32, group: Option<&str>) -> PathBuf {
    let path = Path::new(path);
    if !path.is_dir() {
        return path.to_owned();
    }
    let group = group.map_or_else(String::new, |group| format!("-{group}"));
    path.join(escaped(&format!("{topic}-{partition}{group}.offset")))
}

/// Without characters that mean something in paths.
fn escaped(name: &str) -> String {
    name.replace('/', "%2F").replace(':', "%3A").replace('\\', "%5C")
}

impl OffsetFile {
    /// Opens the file at this path, and makes it if there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path, method: &OffsetMethod) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o644).open(path)?;
        let sync = match method {
            OffsetMethod::File { sync, .. } => *sync,
            OffsetMethod::Broker => None,
        };
        Ok(Self { file, sync, sync_at: Deadline::NEVER })
    }

    /// The offset in the file. `Ok(None)`: it is empty.
    ///
    /// # Errors
    /// It cannot be read, or holds something else than a number.
    pub fn read(&self) -> io::Result<Option<i64>> {
        let mut buffer = [0; LONGEST];
        let len = self.file.read_at(&mut buffer, 0)?;
        let text = buffer.get(..len).unwrap_or_default();
        if text.is_empty() {
            return Ok(None);
        }
        let digits: &[u8] = text.split(|b| !b.is_ascii_digit()).next().unwrap_or_default();
        let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        number.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// # Errors
    /// What the system says.
    pub fn write(&mut self, offset: i64, now: Time) -> io::Result<()> {
        let text = format!("{offset}\n");
        self.file.write_all_at(text.as_bytes(), 0)?;
        self.file.set_len(text.len() as u64)?;
        if let Some(sync) = self.sync {
            self.sync_at = self.sync_at.min(Deadline::at(now + sync));
            self.sync_if_due(now)?;
        }
        Ok(())
    }

    /// # Errors
    /// What the system says.
    pub fn sync_if_due(&mut self, now: Time) -> io::Result<()> {
        if !self.sync_at.is_due(now) {
            return Ok(());
        }
        self.sync_at = Deadline::NEVER;
        self.file.sync_data()
    }

    /// When what was written has to be on the disk.
    pub fn deadline(&self) -> Deadline {
        self.sync_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(sync: Option<Duration>) -> OffsetMethod {
        OffsetMethod::File { path: String::new(), sync }
    }

    #[test]
    fn names_of_files_have_no_separators() {
        let folder = std::env::temp_dir();
        let folder = folder.to_str().unwrap();
        let in_folder = |group| path_of(folder, "t", 3, group).file_name().unwrap().to_owned();
        assert_eq!(in_folder(None), "t-3.offset");
        assert_eq!(in_folder(Some("a/b:c\\d e")), "t-3-a%2Fb%3Ac%5Cd e.offset");
        assert_eq!(path_of("/nowhere/at.all", "t", 3, None), Path::new("/nowhere/at.all"));
    }

    #[test]
    fn a_file_has_the_last_offset_and_nothing_else() {
        let path = std::env::temp_dir().join(format!("offset-file-{}", std::process::id()));
        let (now, later) = (Time(0), Time(2_000_000));
        let mut file = OffsetFile::open(&path, &method(Some(Duration::from_secs(1)))).unwrap();
        assert_eq!(file.read().unwrap(), None);
        file.write(12_345, now).unwrap();
        assert_eq!(file.deadline(), Deadline::at(Time(1_000_000)));
        file.write(7, now).unwrap();
        file.sync_if_due(later).unwrap();
        assert_eq!(file.deadline(), Deadline::NEVER);
        assert_eq!(std::fs::read(&path).unwrap(), b"7\n");
        assert_eq!(OffsetFile::open(&path, &method(None)).unwrap().read().unwrap(), Some(7));
        for (text, offset) in [("500", Some(500)), ("12 x", Some(12)), ("hello\n", None), ("-5\n", None)] {
            std::fs::write(&path, text).unwrap();
            let read = OffsetFile::open(&path, &method(None)).unwrap().read();
            assert_eq!(read.ok().flatten(), offset, "{text}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
