//! Messages whose time was over while they waited, and why. That is found out when it happens, once for a
//! partition: nothing is noted for a message before.

use crate::base::line::Line;
use crate::base::log::{Logger, debug};
use crate::base::sync::Arc;
use crate::producer::partition::Partition;
use crate::producer::partition::cause;
use crate::producer::partition::report::{Report, ReportText};

/// What kept messages from leaving, as far as the partition knows.
pub(super) enum Waited {
    /// Nothing else matters.
    Held(String),
    /// Unless whoever serves the partition knows better.
    For(String),
}

/// Messages of a partition whose time is over.
pub struct TimedOut {
    partition: Arc<Partition>,
    report: Report,
    waited: Waited,
    last_failure: Option<String>,
}

impl TimedOut {
    pub(super) fn new(
        partition: Arc<Partition>,
        report: Report,
        waited: Waited,
        last_failure: Option<String>,
    ) -> Self {
        Self { partition, report, waited, last_failure }
    }

    /// The report with its text. `obstacle` is asked what keeps the partition's messages from leaving that is
    /// none of the partition's own.
    pub fn explain(self, obstacle: impl FnOnce(&Partition) -> Option<String>) -> Report {
        let mut why = match self.waited {
            Waited::Held(why) => why,
            Waited::For(why) => obstacle(&self.partition).unwrap_or(why),
        };
        if let Some(last) = self.last_failure {
            why = format!("{why}; {last}");
        }
        let text = ReportText::Cause(cause::text(self.report.error, &why));
        Report { text: Some(text), ..self.report }
    }
}

/// Logs messages that have timed out, as librdkafka does; `who` is the broker that they waited for.
pub fn log_timed_out(reports: &[Report], logger: &Logger, who: Option<Arc<str>>) {
    for report in reports {
        let Some(ReportText::Cause(text)) = &report.text else { continue };
        logger.debug(debug::MSG, "TIMEOUT", || {
            let begin = who.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            let ids = || report.runs.iter().flat_map(|run| [run.first_msgid(), run.last_msgid()]);
            let text = format!(
                "{}{} [{}]: timed out {} message(s) (MsgId {}..{}): message.timeout.ms exceeded: {text}",
                begin,
                report.topic.name,
                report.partition,
                report.messages(),
                ids().min().unwrap_or(0),
                ids().max().unwrap_or(0),
            );
            let line = Line::new(text).of_partition(&report.topic.name, report.partition);
            who.iter().fold(line.of_error(report.error), |line, name| line.of_broker(name.clone()))
        });
    }
}
