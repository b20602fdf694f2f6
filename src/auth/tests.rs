use super::credentials::{Credentials, Login};
use super::scram::Hash;
use super::*;

const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE: &str = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

fn scram() -> Exchange {
    let login = Login::new("user", b"pencil");
    let (exchange, first) = Exchange::begin(Proof::Scram(Hash::Sha256, login), NONCE.into());
    assert_eq!(first, format!("n,,n=user,r={NONCE}").as_bytes());
    exchange
}

fn server_first() -> String {
    format!("r={SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
}

#[test]
fn plain_sends_name_and_password() {
    let (mut exchange, token) = Exchange::begin(Proof::Plain(Login::new("alice", b"secret")), String::new());
    assert_eq!(token, b"\0alice\0secret");
    assert_eq!(exchange.answered(b""), Ok(Step::Done));
}

/// RFC 7677, section 3.
#[test]
fn scram_follows_the_standards_example() {
    let mut exchange = scram();
    let Ok(Step::Send(last)) = exchange.answered(server_first().as_bytes()) else { panic!("no answer") };
    let proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    assert_eq!(last, format!("c=biws,r={SERVER_NONCE},p={proof}").as_bytes());
    assert_eq!(exchange.answered(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(Step::Done));
}

#[test]
fn scram_escapes_what_separates_attributes() {
    let login = Login::new("a,b=c", b"x");
    let (_, first) = Exchange::begin(Proof::Scram(Hash::Sha512, login), "N".into());
    assert_eq!(first, b"n,,n=a=2Cb=3Dc,r=N");
}

#[test]
fn a_server_that_makes_no_sense_is_refused() {
    let salt = "s=c2FsdA==";
    let cases = [
        ("r=xyz,s=c2FsdA==,i=4096".to_owned(), "Server/client nonce mismatch in server-first-message"),
        (format!("r={NONCE},{salt},i=4096"), "Server/client nonce mismatch in server-first-message"),
        (format!("{salt},i=4096"), "Server nonce in server-first-message: could not find attribute (r)"),
        (format!("r={NONCE}s,i=4096"), "Salt in server-first-message: could not find attribute (s)"),
        (format!("r={NONCE}s,s=!!!,i=4096"), "Invalid Base64 Salt in server-first-message"),
        (
            format!("r={NONCE}s,{salt}"),
            "Iteration count in server-first-message: could not find attribute (i)",
        ),
        (
            format!("r={NONCE}s,{salt},i=12x"),
            "Invalid value (not integer or too large) for Iteration count in server-first-message",
        ),
        (
            format!("r={NONCE}s,{salt},i=1000001"),
            "Invalid value (not integer or too large) for Iteration count in server-first-message",
        ),
        (
            format!("r={NONCE}s,{salt},i=4095"),
            "Iteration count 4095 in server-first-message is too small: at least 4096 are required",
        ),
        (format!("m=x,r={NONCE}s,{salt},i=4096"), "Unsupported mandatory SCRAM extension"),
        (String::new(), "Server nonce in server-first-message: could not find attribute (r)"),
        ("e=unknown-user".to_owned(), "Server nonce in server-first-message: could not find attribute (r)"),
    ];
    for (message, error) in cases {
        assert_eq!(scram().answered(message.as_bytes()), Err(error.to_owned()), "{message}");
    }
    assert!(scram().answered(b"\xff\0\xfe").is_err());
}

#[test]
fn a_server_that_does_not_know_the_password_is_refused() {
    let cases = [
        ("v=AAAA", "ServerSignature mismatch: the broker does not know the password"),
        ("v=!!", "ServerSignature mismatch: the broker does not know the password"),
        ("e=other-error", "broker responded with other-error"),
        ("", "no verifier or server-error returned from broker"),
        ("zzz", "no verifier or server-error returned from broker"),
    ];
    for (message, error) in cases {
        let mut exchange = scram();
        assert!(matches!(exchange.answered(server_first().as_bytes()), Ok(Step::Send(_))));
        let error = format!("SASL SCRAM authentication failed: {error}");
        assert_eq!(exchange.answered(message.as_bytes()), Err(error), "{message}");
        assert!(
            exchange.answered(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").is_err(),
            "over is over"
        );
    }
}

#[test]
fn passwords_are_not_shown() {
    let credentials = Credentials::new(Login::new("alice", b"first"));
    credentials.set(Login::new("bob", b"second"));
    assert_eq!(credentials.get(), Login::new("bob", b"second"));
    let shown = format!("{:?} {:?}", credentials.get(), scram());
    assert!(shown.contains("bob") && !shown.contains("second") && !shown.contains("pencil"), "{shown}");
}

#[test]
fn mechanisms_have_their_registered_names() {
    for name in ["GSSAPI", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] {
        assert_eq!(Mechanism::from_name(name).map(Mechanism::name), Some(name));
    }
    assert_eq!(Mechanism::from_name("plain"), None);
}
