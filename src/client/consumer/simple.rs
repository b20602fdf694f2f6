//! The simple consumer: partitions one by one, with offsets that are kept for each.

use super::member::Member;
use super::offset_file::{self, OffsetFile};
use super::offset_store::{OffsetStorage, OffsetStore};
use super::shared::Consumer;
use super::stores::commit;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::client::group;
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::queue::events::EventQueue;
use crate::conf::{OffsetMethod, TopicSettings};
use crate::consumer::error::ConsumerError;
use crate::consumer::fetch::outcome::News;
use crate::consumer::position::{Position, logical, reset_target};

/// What is to be read, and where it goes.
pub struct Start<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub settings: &'a TopicSettings,
    /// The queue that the messages go to, if not the partition's own.
    pub to: Option<&'a Arc<EventQueue>>,
}

impl Consumer {
    /// Begins to read a partition. From the stored offset on, what is stored is committed until the end.
    ///
    /// # Errors
    /// `_UNKNOWN_PARTITION` for a negative number, `_INVALID_ARG` for an offset that is none.
    pub fn start(&self, client: &Client, start: &Start<'_>) -> Result<(), ErrorCode> {
        if start.partition < 0 {
            return Err(ErrorCode::_UNKNOWN_PARTITION);
        }
        let from = Position::at(start.offset);
        let by_broker = start.settings.consumer.store.method == OffsetMethod::Broker;
        let known = match start.offset {
            logical::BEGINNING | logical::END => true,
            logical::STORED => !by_broker || self.has_group(),
            _ => from.is_absolute() || from.tail().is_some(),
        };
        if !known {
            return Err(ErrorCode::_INVALID_ARG);
        }
        let member = self.member(start.topic, start.partition);
        member.partition().set_budget(self.budget_of(start.to.unwrap_or(member.queue())));
        member.queue().forward(start.to);
        // As in librdkafka, offsets are kept by who asks for the stored one.
        let place = (start.offset == logical::STORED).then(|| self.open_place(&member, start, client));
        let from = match &place {
            Some(OffsetStorage::File(file)) => stored_in(file.as_ref(), &member, start.settings, client),
            Some(OffsetStorage::Broker) | None => Some(from),
        };
        let interval = start.settings.consumer.store.interval;
        *member.store() = place.map(|place| OffsetStore::new(place, interval, client.now()));
        let version = self.begin(&member, from, start.settings);
        if from.is_none() {
            self.tell_refused(&member, version);
        }
        self.post(MainOp::StoreOpened);
        Ok(())
    }

    fn open_place(&self, member: &Member, start: &Start<'_>, client: &Client) -> OffsetStorage {
        let method = &start.settings.consumer.store.method;
        let OffsetMethod::File { path, .. } = method else { return OffsetStorage::Broker };
        let group = self.settings.group.as_deref();
        let path = offset_file::path_of(path, start.topic, start.partition, group);
        let file = OffsetFile::open(&path, method).inspect_err(|e| {
            // As strerror() has it.
            let why = e.to_string();
            let why = why.split(" (os error").next().unwrap_or_default();
            let text =
                format!("{:?}: Failed to open offset file {}: {why}", member.partition(), path.display());
            client.tell_error(Error::new(ErrorCode::_FS, text));
        });
        if let Ok(file) = &file {
            let in_file = file.read();
            if in_file.is_err() {
                let text = format!("{:?}: Unable to parse offset in {}", member.partition(), path.display());
                client.tell_error(Error::new(ErrorCode::_FS, text));
            }
            member.set_committed(in_file.ok().flatten().map_or(Position::INVALID, Position::at));
        }
        OffsetStorage::File(file.ok())
    }

    /// There is nowhere to begin.
    fn tell_refused(&self, member: &Member, version: i32) {
        let p = member.partition();
        let text = format!("non-readable offset file: {}", ErrorCode::_FS.describe());
        let error = ConsumerError {
            partition: Some(p.clone()),
            version,
            topic: Some(p.topic().clone()),
            code: ErrorCode::_AUTO_OFFSET_RESET,
            text,
            offset: logical::INVALID,
            broker_id: -1,
        };
        self.deliver(vec![News::Error(Box::new(error))]);
    }

    /// Ends the reading of a partition. When this returns nothing more comes of it, and what was read is
    /// committed.
    ///
    /// # Errors
    /// `_UNKNOWN_PARTITION` for a partition that was never used.
    pub fn stop(&self, client: &Client, topic: &str, number: i32) -> Result<(), ErrorCode> {
        let member = self.find(topic, number).ok_or(ErrorCode::_UNKNOWN_PARTITION)?;
        let store = member.store().take();
        let last = store.and_then(|mut store| commit(&member, store.place(), client));
        self.end(&member);
        if let Some(offset) = last {
            // Whatever it comes to is told or logged.
            let _ = group::commit(client, Some(vec![offset]));
        }
        Ok(())
    }
}

/// The offset in the file; without one, where `auto.offset.reset` says. `None`: nowhere.
fn stored_in(
    file: Option<&OffsetFile>,
    member: &Member,
    settings: &TopicSettings,
    client: &Client,
) -> Option<Position> {
    if let Some(offset) = file.and_then(|file| file.read().ok().flatten()) {
        return Some(Position::at(offset));
    }
    let target = reset_target(settings.consumer.offset_reset)?;
    let to = if target == logical::BEGINNING { "BEGINNING" } else { "END" };
    client.logger().log(
        Level::Warning,
        "OFFSET",
        format_args!(
            "{:?}: offset reset (at offset INVALID (leader epoch -1), broker -1) to offset {to} (leader epoch -1): \
             non-readable offset file: {}",
            member.partition(),
            ErrorCode::_FS.describe()
        ),
    );
    Some(Position::at(target))
}
