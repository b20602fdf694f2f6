//! What an engine that serves many partitions at once counts of its own. See the module's notes on how to add
//! to it.

use super::counter::Counter;
use super::snapshot;
use super::tally::{EngineTallies, Tallies};
pub use super::trigger::Trigger;
use super::window::Window;
use crate::base::sync::{Mutex, OnceLock, Rank};

/// What is only kept while statistics are on.
#[derive(Debug, Default)]
struct EngineWindows {
    fill: Window,
    wait: Window,
    adaptive: Option<snapshot::Adaptive>,
}

/// One per broker; the engine gets it with each pass. Nothing is kept, and nothing counted, for an engine
/// that has not asked for it.
pub struct EngineStats {
    on: bool,
    own: OnceLock<Box<Own>>,
    /// What is pushed to brokers that ask for it.
    pub(super) tallies: Tallies<EngineTallies>,
}

struct Own {
    triggers: [Counter; Trigger::ALL.len()],
    windows: Option<Mutex<EngineWindows>>,
}

impl EngineStats {
    #[must_use]
    pub fn new(on: bool) -> Self {
        Self { on, own: OnceLock::new(), tallies: Tallies::new() }
    }

    /// The engine has figures of its own: from now on they are counted, and the document shows them.
    pub fn enable(&self) {
        let new = || Own {
            triggers: [const { Counter::new() }; Trigger::ALL.len()],
            windows: self.on.then(|| Mutex::new(Rank::Leaf, EngineWindows::default())),
        };
        self.own.get_or_init(|| Box::new(new()));
    }

    /// A request was put together because of this.
    pub fn triggered(&self, by: Trigger) {
        if let Some(c) = self.own.get().and_then(|own| own.triggers.get(by as usize)) {
            c.add(1);
        }
        self.tallies.with(|t| {
            if let Some(n) = t.triggers.get_mut(by as usize) {
                *n += 1;
            }
        });
    }

    /// How full a request is, in thousandths of the limit of its size.
    pub fn record_fill(&self, permille: i64) {
        self.with(|w| w.fill.record(permille));
        self.tallies.with(|t| t.fill.record(permille));
    }

    /// Microseconds for which partitions waited to be put into a request together.
    pub fn record_wait(&self, us: i64) {
        self.with(|w| w.wait.record(us));
        self.tallies.with(|t| t.wait.record(us));
    }

    /// What adaptive batching has come to.
    pub fn set_adaptive(&self, state: snapshot::Adaptive) {
        self.with(|w| w.adaptive = Some(state));
    }

    fn with(&self, f: impl FnOnce(&mut EngineWindows)) {
        if let Some(w) = self.own.get().and_then(|own| own.windows.as_ref()) {
            f(&mut w.lock());
        }
    }

    /// What has been tallied since this was asked last.
    #[must_use]
    pub fn take_tallies(&self) -> EngineTallies {
        self.tallies.take()
    }

    /// All of it; windows start anew. `None` while no engine has asked to be shown.
    #[must_use]
    pub fn take(&self) -> Option<snapshot::Engine> {
        let own = self.own.get()?;
        let mut engine = snapshot::Engine::default();
        for (to, from) in engine.triggers.iter_mut().zip(&own.triggers) {
            *to = from.get();
        }
        self.with(|w| {
            engine.fill = w.fill.take();
            engine.wait = w.wait.take();
            engine.adaptive = w.adaptive;
        });
        Some(engine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_shown_once_it_asks_for_it() {
        let e = EngineStats::new(true);
        e.triggered(Trigger::Linger);
        e.record_fill(400);
        assert!(e.own.get().is_none() && e.take().is_none());
        e.enable();
        e.triggered(Trigger::Linger);
        e.record_fill(500);
        let shown = e.take().unwrap();
        assert_eq!((shown.triggers, shown.fill.cnt, shown.fill.max), ([0, 0, 0, 1, 0], 1, 500));
        assert_eq!(e.take().unwrap().fill.cnt, 0);
    }
}
