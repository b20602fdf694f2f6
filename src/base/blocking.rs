//! Work that may block, such as asking a ticket server: it is done on a thread of its own, never on a
//! broker's or on the main one.

use super::signal::Signal;
use super::sync::{Arc, Mutex, Rank};

/// Work for a thread of its own. Whoever waits for the result is woken when it is there, and also when the
/// task is dropped without having been run.
pub struct BlockingTask {
    // Dropped before the one who waits is woken.
    work: Box<dyn FnOnce() + Send>,
    wake: WakeOnDrop,
}

impl BlockingTask {
    pub fn run(self) {
        let Self { work, wake } = self;
        work();
        drop(wake);
    }
}

struct WakeOnDrop(Arc<Signal>);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        self.0.notify();
    }
}

/// The result of a [`BlockingTask`], to be waited for.
pub struct Awaited<T>(Arc<Mutex<Option<T>>>);

/// The task was never run to its end: no thread could be started.
#[derive(Debug, PartialEq, Eq)]
pub struct NotRun;

impl<T: Send + 'static> Awaited<T> {
    /// Returns also the task that brings the result; `signal` wakes the one who waits for it.
    pub fn new(signal: Arc<Signal>, work: impl FnOnce() -> T + Send + 'static) -> (Self, BlockingTask) {
        let result = Arc::new(Mutex::new(Rank::Leaf, None));
        let theirs = result.clone();
        let work = Box::new(move || {
            let result = work();
            *theirs.lock() = Some(result);
        });
        (Self(result), BlockingTask { work, wake: WakeOnDrop(signal) })
    }

    /// The result, once; `None` while there is none yet.
    pub fn take(&self) -> Option<Result<T, NotRun>> {
        // Asked before the result is taken: the task writes it before it ends.
        let is_running = self.is_running();
        match self.0.lock().take() {
            Some(result) => Some(Ok(result)),
            None => (!is_running).then_some(Err(NotRun)),
        }
    }

    pub fn is_running(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_comes_when_the_task_has_run() {
        let signal = Arc::new(Signal::unopened());
        let (awaited, task) = Awaited::new(signal.clone(), || 7);
        assert!(awaited.take().is_none() && awaited.is_running() && !signal.take());
        task.run();
        assert!(signal.take() && !awaited.is_running());
        assert_eq!(awaited.take(), Some(Ok(7)));
    }

    #[test]
    fn a_task_that_nobody_runs_is_known_to_be_lost() {
        let signal = Arc::new(Signal::unopened());
        let (awaited, task) = Awaited::new(signal.clone(), || 7);
        drop(task);
        assert!(signal.take());
        assert_eq!(awaited.take(), Some(Err(NotRun)));
    }
}
