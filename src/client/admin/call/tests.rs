use super::*;

fn grow(names: &[&str]) -> AdminCall {
    let topic = |name: &&str| create_partitions::RequestTopic {
        name: (*name).to_owned(),
        ..create_partitions::RequestTopic::default()
    };
    let topics = names.iter().map(topic).collect();
    AdminCall::CreatePartitions(create_partitions::Request {
        topics,
        ..create_partitions::Request::default()
    })
}

/// What comes of the answers `(name, code)` to a request for `asked`: the outcomes, or why they are none.
fn answered(asked: &[&str], answers: &[(&str, i16)]) -> Result<Vec<(String, String)>, String> {
    let topic = |(name, error_code): &(&str, i16)| create_partitions::ResponseTopic {
        name: (*name).to_owned(),
        error_code: *error_code,
        error_message: (*error_code == 36).then(|| "it is there".to_owned()),
    };
    let topics = answers.iter().map(topic).collect();
    let response = create_partitions::Response { topics, ..create_partitions::Response::default() };
    let mut body = Vec::new();
    response.encode(3, &mut body);
    let results = decode(ApiKey::CreatePartitions, 3, &body).unwrap();
    match grow(asked).in_order(results) {
        Ok(Results::Topics(t)) => Ok(t.into_iter().map(|t| (t.name, t.error.text)).collect()),
        Ok(_) => Err("results of another kind".to_owned()),
        Err(e) => Err(e.text),
    }
}

#[test]
fn outcomes_come_in_the_order_of_the_request() {
    let found = answered(&["c", "a", "b"], &[("a", 0), ("b", 36), ("c", 37)]).unwrap();
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["c", "a", "b"]);
    assert_eq!(found[2].1, "it is there");
    assert_eq!(Some(found[0].1.as_str()), ErrorCode(37).text(), "a broker may leave the text to the client");
    assert_eq!(answered(&["a", "b"], &[("b", 0)]).unwrap().len(), 1, "what was not answered is left out");
}

#[test]
fn answers_that_do_not_fit_are_refused() {
    assert!(answered(&["a"], &[("b", 0)]).unwrap_err().contains("not asked for"));
    assert!(answered(&["a"], &[("a", 0), ("a", 0)]).unwrap_err().contains("multiple times"));
    assert!(answered(&["a", "a"], &[("a", 0), ("a", 0)]).unwrap_err().contains("multiple times"));
    assert!(
        decode(ApiKey::CreatePartitions, 3, &[0, 0, 0, 0, 9]).is_err_and(|e| e.code == ErrorCode::_BAD_MSG)
    );
}
