//! Kerberos tickets: the command that fetches one is run in time, on a thread of its own.

use super::part::Ctx;
use crate::auth::gssapi::Kerberos;
use crate::auth::gssapi::relogin::KinitOutcome;
use crate::base::blocking::{Awaited, NotRun};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::log::debug;
use crate::client::instance::Client;
use crate::conf::KinitSettings;
use std::io::Result;
use std::process::{Command, ExitStatus};
use std::time::Duration;

const FACILITY: &str = "SASLREFRESH";

pub(super) struct Relogin {
    next: Time,
    running: Option<Run>,
}

/// A run of the command.
struct Run {
    since: Time,
    status: Awaited<Result<ExitStatus>>,
}

impl Relogin {
    pub fn new(now: Time) -> Self {
        Self { next: now, running: None }
    }

    /// Runs the command if it is time, and takes note of its end. Returns when to come again.
    pub fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let client = ctx.client.clone();
        let kerberos = client.context().principal.as_ref().and_then(|p| p.kerberos());
        let (Some(kerberos), Some(kinit)) = (kerberos, &client.settings().security.kerberos.kinit) else {
            return Deadline::NEVER;
        };
        if let Some(run) = &self.running {
            // The end of the run wakes this thread.
            let Some(status) = run.status.take() else { return Deadline::NEVER };
            ended(&client, kerberos, &kinit.shown, status, ctx.now.since(run.since));
            self.running = None;
        }
        if ctx.now >= self.next {
            self.next = ctx.now + kinit.interval;
            self.running = Some(start(ctx, kinit));
            return Deadline::NEVER;
        }
        Deadline::at(self.next)
    }
}

fn start(ctx: &mut Ctx<'_>, kinit: &KinitSettings) -> Run {
    let shown = &kinit.shown;
    let logger = ctx.client.logger();
    logger.debug(debug::SECURITY, FACILITY, || format!("Refreshing Kerberos ticket with command: {shown}"));
    let command = kinit.command.clone();
    let run = move || Command::new("/bin/sh").args(["-c", &command]).status();
    let (status, task) = Awaited::new(ctx.client.main_signal().clone(), run);
    ctx.brokers.run_blocking(task);
    Run { since: ctx.now, status }
}

/// Brokers connect from now on, whatever has come of it: there may be a ticket from elsewhere.
fn ended(
    client: &Client,
    kerberos: &Kerberos,
    command: &str,
    status: std::result::Result<Result<ExitStatus>, NotRun>,
    took: Duration,
) {
    let logger = client.logger();
    if kerberos.tried() {
        logger.debug(debug::SECURITY, FACILITY, || {
            "First kinit command finished: waking up broker threads".to_owned()
        });
        client.wake_brokers();
    }
    let status =
        status.unwrap_or_else(|NotRun| Err(std::io::Error::other("no thread could be started for it")));
    let outcome = KinitOutcome::of(command, status, took);
    if let Some((level, text)) = &outcome.complaint {
        logger.log(*level, FACILITY, format_args!("{text}"));
    }
    if let Some(ms) = outcome.took {
        logger.debug(debug::SECURITY, FACILITY, || format!("Kerberos ticket refreshed in {ms}ms"));
    }
}
