//! Which queues bring what a consumer reads: the time that the application waits there is measured, whichever
//! function it waits in.

use super::{Prioritized, Queue};
use crate::base::sync::Arc;
use crate::base::sync::atomic::Ordering;

impl<E: Prioritized> Queue<E> {
    /// A queue of a consumer's messages.
    #[must_use]
    pub fn of_consumer() -> Arc<Self> {
        let queue = Arc::new(Self::new());
        queue.mark_consumed();
        queue
    }

    /// From now on a consumer's messages come to this queue, and to where it leads.
    pub(super) fn mark_consumed(&self) {
        self.consumed.store(true, Ordering::Relaxed);
        if let Some(next) = self.next() {
            next.mark_consumed();
        }
    }

    /// Whether a consumer's messages have ever come to this queue, or come to where it leads.
    #[must_use]
    pub fn is_consumed(&self) -> bool {
        self.consumed.load(Ordering::Relaxed) || self.next().is_some_and(|next| next.is_consumed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::queue::events::EventQueue;

    #[test]
    fn what_leads_to_a_consumers_queue_and_what_it_leads_to_are_consumed() {
        let [front, back, last, other] = std::array::from_fn(|_| Arc::new(EventQueue::new()));
        let queue = EventQueue::of_consumer();
        assert!(queue.is_consumed() && !front.is_consumed());
        front.forward(Some(&queue));
        other.forward(Some(&last));
        assert!(front.is_consumed() && !other.is_consumed());
        back.forward(Some(&last));
        queue.forward(Some(&back));
        assert!([&front, &queue, &back, &last, &other].iter().all(|q| q.is_consumed()));
        queue.forward(None);
        front.forward(None);
        assert!(queue.is_consumed() && !front.is_consumed());
    }
}
