//! DeleteTopics, versions 0 to 6: by name, and from version 6 on by id. Only the controller does it.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::protocol::delete_topics::{Request, RequestTopic, Response, ResponseTopic};
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::topic_id;

pub fn handle(
    brokers: &Brokers,
    catalogue: &mut Catalogue,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let by_name = request.topic_names.into_iter();
    let by_name = by_name.map(|name| RequestTopic { name: Some(name), topic_id: topic_id::UNKNOWN });
    let wanted: Vec<RequestTopic> = by_name.chain(request.topics).collect();
    let topics = wanted.into_iter().map(|topic| delete_one(brokers, catalogue, call, topic)).collect();
    let response = Response { throttle_time_ms: call.throttle_ms, topics };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn delete_one(
    brokers: &Brokers,
    catalogue: &mut Catalogue,
    call: &Call<'_>,
    wanted: RequestTopic,
) -> ResponseTopic {
    let by_id = wanted.name.is_none();
    let found = catalogue.iter().find(|t| match &wanted.name {
        Some(name) => t.name == *name,
        None => t.id == wanted.topic_id,
    });
    let found = found.map(|t| (t.name.clone(), t.id));
    let unknown = if by_id { ErrorCode::UNKNOWN_TOPIC_ID } else { ErrorCode::UNKNOWN_TOPIC_OR_PART };
    let outcome = call
        .pushed_error()
        .and_then(|()| brokers.check_controller(call))
        .and_then(|()| found.clone().ok_or(unknown))
        .and_then(|(name, _)| catalogue.delete(&name));
    let (name, topic_id) = found.map_or((wanted.name, wanted.topic_id), |(name, id)| (Some(name), id));
    ResponseTopic {
        name,
        topic_id,
        error_code: outcome.map_or_else(wire_code, |()| wire_code(ErrorCode::NO_ERROR)),
        error_message: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, open, send};
    use crate::protocol::ApiKey;
    use crate::protocol::delete_topics::VERSIONS;

    fn ask(c: &mut Cluster, broker: i32, version: i16, request: &Request) -> Vec<ResponseTopic> {
        let reply = send(c, broker, ApiKey::DeleteTopics, version, |out| request.encode(version, out));
        open(ApiKey::DeleteTopics, version, &reply.bytes.unwrap(), |r| {
            Response::decode(version, r).unwrap().topics
        })
    }

    #[test]
    fn by_name_and_by_id_at_the_controller() {
        let mut c = cluster(2);
        for version in VERSIONS {
            c.create_topic("t", 1, 1).unwrap();
            let mut request = Request::default();
            if version < 6 {
                request.topic_names = vec!["t".into(), "u".into()];
            } else {
                request.topics = ["t", "u"]
                    .map(|n| RequestTopic { name: Some(n.into()), topic_id: topic_id::UNKNOWN })
                    .to_vec();
            }
            assert_eq!(ask(&mut c, 2, version, &request)[0].error_code, 41);
            let codes: Vec<i16> = ask(&mut c, 1, version, &request).iter().map(|t| t.error_code).collect();
            assert_eq!(codes, [0, 3]);
            assert!(c.topic("t").is_none());
        }
        c.create_topic("t", 1, 1).unwrap();
        let topic_id = c.topic("t").unwrap().id;
        let request = Request { topics: vec![RequestTopic { name: None, topic_id }], ..Request::default() };
        assert_eq!(ask(&mut c, 1, 6, &request)[0].name.as_deref(), Some("t"));
        assert_eq!(ask(&mut c, 1, 6, &request)[0].error_code, 100);
    }
}
