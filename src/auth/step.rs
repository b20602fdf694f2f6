//! What a mechanism does next.

/// What an answer of the broker leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this token and wait for the answer.
    Send(Vec<u8>),
    /// Both sides are satisfied.
    Done,
}
