use super::*;

fn inbox(bytes: &[u8]) -> Inbox {
    Inbox { bytes: bytes.to_vec(), ..Inbox::default() }
}

fn frame(id: i32, body: &[u8]) -> Vec<u8> {
    let size = i32::try_from(body.len() + 4).unwrap();
    [&size.to_be_bytes(), &id.to_be_bytes(), body].concat()
}

#[test]
fn responses_are_found_one_by_one_and_a_part_of_one_waits() {
    let bytes = [frame(1, b"first"), frame(2, b""), frame(3, b"late")].concat();
    let mut inbox = inbox(&bytes[..bytes.len() - 1]);
    let mut found = Vec::new();
    while let Some(f) = inbox.next_frame(100, &mut |_| None).unwrap() {
        found.push((f.correlation_id, f.size, inbox.body(f.body).to_vec()));
    }
    assert_eq!(found, [(1, 9, b"first".to_vec()), (2, 4, Vec::new())]);
}

#[test]
fn a_size_that_no_response_can_have_ends_the_connection() {
    for (size, max) in [(3, 100), (101, 100), (-1, 100), (i32::MAX, 1000)] {
        let Err(e) = inbox(&size.to_be_bytes()).next_frame(max, &mut |_| None) else {
            panic!("size {size} is accepted")
        };
        assert_eq!(e.code, ErrorCode::_BAD_MSG);
        assert_eq!(
            e.text,
            format!("Invalid response size {size} (0..{max}): increase receive.message.max.bytes")
        );
    }
}
