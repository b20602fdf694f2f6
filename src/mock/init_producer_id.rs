//! InitProducerId, versions 0 to 5.
//!
//! Ids come from a counter. Deviation from Kafka: a transactional id has no transaction to be aborted yet, and every
//! broker is its coordinator.

use super::call::{Answer, Call, wire_code};
use super::core::{Cluster, HandedOut};
use crate::base::error::ErrorCode;
use crate::protocol::init_producer_id::{Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = Request::decode(call.version, body)?;
    let response = match call.pushed_error().and_then(|()| cluster.init_producer_id(&request)) {
        Ok((producer_id, producer_epoch)) => Response { producer_id, producer_epoch, ..Response::default() },
        Err(code) => Response { error_code: wire_code(code), producer_epoch: -1, ..Response::default() },
    };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl Cluster {
    fn init_producer_id(&mut self, request: &Request) -> Result<(i64, i16), ErrorCode> {
        // As in Kafka, what a producer without a transactional id says about itself does not matter.
        let Some(name) = &request.transactional_id else {
            return Ok((self.new_producer_id(false), 0));
        };
        if name.is_empty() {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        let known = self.transactional.get(name).copied();
        let current = match known {
            Some((id, epoch)) if request.producer_id >= 0 => {
                if id != request.producer_id {
                    return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
                }
                if epoch != request.producer_epoch {
                    return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
                }
                Some((id, epoch))
            }
            None if request.producer_id >= 0 => return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING),
            known => known,
        };
        let (id, epoch) = match current {
            // The last epoch is never given out: a producer that has it could not be fenced any more.
            Some((id, epoch)) if epoch < i16::MAX - 1 => (id, epoch + 1),
            _ => (self.new_producer_id(true), 0),
        };
        self.producer_ids.insert(id, HandedOut { epoch, transactional: true });
        self.transactional.insert(name.clone(), (id, epoch));
        Ok((id, epoch))
    }

    fn new_producer_id(&mut self, transactional: bool) -> i64 {
        let id = self.next_producer_id;
        self.next_producer_id += 1;
        self.producer_ids.insert(id, HandedOut { epoch: 0, transactional });
        id
    }

    /// Whether a batch comes from a producer that may write.
    pub(super) fn check_producer(&self, id: i64, epoch: i16) -> Result<(), ErrorCode> {
        match self.producer_ids.get(&id) {
            None => Err(ErrorCode::UNKNOWN_PRODUCER_ID),
            // Only transactional producers get their epochs from here; others may raise theirs themselves (KIP-360).
            Some(p) if p.transactional && p.epoch != epoch => Err(ErrorCode::INVALID_PRODUCER_EPOCH),
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cluster, exchange};
    use super::*;
    use crate::protocol::api::ApiKey;
    use crate::protocol::init_producer_id::VERSIONS;

    fn ask(c: &mut Cluster, version: i16, request: &Request) -> (i16, i64, i16) {
        let r = exchange(
            c,
            ApiKey::InitProducerId,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        );
        (r.error_code, r.producer_id, r.producer_epoch)
    }

    #[test]
    fn ids_are_never_given_twice() {
        let mut c = cluster(1);
        for version in VERSIONS {
            let (error, id, epoch) = ask(&mut c, version, &Request::default());
            assert_eq!((error, id, epoch), (0, 1000 + i64::from(version), 0));
        }
        assert_eq!(c.check_producer(1000, 3), Ok(()));
        assert_eq!(c.check_producer(7, 0), Err(ErrorCode::UNKNOWN_PRODUCER_ID));
    }

    #[test]
    fn a_transactional_id_keeps_its_producer_id_and_fences_the_older_one() {
        let mut c = cluster(1);
        let named = Request { transactional_id: Some("t".into()), ..Request::default() };
        assert_eq!(ask(&mut c, 4, &named), (0, 1000, 0));
        assert_eq!(ask(&mut c, 4, &named), (0, 1000, 1));
        assert_eq!(c.check_producer(1000, 0), Err(ErrorCode::INVALID_PRODUCER_EPOCH));
        let again = Request { producer_id: 1000, producer_epoch: 1, ..named.clone() };
        assert_eq!(ask(&mut c, 4, &again), (0, 1000, 2));
        assert_eq!(ask(&mut c, 4, &again), (47, -1, -1), "that epoch is over");
        let other = Request { producer_id: 5, producer_epoch: 2, ..named };
        assert_eq!(ask(&mut c, 4, &other), (49, -1, -1));
        let empty = Request { transactional_id: Some(String::new()), ..Request::default() };
        assert_eq!(ask(&mut c, 4, &empty), (42, -1, -1));
    }

    #[test]
    fn pushed_errors_come_first() {
        let mut c = cluster(1);
        c.push_request_errors(ApiKey::InitProducerId.0, &[ErrorCode::COORDINATOR_LOAD_IN_PROGRESS]);
        assert_eq!(ask(&mut c, 4, &Request::default()), (14, -1, -1));
        assert_eq!(ask(&mut c, 4, &Request::default()), (0, 1000, 0));
    }
}
