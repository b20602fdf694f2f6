//! The state of a partition's fetching, and what has changed it: debug lines tell of every change, in order.

use super::state::FetchState;
use crate::consumer::position::Position;

/// Something that has happened to a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The application, or an assignment, has begun to read it, in this state.
    Started {
        from: Position,
        version: i32,
        state: FetchState,
    },
    /// It goes on elsewhere.
    Sought {
        to: Position,
        version: i32,
        state: FetchState,
    },
    Stopped {
        version: i32,
        state: FetchState,
    },
    State {
        before: FetchState,
        now: FetchState,
    },
}

/// The state. Nothing else can set it, so no change goes by unseen.
#[derive(Debug, Default)]
pub struct State {
    state: FetchState,
    /// What has happened since it was asked for last; `None`: nobody asks.
    changes: Option<Vec<Change>>,
}

impl State {
    #[must_use]
    pub fn get(&self) -> FetchState {
        self.state
    }

    pub fn set(&mut self, now: FetchState) {
        let before = std::mem::replace(&mut self.state, now);
        if before != now {
            self.record(Change::State { before, now });
        }
    }

    /// It is read from here on, whether it was before or not.
    pub fn begin(&mut self, from: Position, version: i32) {
        let state = self.state;
        self.record(if state.is_started() {
            Change::Sought { to: from, version, state }
        } else {
            Change::Started { from, version, state }
        });
    }

    pub fn stop(&mut self, version: i32) {
        self.record(Change::Stopped { version, state: self.state });
        self.set(FetchState::Stopped);
    }

    /// Changes are kept from now on, until they are taken.
    pub fn keep_changes(&mut self) {
        self.changes.get_or_insert_default();
    }

    pub fn take_changes(&mut self) -> Vec<Change> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn record(&mut self, change: Change) {
        if let Some(changes) = &mut self.changes {
            changes.push(change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_told_once_and_in_order() {
        let mut state = State::default();
        state.begin(Position::at(1), 1);
        state.set(FetchState::Active);
        assert_eq!(state.take_changes(), [], "nobody has asked for them");
        state.keep_changes();
        state.begin(Position::at(5), 2);
        state.set(FetchState::Active);
        state.set(FetchState::OffsetQuery);
        state.set(FetchState::Active);
        state.stop(3);
        state.begin(Position::at(7), 4);
        let (active, query, stopped) = (FetchState::Active, FetchState::OffsetQuery, FetchState::Stopped);
        let expected = [
            Change::Sought { to: Position::at(5), version: 2, state: active },
            Change::State { before: active, now: query },
            Change::State { before: query, now: active },
            Change::Stopped { version: 3, state: active },
            Change::State { before: active, now: stopped },
            Change::Started { from: Position::at(7), version: 4, state: stopped },
        ];
        assert_eq!(state.take_changes(), expected);
        assert_eq!(state.take_changes(), []);
    }
}
