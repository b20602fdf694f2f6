//! Samples of one interval.

use super::histogram::Histogram;

/// What the samples of an interval came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub min: i64,
    pub max: i64,
    pub avg: i64,
    pub sum: i64,
    pub cnt: u64,
    pub stddev: i64,
    pub p50: i64,
    pub p75: i64,
    pub p90: i64,
    pub p95: i64,
    pub p99: i64,
    pub p99_99: i64,
    /// Samples that the histogram has no place for.
    pub out_of_range: u64,
    /// Bytes of memory that the histogram takes.
    pub hdr_size: usize,
}

/// Collects samples until they are taken.
#[derive(Clone, Debug, Default)]
pub struct Window {
    histogram: Histogram,
    min: i64,
    max: i64,
    sum: i64,
    cnt: u64,
    out_of_range: u64,
}

impl Window {
    pub fn record(&mut self, v: i64) {
        self.record_all([v]);
    }

    /// Records samples that are close to each other more often than not, such as the waiting times of the
    /// messages of a batch: those of one step cost a comparison and an addition each.
    pub fn record_all(&mut self, samples: impl IntoIterator<Item = i64>) {
        let mut step = None;
        let mut pending = 0;
        let (mut min, mut max, mut sum, mut cnt) = (i64::MAX, i64::MIN, 0_i64, 0);
        for v in samples {
            min = min.min(v);
            max = max.max(v);
            sum = sum.saturating_add(v);
            cnt += 1;
            match step {
                Some((_, low, high)) if low <= v && v <= high => pending += 1,
                _ => {
                    self.add_step(step, pending);
                    step = Histogram::step(v);
                    pending = u32::from(step.is_some());
                    self.out_of_range += u64::from(step.is_none());
                }
            }
        }
        self.add_step(step, pending);
        if cnt > 0 {
            self.min = if self.cnt == 0 { min } else { self.min.min(min) };
            self.max = if self.cnt == 0 { max } else { self.max.max(max) };
            self.sum = self.sum.saturating_add(sum);
            self.cnt += cnt;
        }
    }

    fn add_step(&mut self, step: Option<(usize, i64, i64)>, n: u32) {
        if let Some((index, ..)) = step
            && n > 0
        {
            self.histogram.record(index, n);
        }
    }

    /// What was collected; the window is empty afterwards.
    pub fn take(&mut self) -> Summary {
        let [p50, p75, p90, p95, p99, p99_99] =
            self.histogram.quantiles([50.0, 75.0, 90.0, 95.0, 99.0, 99.99]);
        let summary = Summary {
            min: self.min,
            max: self.max,
            avg: i64::try_from(self.cnt).ok().and_then(|n| self.sum.checked_div(n)).unwrap_or(0),
            sum: self.sum,
            cnt: self.cnt,
            stddev: self.histogram.deviation(),
            p50,
            p75,
            p90,
            p95,
            p99,
            p99_99,
            out_of_range: self.out_of_range,
            hdr_size: self.histogram.memory(),
        };
        if self.cnt > 0 {
            self.histogram.clear();
            (self.min, self.max, self.sum, self.cnt, self.out_of_range) = (0, 0, 0, 0, 0);
        }
        summary
    }
}

#[cfg(test)]
mod tests;
