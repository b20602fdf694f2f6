//! What an application has read of a partition, and what it may be given next.

use std::collections::BTreeMap;

/// A partition as the application has read it.
#[derive(Default)]
pub struct Reading {
    /// `None`: wherever the end was when it was asked for.
    pub next: Option<i64>,
    pub values: BTreeMap<i64, Vec<u8>>,
    /// The end that was told last, if nothing has come since.
    pub end_told: Option<i64>,
    pub paused: bool,
    /// The log has lost its end so often; each time reading may go back once, no further than there.
    pub may_go_back: u32,
    pub back_to: i64,
    /// How often the topic had been made anew by the time that what was told last was written, at least.
    pub incarnation: usize,
}

impl Reading {
    pub fn from(next: i64) -> Self {
        Self { next: Some(next), ..Self::default() }
    }

    /// The log loses its end.
    pub fn truncated(&mut self, end: i64) {
        self.back_to = if self.may_go_back == 0 { end } else { self.back_to.min(end) };
        self.may_go_back += 1;
        self.end_told = None;
    }

    pub fn seek(&mut self, next: Option<i64>) {
        (self.next, self.end_told) = (next, None);
    }

    /// The application is given a message. In a topic made anew reading goes on at the place that it had come
    /// to, as in librdkafka, or at the beginning if there is no such place.
    ///
    /// # Errors
    /// It should have been another one.
    pub fn take(&mut self, offset: i64, incarnation: usize, value: Vec<u8>) -> Result<(), String> {
        let expected = self.next.unwrap_or(offset);
        let mut outcome = Ok(());
        if incarnation > self.incarnation {
            self.incarnation = incarnation;
            self.values.clear();
            if offset != expected && offset != 0 {
                outcome = Err(format!("offset {offset} of a topic made anew instead of {expected} or 0"));
            }
        } else if incarnation < self.incarnation {
            outcome = Err(format!("offset {offset} of a topic that was gone before"));
        } else if offset < expected && self.may_go_back > 0 && offset >= self.back_to {
            self.may_go_back -= 1;
        } else if offset != expected {
            outcome = Err(format!("offset {offset} instead of {expected}"));
        }
        self.seek(Some(offset + 1));
        self.values.insert(offset, value);
        outcome
    }

    /// The application is told that it has read everything. The topic has been made anew so often by now: the
    /// end may be that of another one than was told of before, also if it is at the same place. Late news of
    /// who leads the old one take the client back for a while, and then it is told once more.
    ///
    /// # Errors
    /// It has not, or has been told before.
    pub fn take_end(&mut self, end: i64, made_anew: usize) -> Result<(), String> {
        let expected = self.next.unwrap_or(end);
        let mut outcome = Ok(());
        if self.incarnation < made_anew && end == 0 && expected != 0 {
            self.incarnation += 1;
            self.values.clear();
        } else if self.end_told == Some(end) && made_anew == 0 {
            outcome = Err(format!("the end {end} is told twice"));
        } else if end < expected && self.may_go_back > 0 && end >= self.back_to {
            self.may_go_back -= 1;
        } else if end != expected {
            outcome = Err(format!("end {end} at {expected}"));
        }
        (self.next, self.end_told) = (Some(end), Some(end));
        outcome
    }
}
