//! A histogram of two significant decimal digits: exact up to 255, then 128 steps per power of two.
//!
//! Steps, quantiles and deviation are those of an HDR histogram as librdkafka configures it, so that
//! percentiles of the same samples are the same numbers. Memory is taken for what was seen, not for what
//! might be seen.

/// Steps per power of two.
const HALF: usize = 128;
/// Bits of a value that are kept.
const KEPT_BITS: u32 = 8;
/// Samples from here on are out of range: two weeks in microseconds.
const LIMIT: u64 = 1 << 40;

#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

fn shift_of(v: u64) -> u32 {
    (u64::BITS - v.leading_zeros()).saturating_sub(KEPT_BITS)
}

fn index_of(v: u64) -> usize {
    let shift = shift_of(v);
    // What is left of `v` has eight bits at the most.
    shift as usize * HALF + (v >> shift) as usize
}

/// The step at an index: its lowest value and its width.
fn step_at(index: usize) -> (u64, u64) {
    let shift = (index / HALF).saturating_sub(1);
    (((index - shift * HALF) as u64) << shift, 1 << shift)
}

impl Histogram {
    /// The step of a value, for many samples at once: index, lowest and highest value. `None`: out of range.
    pub(super) fn step(v: i64) -> Option<(usize, i64, i64)> {
        let v = u64::try_from(v).ok().filter(|v| *v < LIMIT)?;
        let index = index_of(v);
        let (lowest, width) = step_at(index);
        Some((index, lowest.cast_signed(), (lowest + width - 1).cast_signed()))
    }

    /// Counts `n` samples of the step at `index`.
    pub(super) fn record(&mut self, index: usize, n: u32) {
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        if let Some(c) = self.counts.get_mut(index) {
            *c = c.saturating_add(n);
            self.total += u64::from(n);
        }
    }

    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + self.counts.capacity() * size_of::<u32>()
    }

    fn steps(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let used = self.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        used.map(|(i, n)| {
            let (lowest, width) = step_at(i);
            (lowest, width, u64::from(*n))
        })
    }

    /// For each of the ascending quantiles (in percent), the highest value of the step in which it lies.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn quantiles<const N: usize>(&self, percent: [f64; N]) -> [i64; N] {
        let mut out = [0; N];
        let mut seen = 0;
        let mut wanted = percent.iter().zip(&mut out).peekable();
        for (lowest, width, n) in self.steps() {
            seen += n;
            while let Some((_, out)) =
                wanted.next_if(|(q, _)| seen >= ((**q / 100.0) * self.total as f64 + 0.5) as u64)
            {
                *out = (lowest + width - 1).cast_signed();
            }
        }
        out
    }

    /// Standard deviation, each sample taken as the middle of its step.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    pub(super) fn deviation(&self) -> i64 {
        if self.total == 0 {
            return 0;
        }
        let middles = || self.steps().map(|(lowest, width, n)| ((lowest + width / 2) as f64, n as f64));
        let total = self.total as f64;
        let mean = middles().map(|(v, n)| v * n).sum::<f64>() / total;
        let variance = middles().map(|(v, n)| (v - mean) * (v - mean) * n).sum::<f64>() / total;
        variance.sqrt() as i64
    }
}

#[cfg(test)]
mod tests;
