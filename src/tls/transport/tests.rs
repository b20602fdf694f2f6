use super::*;
use crate::base::log::{Lines, Logger};
use crate::conf::{TlsSettings, Trust};
use crate::tls::issue::Issued;
use crate::tls::server::{Options, Server};
use crate::tls::{Presented, Verdict, Verifier};
use openssl::ssl::NameType;
use std::collections::VecDeque;

/// What lies between the two ends.
#[derive(Default)]
struct Network {
    to_server: VecDeque<u8>,
    to_client: VecDeque<u8>,
    /// How many bytes the client's socket takes.
    space: usize,
    sends: usize,
    ended: bool,
}

struct Pipe(Arc<Mutex<Network>>, bool);

impl Transport for Pipe {
    fn connect(&mut self, _endpoint: &Endpoint, _now: Time) -> Result<(), Error> {
        self.1 = true;
        Ok(())
    }

    fn poll_setup(&mut self) -> Setup {
        Setup::Done
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        let mut network = self.0.lock();
        network.sends += 1;
        let mut taken = 0;
        for buf in bufs {
            let n = buf.len().min(network.space);
            network.space -= n;
            network.to_server.extend(&buf[..n]);
            taken += n;
        }
        Ok(taken)
    }

    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let mut network = self.0.lock();
        let n = network.to_client.len().min(max);
        if n == 0 && network.ended {
            return Err(CloseReason::Ended);
        }
        buf.extend(network.to_client.drain(..n));
        Ok(n)
    }

    fn close(&mut self) {
        self.1 = false;
    }

    fn is_open(&self) -> bool {
        self.1
    }

    fn peer(&self) -> &str {
        "pipe"
    }

    fn poll(&self, _signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken {
        Woken { readable: timeout.is_none(), writable: interest.write }
    }
}

/// A client and a server, and the wire between them.
struct Rig {
    network: Arc<Mutex<Network>>,
    client: TlsTransport,
    server: Server,
    peer: Option<Session>,
    /// The server's.
    chain: Vec<u8>,
    key: Vec<u8>,
}

fn contexts(settings: &TlsSettings, verifier: Option<Verifier>, log: &Logger) -> Arc<Contexts> {
    Arc::new(Contexts::new(settings, verifier, log).unwrap())
}

fn settings(authority: &Issued) -> TlsSettings {
    let pem = String::from_utf8(authority.certificate_pem().unwrap()).unwrap();
    let trust = Trust { ca_pem: Some(pem), verifies: true, identifies: true, ..Trust::default() };
    TlsSettings { trust, ..TlsSettings::default() }
}

impl Rig {
    fn new(names: &[&str]) -> Self {
        Self::with(names, |settings| contexts(settings, None, &Logger::silent()))
    }

    fn with(names: &[&str], contexts: impl FnOnce(&TlsSettings) -> Arc<Contexts>) -> Self {
        let authority = Issued::authority("authority").unwrap();
        let own = authority.issue("broker", names).unwrap();
        let (chain, key) = (own.certificate_pem().unwrap(), own.key_pem().unwrap());
        let contexts = contexts(&settings(&authority));
        let network = Arc::new(Mutex::new(Rank::Queue, Network { space: usize::MAX, ..Network::default() }));
        let client = TlsTransport::new(Box::new(Pipe(network.clone(), false)), contexts);
        let options = Options { chain: &chain, key: &key, client_authorities: None, only_tls_1_2: false };
        let server = Server::new(&options).unwrap();
        Self { network, client, server, peer: None, chain, key }
    }

    fn connect(&mut self, host: &str) -> Setup {
        self.client.connect(&Endpoint::new(host, 1), Time(0)).unwrap();
        *self.network.lock() = Network { space: usize::MAX, ..Network::default() };
        self.peer = Some(self.server.accept().unwrap());
        let mut setup = Setup::Handshaking;
        while setup == Setup::Handshaking {
            setup = self.client.poll_setup();
            self.serve();
        }
        setup
    }

    /// The server takes what has come. Returns what the client has sent it.
    fn serve(&mut self) -> Vec<u8> {
        let peer = self.peer.as_mut().unwrap();
        let mut network = self.network.lock();
        peer.received().extend(network.to_server.drain(..));
        let mut plain = Vec::new();
        while let Ok(Received::Bytes(_)) = peer.read(&mut plain, 1 << 16) {}
        network.to_client.extend(peer.outgoing());
        peer.remove_sent(peer.outgoing().len());
        plain
    }

    fn answer(&mut self, bytes: &[u8]) {
        self.peer.as_mut().unwrap().write(bytes).unwrap();
        self.serve();
    }
}

fn is_done(setup: &Setup) {
    assert_eq!(*setup, Setup::Done);
}

fn text(setup: &Setup) -> &str {
    match setup {
        Setup::Failed(error) => &error.text,
        other => panic!("{other:?}"),
    }
}

fn noise(len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(len as u64);
    (0..len).map(|_| random.u8(..)).collect()
}

#[test]
fn bytes_of_all_kinds_of_segments_arrive_as_they_were_and_in_few_writes() {
    let mut rig = Rig::new(&["broker.example"]);
    is_done(&rig.connect("broker.example"));
    let parts: Vec<Vec<u8>> =
        [0, 1, 100, 5000, 16_384, 16_385, 70_000, 3, 4095, 4096, 300_000].map(noise).to_vec();
    let slices: Vec<IoSlice<'_>> = parts.iter().map(|p| IoSlice::new(p)).collect();
    let all = parts.concat();
    rig.network.lock().sends = 0;
    assert_eq!(rig.client.send(&slices).unwrap(), all.len());
    assert!(rig.network.lock().sends <= 1 + all.len() / OUTGOING);
    assert_eq!(rig.serve(), all);
}

#[test]
fn what_was_taken_is_sent_later_and_never_asked_for_again() {
    let mut rig = Rig::new(&["broker.example"]);
    is_done(&rig.connect("broker.example"));
    let all = noise(1 << 20);
    let (mut at, mut arrived, mut refused) = (0, Vec::new(), 0);
    let mut random = fastrand::Rng::with_seed(7);
    while arrived.len() < all.len() {
        rig.network.lock().space = random.usize(..40_000);
        let n = rig.client.send(&[IoSlice::new(&all[at..])]).unwrap();
        refused += usize::from(n == 0);
        at += n;
        // What is left goes out with the next call of any kind.
        rig.network.lock().space = random.usize(..40_000);
        assert_eq!(rig.client.recv(&mut Vec::new(), 10).unwrap(), 0);
        arrived.extend(rig.serve());
    }
    assert_eq!(at, all.len());
    assert!(refused > 5, "{refused}");
    assert_eq!(arrived, all);
}

#[test]
fn a_transport_that_has_something_to_send_waits_for_space() {
    let mut rig = Rig::new(&["broker.example"]);
    is_done(&rig.connect("broker.example"));
    let signal = Signal::unopened();
    let interest = Interest { read: true, write: false };
    assert!(!rig.client.wait(&signal, interest, None).writable);
    rig.network.lock().space = 10;
    assert_eq!(rig.client.send(&[IoSlice::new(b"hello")]).unwrap(), 5);
    assert!(rig.client.wait(&signal, interest, None).writable);
}

#[test]
fn bytes_that_are_left_over_need_no_waiting() {
    let mut rig = Rig::new(&["broker.example"]);
    is_done(&rig.connect("broker.example"));
    let all = noise(100_000);
    rig.answer(&all);
    let mut got = Vec::new();
    let (signal, interest) = (Signal::unopened(), Interest { read: true, write: false });
    while rig.client.recv(&mut got, 1000).unwrap() == 1000 {
        let timeout = Some(Duration::from_secs(1));
        assert!(rig.client.wait(&signal, interest, timeout).readable);
    }
    assert_eq!(got, all);
    assert!(!rig.client.wait(&signal, interest, Some(Duration::from_secs(1))).readable);
}

#[test]
fn the_next_connection_resumes_the_session_unless_it_is_to_another_broker() {
    let mut rig = Rig::new(&["broker.example", "other.example"]);
    let mut resumed = Vec::new();
    for host in ["broker.example", "broker.example", "broker.example", "other.example", "other.example"] {
        is_done(&rig.connect(host));
        resumed.push(rig.client.session.as_ref().unwrap().ssl().session_reused());
        // The ticket comes after the handshake.
        assert_eq!(rig.client.recv(&mut Vec::new(), 10).unwrap(), 0);
        rig.client.close();
    }
    assert_eq!(resumed, [false, true, true, false, true]);
}

#[test]
fn a_certificate_for_other_names_is_refused_with_these_names() {
    let mut rig = Rig::new(&["broker.example", "*.example.org", "192.0.2.1", "2001:db8::1"]);
    for host in ["broker.example", "a.example.org", "192.0.2.1", "2001:db8::1"] {
        is_done(&rig.connect(host));
    }
    let named = "names broker.example, *.example.org, 192.0.2.1, 2001:db8::1, not ";
    for host in ["example.org", "a.b.example.org", "192.0.2.2", "2001:db8::2"] {
        let setup = rig.connect(host);
        assert!(
            text(&setup).starts_with("SSL handshake failed: error:0A000086:SSL routines::certificate verify")
        );
        assert!(text(&setup).ends_with(&format!("{named}{host}")), "{}", text(&setup));
        assert!(!rig.client.is_open());
    }
}

#[test]
fn names_and_addresses_of_a_certificate_are_compared_with_the_host() {
    let names = ["*.example.org", "localhost", "127.0.0.1", "::1"];
    let accepted = ["a.example.org", "LOCALHOST", "127.0.0.1", "::1", "[::1]"];
    let refused = ["example.org", "a.b.example.org", "127.0.0.2", "::2", "local"];
    for host in accepted {
        assert_eq!(Rig::new(&names).connect(host), Setup::Done, "{host}");
    }
    for host in refused {
        assert!(matches!(Rig::new(&names).connect(host), Setup::Failed(_)), "{host}");
    }
    // An address is no name, even if a certificate says so.
    assert!(matches!(Rig::new(&["*.0.0.1"]).connect("127.0.0.1"), Setup::Failed(_)));
}

#[test]
fn a_server_learns_by_which_name_it_is_called() {
    let mut rig = Rig::new(&["localhost", "127.0.0.1"]);
    for (host, named) in [("localhost", Some("localhost")), ("127.0.0.1", None)] {
        is_done(&rig.connect(host));
        let name = rig.peer.as_ref().unwrap().ssl().servername(NameType::HOST_NAME).map(str::to_owned);
        assert_eq!(name.as_deref(), named);
    }
}

#[test]
fn a_peer_that_wants_to_renegotiate_is_refused() {
    let mut rig = Rig::new(&["localhost"]);
    let (chain, key) = (&rig.chain, &rig.key);
    rig.server.replace(&Options { chain, key, client_authorities: None, only_tls_1_2: true }).unwrap();
    is_done(&rig.connect("localhost"));
    let peer = rig.peer.as_mut().unwrap();
    crate::tls::sys::ask_to_renegotiate(peer.ssl());
    assert_eq!(peer.shake_hands(), Ok(true), "the question is on its way");
    rig.answer(b"");
    // What there is to say to that leaves with the next step.
    for _ in 0..2 {
        assert_eq!(rig.client.recv(&mut Vec::new(), 100).unwrap(), 0);
    }
    let peer = rig.peer.as_mut().unwrap();
    peer.received().extend(rig.network.lock().to_server.drain(..));
    let said = peer.read(&mut Vec::new(), 100).unwrap_err();
    assert!(said.last.contains("no renegotiation"), "{}", said.last);
}

#[test]
fn an_authority_that_is_not_known_is_named() {
    let mut rig = Rig::new(&["broker.example"]);
    let stranger = Issued::authority("stranger").unwrap();
    let contexts = contexts(&settings(&stranger), None, &Logger::silent());
    rig.client = TlsTransport::new(Box::new(Pipe(rig.network.clone(), false)), contexts);
    let setup = rig.connect("broker.example");
    let expected = "the issuer of the certificate of CN=broker, CN=authority, is not trusted";
    assert!(text(&setup).ends_with(expected), "{}", text(&setup));
}

#[test]
fn the_end_is_told_after_what_came_before_it() {
    let mut rig = Rig::new(&["broker.example"]);
    is_done(&rig.connect("broker.example"));
    rig.answer(b"last words");
    rig.network.lock().ended = true;
    let mut got = Vec::new();
    assert_eq!(rig.client.recv(&mut got, 100).unwrap(), 10);
    assert!(matches!(rig.client.recv(&mut got, 100), Err(CloseReason::SslEnded)));
    assert_eq!(got, b"last words");
}

#[test]
fn a_peer_that_goes_away_in_the_handshake_may_not_speak_tls() {
    let mut rig = Rig::new(&["broker.example"]);
    rig.client.connect(&Endpoint::new("broker.example", 1), Time(0)).unwrap();
    assert_eq!(rig.client.poll_setup(), Setup::Handshaking);
    rig.network.lock().ended = true;
    let expected = "SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker \
                    listener?";
    let setup = rig.client.poll_setup();
    assert_eq!(setup, Setup::Failed(Error::new(ErrorCode::_TRANSPORT, expected)));
}

#[test]
fn bytes_that_are_no_tls_end_the_connection() {
    let mut rig = Rig::new(&["broker.example"]);
    rig.client.connect(&Endpoint::new("broker.example", 1), Time(0)).unwrap();
    assert_eq!(rig.client.poll_setup(), Setup::Handshaking);
    rig.network.lock().to_client.extend(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let Setup::Failed(error) = rig.client.poll_setup() else { panic!("taken") };
    assert_eq!(error.code, ErrorCode::_SSL);
    // And in the middle of a connection, at every byte.
    is_done(&rig.connect("broker.example"));
    rig.answer(&noise(1000));
    rig.network.lock().to_client[500] ^= 1;
    assert!(matches!(rig.client.recv(&mut Vec::new(), 10_000), Err(CloseReason::Protocol(_))));
}

/// What a callback was asked, and what it answers.
struct RecordingVerifier {
    questions: Mutex<Vec<(String, i32, u32, i32)>>,
    /// By depth: whether it accepts, and the error that it leaves.
    answer: fn(depth: u32, error: i32) -> (bool, i32),
}

impl RecordingVerifier {
    fn new(answer: fn(u32, i32) -> (bool, i32)) -> Arc<Self> {
        Arc::new(Self { questions: Mutex::new(Rank::Leaf, Vec::new()), answer })
    }

    fn verifier(self: &Arc<Self>) -> Verifier {
        let this = self.clone();
        Arc::new(move |shown: &Presented<'_>| {
            assert!(openssl::x509::X509::from_der(shown.der).is_ok());
            let question = (shown.callee.address.clone(), shown.callee.id, shown.depth, shown.error);
            this.questions.lock().push(question);
            let (accepted, error) = (this.answer)(shown.depth, shown.error);
            Verdict { accepted, error, reason: "not today".to_owned() }
        })
    }

    /// Depths and errors, in order.
    fn take(&self) -> Vec<(u32, i32)> {
        let questions = std::mem::take(&mut *self.questions.lock());
        assert!(questions.iter().all(|q| q.0 == "broker.example:1" && q.1 == 5), "{questions:?}");
        questions.into_iter().map(|(_, _, depth, error)| (depth, error)).collect()
    }
}

fn asking(names: &[&str], asked: &Arc<RecordingVerifier>, log: &Logger, verifies: bool) -> Rig {
    let mut rig = Rig::with(names, |settings| {
        let mut settings = settings.clone();
        settings.trust.verifies = verifies;
        contexts(&settings, Some(asked.verifier()), log)
    });
    rig.client.introduce(&"ssl://broker.example:1/5".into(), 5);
    rig
}

const HOST_MISMATCH: i32 = 62;

#[test]
fn the_callback_is_asked_about_each_certificate_of_each_connection() {
    let asked = RecordingVerifier::new(|_, error| (true, error));
    let mut rig = asking(&["broker.example"], &asked, &Logger::silent(), true);
    for _ in 0..3 {
        is_done(&rig.connect("broker.example"));
        assert_eq!(rig.client.recv(&mut Vec::new(), 10).unwrap(), 0);
        assert_eq!(asked.take(), [(1, 0), (0, 0)]);
        rig.client.close();
    }
}

#[test]
fn what_the_callback_refuses_is_logged_with_its_reason() {
    let (asked, lines) = (RecordingVerifier::new(|depth, error| (depth == 1, error)), Lines::default());
    let mut rig = asking(&["broker.example"], &asked, &lines.logger(0), true);
    let setup = rig.connect("broker.example");
    assert!(text(&setup).contains("certificate verify failed"), "{}", text(&setup));
    let why = ": the application's callback refuses the certificate of CN=broker: not today";
    assert!(text(&setup).ends_with(why), "{}", text(&setup));
    assert_eq!(asked.take(), [(1, 0), (0, 0)]);
    let line = "3 SSLCERTVRFY ssl://broker.example:1/5: Certificate (subject=/CN=broker, issuer=/CN=authority) \
                verification callback failed: not today";
    assert_eq!(lines.take(), [line]);
}

#[test]
fn an_error_that_the_callback_leaves_ends_the_connection_and_one_that_it_takes_away_does_not() {
    let asked = RecordingVerifier::new(|_, error| (true, error));
    let mut rig = asking(&["other.example"], &asked, &Logger::silent(), true);
    let setup = rig.connect("broker.example");
    assert!(text(&setup).starts_with("Failed to verify broker certificate: "), "{}", text(&setup));
    assert!(!rig.client.is_open());
    assert!(asked.take().contains(&(0, HOST_MISMATCH)));

    let asked = RecordingVerifier::new(|_, _| (true, 0));
    let mut rig = asking(&["other.example"], &asked, &Logger::silent(), true);
    is_done(&rig.connect("broker.example"));
    assert!(asked.take().contains(&(0, HOST_MISMATCH)));
    // An error of its own making changes nothing if the certificate is accepted.
    let asked = RecordingVerifier::new(|_, _| (true, 10));
    let mut rig = asking(&["broker.example"], &asked, &Logger::silent(), true);
    is_done(&rig.connect("broker.example"));
}

#[test]
fn the_callback_is_asked_for_nothing_where_nothing_is_verified() {
    let asked = RecordingVerifier::new(|_, error| (false, error));
    let mut rig = asking(&["other.example"], &asked, &Logger::silent(), false);
    is_done(&rig.connect("broker.example"));
    assert!(asked.take().contains(&(0, HOST_MISMATCH)));
}

#[test]
fn a_callback_that_panics_has_not_accepted() {
    let mut rig = Rig::with(&["broker.example"], |settings| {
        let verifier: Verifier = Arc::new(|_: &Presented<'_>| panic!("on purpose"));
        contexts(settings, Some(verifier), &Logger::silent())
    });
    let setup = rig.connect("broker.example");
    assert!(text(&setup).contains("certificate verify failed"), "{}", text(&setup));
}

#[test]
fn a_session_is_not_resumed_with_other_certificates() {
    let path = std::env::temp_dir().join(format!("rdkafka-resumption-{}.pem", std::process::id()));
    let new = path.with_extension("new");
    let mut authority = String::new();
    let mut rig = Rig::with(&["broker.example"], |settings| {
        authority = settings.trust.ca_pem.clone().unwrap();
        std::fs::write(&path, &authority).unwrap();
        let mut settings = settings.clone();
        settings.trust.ca_pem = None;
        settings.trust.ca_location = Some(path.to_str().unwrap().to_owned());
        contexts(&settings, None, &Logger::silent())
    });
    let mut resumed = Vec::new();
    for connection in 0..4 {
        if connection == 2 {
            std::fs::write(&new, &authority).unwrap();
            std::fs::rename(&new, &path).unwrap();
        }
        is_done(&rig.connect("broker.example"));
        resumed.push(rig.client.session.as_ref().unwrap().ssl().session_reused());
        assert_eq!(rig.client.recv(&mut Vec::new(), 10).unwrap(), 0);
        rig.client.close();
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(resumed, [false, true, false, true]);
}
