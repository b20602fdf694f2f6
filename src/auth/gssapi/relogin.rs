//! What the command that fetches a ticket has come to.

use crate::base::log::Level;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// The system's number for a child that nobody may wait for: the application ignores `SIGCHLD`.
const ECHILD: i32 = 10;

/// How a run of the command has ended, as librdkafka puts it.
pub struct KinitOutcome {
    /// A warning or an error; `None`: all is well.
    pub complaint: Option<(Level, String)>,
    /// In milliseconds, unless it failed.
    pub took: Option<u128>,
}

impl KinitOutcome {
    #[must_use]
    pub fn of(command: &str, ended: std::io::Result<ExitStatus>, took: Duration) -> Self {
        let took = Some(took.as_millis());
        let failed = |how: String| Self {
            complaint: Some((Level::Error, format!("Kerberos ticket refresh failed: {command}: {how}"))),
            took: None,
        };
        match ended {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(0), _) => Self { complaint: None, took },
                (Some(code), _) => failed(format!("exited with code {code}")),
                (None, signal) => failed(format!("received signal {}", signal.unwrap_or_default())),
            },
            Err(e) if e.raw_os_error() == Some(ECHILD) => {
                let text = format!(
                    "Kerberos ticket refresh command returned ECHILD: {command}: exit status unknown, assuming success"
                );
                Self { complaint: Some((Level::Warning, text)), took }
            }
            Err(e) => failed(e.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_command_is_put_into_words() {
        let of = |ended| KinitOutcome::of("kinit", ended, Duration::from_millis(7));
        let status = |raw| Ok(ExitStatus::from_raw(raw));
        let text = |o: &KinitOutcome| o.complaint.as_ref().map(|(_, text)| text.clone()).unwrap_or_default();
        assert_eq!((text(&of(status(0))).as_str(), of(status(0)).took), ("", Some(7)));
        assert_eq!(text(&of(status(3 << 8))), "Kerberos ticket refresh failed: kinit: exited with code 3");
        assert_eq!(text(&of(status(9))), "Kerberos ticket refresh failed: kinit: received signal 9");
        assert_eq!(of(status(9)).took, None);
        let unknown = of(Err(std::io::Error::from_raw_os_error(ECHILD)));
        assert!(
            text(&unknown).contains("returned ECHILD: kinit: exit status unknown") && unknown.took == Some(7)
        );
        assert!(text(&of(Err(std::io::Error::other("no shell")))).ends_with("kinit: no shell"));
    }
}
