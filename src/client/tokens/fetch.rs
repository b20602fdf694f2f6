//! One token from a token endpoint: attempts with pauses between them, each of which has its time.

use super::provider::{Connector, Route};
use crate::auth::oauthbearer::oidc::{self, Call, Oidc, TIME_LIMIT, TokenError, World};
use crate::auth::oauthbearer::token::Token;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::signal::{Interest, Signal};
use crate::net::Transport;
use crate::net::http::{Exchange, Progress, Request, Response, Url, without_login};
use std::time::Duration;

/// What came of a step.
pub(super) enum FetchProgress {
    /// Come again when the connection is ready for this, or at this time.
    Wait(Interest, Deadline),
    Done(Result<Token, TokenError>),
}

struct Attempt {
    exchange: Exchange,
    transport: Box<dyn Transport>,
    ends_at: Time,
}

/// What the fetch is doing.
enum Stage {
    /// The next attempt begins at this time.
    Pausing(Time),
    Asking(Box<Attempt>),
}

pub(super) struct Fetch<'a> {
    oidc: &'a Oidc,
    connector: &'a Connector,
    /// Attempts before the one under way.
    attempt: u32,
    stage: Stage,
    /// Of the request under way, for texts.
    url: String,
}

impl<'a> Fetch<'a> {
    pub fn new(oidc: &'a Oidc, connector: &'a Connector) -> Self {
        Self { oidc, connector, attempt: 0, stage: Stage::Pausing(Time::default()), url: String::new() }
    }

    pub fn serve(&mut self, world: &dyn World, now: Time) -> FetchProgress {
        loop {
            match &mut self.stage {
                Stage::Pausing(until) if now < *until => {
                    return FetchProgress::Wait(Interest::default(), Deadline::at(*until));
                }
                Stage::Pausing(_) => match self.begin(world, now) {
                    Ok(attempt) => self.stage = Stage::Asking(Box::new(attempt)),
                    Err(failure) => return FetchProgress::Done(Err(failure)),
                },
                Stage::Asking(attempt) => {
                    let result = match attempt.exchange.serve(&mut *attempt.transport, now) {
                        Progress::Waiting(interest) if now < attempt.ends_at => {
                            return FetchProgress::Wait(interest, Deadline::at(attempt.ends_at));
                        }
                        Progress::Waiting(_) => {
                            attempt.transport.close();
                            let limit = TIME_LIMIT.as_millis();
                            Err(format!("Operation timed out after {limit} milliseconds"))
                        }
                        Progress::Done(result) => result,
                    };
                    if let Some(done) = self.judge(result, world, now) {
                        return FetchProgress::Done(done);
                    }
                }
            }
        }
    }

    /// Waits for the connection, or until `signal` is notified.
    pub fn wait(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) {
        match &self.stage {
            Stage::Pausing(_) => signal.wait(None, timeout),
            Stage::Asking(attempt) => attempt.transport.wait(signal, interest, timeout),
        };
    }

    fn begin(&mut self, world: &dyn World, now: Time) -> Result<Attempt, TokenError> {
        let Call { method, url, headers, body } = self.oidc.call(world)?;
        self.url = url;
        let url = Url::parse(&self.url).map_err(|why| self.failure(why, None))?;
        let route = (self.connector)(&url).map_err(|why| self.failure(why, None))?;
        let Route { transport, proxy } = route;
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let request = Request { method, headers: &headers, body: &body };
        let exchange = Exchange::new(&url, &request, proxy.as_ref());
        Ok(Attempt { exchange, transport, ends_at: now + TIME_LIMIT })
    }

    /// `None`: there will be another attempt.
    fn judge(
        &mut self,
        result: Result<Response, String>,
        world: &dyn World,
        now: Time,
    ) -> Option<Result<Token, TokenError>> {
        let response = match result {
            Ok(response) => response,
            Err(why) => return Some(Err(self.failure(why, None))),
        };
        let status = response.status;
        if oidc::is_temporary(status)
            && let Some(pause) = oidc::pause_after(self.attempt)
        {
            self.attempt += 1;
            self.stage = Stage::Pausing(now + pause);
            return None;
        }
        if status >= 400 {
            return Some(Err(self.failure(oidc::error_of(&response.body), Some(status))));
        }
        let answer = match oidc::json_of(response.content_type.as_deref(), &response.body) {
            Ok(answer) => answer,
            Err(why) => return Some(Err(self.failure(why, Some(status)))),
        };
        Some(oidc::token(&answer, self.oidc, world.now_ms()).map_err(TokenError::from))
    }

    fn failure(&self, why: String, status: Option<u16>) -> TokenError {
        let code = status.map_or(-1, i32::from);
        let url = without_login(&self.url);
        let logged = format!("Failed to retrieve OIDC token from \"{url}\": {why} ({code})");
        TokenError { told: why, logged: Some(("OIDC", logged)) }
    }
}

#[cfg(test)]
mod tests;
