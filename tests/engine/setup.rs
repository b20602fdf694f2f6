//! Setting up a connection over a transport that has to agree on something with its peer first, as TLS does.

use super::rig::{Rig, Setting, ms};
use rdkafka::base::error::{Error, ErrorCode};
use rdkafka::broker::ConnectionState;
use rdkafka::conf::TopicSettings;
use rdkafka::net::Setup;
use std::time::Duration;

const SETUP_TIME: Duration = Duration::from_secs(3);

/// A broker that wants to connect over a transport that shakes hands and gets no answer.
fn shaking() -> Rig {
    let mut rig = Rig::new(Setting::Legacy, |s| s.network.connection_setup_timeout = SETUP_TIME);
    rig.wire().setup = Some(Setup::Handshaking);
    let p = rig.topic("t", 1, TopicSettings::default()).remove(0);
    rig.produce(&p);
    rig.serve();
    assert_eq!(rig.broker.handle().state(), ConnectionState::SslHandshake);
    rig
}

#[test]
fn nothing_is_sent_before_the_handshake_is_done() {
    let mut rig = shaking();
    rig.pass(ms(500));
    assert!(rig.wire().written.is_empty());
    rig.wire().setup = Some(Setup::Done);
    let sent = rig.sent(1);
    assert_eq!((sent[0].numbers(), rig.broker.handle().state()), (vec![0], ConnectionState::Up));
}

#[test]
fn a_handshake_that_stalls_ends_with_the_time_for_the_set_up() {
    let mut rig = shaking();
    rig.pass(SETUP_TIME - ms(1));
    assert_eq!(rig.told().downs, 0);
    rig.pass(ms(1));
    let down = rig.told().last_down.clone();
    let text = down.map(|e| e.text).unwrap_or_default();
    assert!(text.contains("Connection setup timed out in state SSL_HANDSHAKE"), "{text}");
}

#[test]
fn a_transport_fails_with_its_own_error_and_the_message_survives() {
    let mut rig = shaking();
    let error = Error::new(ErrorCode::_SSL, "certificate verify failed");
    rig.wire().setup = Some(Setup::Failed(error));
    rig.serve();
    let code = |rig: &Rig| rig.told().last_down.as_ref().map(|e| e.code);
    assert_eq!(code(&rig), Some(ErrorCode::_SSL));
    rig.wire().setup = None;
    rig.pass(Duration::from_secs(11));
    assert_eq!(rig.sent(1)[0].numbers(), [0]);
    assert_eq!(rig.broker.handle().state(), ConnectionState::Up);
    rig.wire().broken = Some(Error::new(ErrorCode::_SSL, "bad record mac"));
    rig.serve();
    assert_eq!(code(&rig), Some(ErrorCode::_SSL), "what breaks later is told as the transport says it");
}

/// The first request gets the whole of its time, which begins when it is made.
fn assert_asked_for_500_ms(rig: &mut Rig) {
    rig.pass(ms(499));
    assert_eq!(rig.told().downs, 0);
    rig.pass(ms(1));
    let down = rig.told().last_down.clone();
    let text = down.map(|e| e.text).unwrap_or_default();
    assert!(text.contains("ApiVersionRequest failed: Local: Timed out"), "{text}");
}

fn mute() -> Rig {
    let mut rig = Rig::new(Setting::Legacy, |s| s.versions.request_timeout = ms(500));
    rig.is_mute = true;
    let p = rig.topic("t", 1, TopicSettings::default()).remove(0);
    rig.produce(&p);
    rig
}

#[test]
fn the_time_that_connecting_takes_is_not_that_of_the_first_request() {
    let mut rig = mute();
    rig.wire().connect_takes = ms(2_000);
    rig.serve();
    assert_asked_for_500_ms(&mut rig);
}

#[test]
fn the_time_that_a_handshake_takes_is_not_that_of_the_first_request() {
    let mut rig = mute();
    rig.wire().setup = Some(Setup::Handshaking);
    rig.serve();
    rig.wire().handshake_takes = ms(2_000);
    rig.wire().setup = None;
    rig.serve();
    assert_asked_for_500_ms(&mut rig);
}
