//! A line of the log, and what it is about.

use super::error::ErrorCode;
use super::sync::Arc;
use std::time::Duration;

/// A request as a line tells of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AboutRequest {
    pub api: &'static str,
    pub correlation_id: i32,
    /// How long the answer took, if there is one.
    pub took: Option<Duration>,
}

/// What a line is about, for those who want more than its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The broker's name.
    pub broker: Option<Arc<str>>,
    pub topic: Option<String>,
    pub partition: Option<i32>,
    pub error: Option<ErrorCode>,
    pub request: Option<AboutRequest>,
}

/// A text with what it is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub text: String,
    pub about: About,
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self { text, about: About::default() }
    }
}

impl Line {
    #[must_use]
    pub fn new(text: String) -> Self {
        text.into()
    }

    #[must_use]
    pub fn of_broker(mut self, name: Arc<str>) -> Self {
        self.about.broker = Some(name);
        self
    }

    #[must_use]
    pub fn of_topic(mut self, topic: &str) -> Self {
        self.about.topic = Some(topic.to_owned());
        self
    }

    #[must_use]
    pub fn of_partition(mut self, topic: &str, partition: i32) -> Self {
        self.about.partition = Some(partition);
        self.of_topic(topic)
    }

    #[must_use]
    pub fn of_error(mut self, code: ErrorCode) -> Self {
        self.about.error = Some(code);
        self
    }

    #[must_use]
    pub fn of_request(mut self, request: AboutRequest) -> Self {
        self.about.request = Some(request);
        self
    }
}
