//! When a broker is asked what it wants, and when that is pushed: a state machine without requests, brokers
//! or a clock.

use crate::base::clock::{Time, milliseconds};
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use std::time::Duration;

/// How often a broker is asked that has not said how often it wants to be.
const FALLBACK_INTERVAL: Duration = Duration::from_secs(30);
/// The first push after an answer varies by so many percent, so that the clients of a cluster that has come
/// back do not push at once.
const JITTER: u32 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    AwaitBroker,
    GetSubscriptionsScheduled,
    GetSubscriptionsSent,
    PushScheduled,
    PushSent,
    TerminatingPushScheduled,
    TerminatingPushSent,
    Terminated,
}

/// A request that is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Subscriptions,
    Push { terminating: bool },
}

/// What an answer to a push comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It goes on, or the answer does not matter any more.
    GoesOn,
    TooLarge,
    /// Nothing is pushed any more, for this reason if there is one.
    Ended(Option<ErrorCode>),
}

pub struct Machine {
    state: State,
    due: Deadline,
    interval: Option<Duration>,
    random: fastrand::Rng,
}

impl Machine {
    pub fn new(seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { state: State::AwaitBroker, due: Deadline::NEVER, interval: None, random }
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// When a request is due.
    pub fn deadline(&self) -> Deadline {
        self.due
    }

    fn enter(&mut self, state: State, due: Deadline) {
        (self.state, self.due) = (state, due);
    }

    fn interval(&self) -> Duration {
        self.interval.unwrap_or(FALLBACK_INTERVAL)
    }

    /// There is a broker that takes metrics.
    pub fn broker_found(&mut self, now: Time) {
        if self.state == State::AwaitBroker {
            self.enter(State::GetSubscriptionsScheduled, Deadline::at(now));
        }
    }

    /// The request that is to be sent now; [`Self::sent`] or [`Self::no_broker`] says what came of it.
    pub fn due(&self, now: Time) -> Option<Due> {
        let due = match self.state {
            State::GetSubscriptionsScheduled => Due::Subscriptions,
            State::PushScheduled => Due::Push { terminating: false },
            State::TerminatingPushScheduled => Due::Push { terminating: true },
            _ => return None,
        };
        self.due.is_due(now).then_some(due)
    }

    pub fn sent(&mut self) {
        let next = match self.state {
            State::GetSubscriptionsScheduled => State::GetSubscriptionsSent,
            State::PushScheduled => State::PushSent,
            State::TerminatingPushScheduled => State::TerminatingPushSent,
            other => other,
        };
        self.enter(next, Deadline::NEVER);
    }

    /// No broker is there to send it to. Whoever comes next is asked first what it wants.
    pub fn no_broker(&mut self) -> After {
        if self.state == State::TerminatingPushScheduled {
            return self.end(None);
        }
        self.enter(State::AwaitBroker, Deadline::NEVER);
        After::GoesOn
    }

    /// A broker has said what it wants (something or nothing) and how often, or it has not. Returns after
    /// which time a request is due; `None`: nobody has asked.
    pub fn subscribed(&mut self, answer: Result<(bool, i32), ErrorCode>, now: Time) -> Option<Duration> {
        if self.state != State::GetSubscriptionsSent {
            return None;
        }
        if let Ok((_, interval_ms)) = answer {
            self.interval = Some(milliseconds(interval_ms)).filter(|i| !i.is_zero());
        }
        let varied = self.interval() * self.random.u32(100 - JITTER..=100 + JITTER) / 100;
        let (next, pause) = match answer {
            Ok((true, _)) => (State::PushScheduled, varied),
            _ => (State::GetSubscriptionsScheduled, self.interval()),
        };
        self.enter(next, Deadline::at(now + pause));
        Some(pause)
    }

    /// A push was answered, or will never be.
    pub fn pushed(&mut self, answer: Result<(), ErrorCode>, now: Time) -> After {
        match self.state {
            // Nobody can make use of an error any more.
            State::TerminatingPushSent => return self.end(None),
            State::PushSent => {}
            _ => return After::GoesOn,
        }
        let later = Deadline::at(now + self.interval());
        match answer {
            Ok(()) => self.enter(State::PushScheduled, later),
            Err(e @ (ErrorCode::INVALID_REQUEST | ErrorCode::INVALID_RECORD)) => return self.end(Some(e)),
            Err(ErrorCode::TELEMETRY_TOO_LARGE) => {
                self.enter(State::PushScheduled, later);
                return After::TooLarge;
            }
            Err(ErrorCode::UNKNOWN_SUBSCRIPTION_ID) => {
                self.enter(State::GetSubscriptionsScheduled, Deadline::at(now));
            }
            Err(_) => self.enter(State::GetSubscriptionsScheduled, later),
        }
        After::GoesOn
    }

    /// The client ends. If something is wanted, it is pushed once more, now.
    pub fn terminate(&mut self, now: Time) -> After {
        if self.state != State::PushScheduled {
            return self.end(None);
        }
        self.enter(State::TerminatingPushScheduled, Deadline::at(now));
        After::GoesOn
    }

    fn end(&mut self, why: Option<ErrorCode>) -> After {
        self.enter(State::Terminated, Deadline::NEVER);
        After::Ended(why)
    }
}

#[cfg(test)]
mod tests;
