//! A codec's contexts, one per level: topics may have levels of their own, and their batches take turns.

use super::error::Error;

/// Contexts of more levels than this are not kept: those of high levels are large.
pub(super) const MOST: usize = 4;

/// The contexts of one codec, those used last first.
#[derive(Debug)]
pub(super) struct Contexts<C>(Vec<(i32, C)>);

impl<C> Default for Contexts<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<C> Contexts<C> {
    /// The context of a level; a new one takes the place of the one that has rested longest.
    pub(super) fn of(
        &mut self,
        level: i32,
        new: impl FnOnce(i32) -> Result<C, Error>,
    ) -> Result<&mut C, Error> {
        if let Some(used) =
            self.0.iter().position(|(of, _)| *of == level).and_then(|at| self.0.get_mut(..=at))
        {
            used.rotate_right(1);
        } else {
            self.0.truncate(MOST - 1);
            self.0.insert(0, (level, new(level)?));
        }
        self.0.first_mut().map(|(_, context)| context).ok_or(Error::OutOfMemory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_made_once_and_the_one_that_rests_longest_goes() {
        let mut made = Vec::new();
        let mut contexts = Contexts::default();
        for level in [1, 2, 1, 3, 4, 2, 1, 5, 3] {
            let found = contexts.of(level, |level| {
                made.push(level);
                Ok(level * 10)
            });
            assert_eq!(found.copied(), Ok(level * 10));
        }
        // When 5 came, 3 had rested longest.
        assert_eq!(made, [1, 2, 3, 4, 5, 3]);
        assert_eq!(contexts.0.len(), MOST);
        assert_eq!(contexts.of(9, |_| Err(Error::OutOfMemory)), Err(Error::OutOfMemory));
    }
}
