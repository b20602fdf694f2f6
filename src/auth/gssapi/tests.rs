use super::*;

/// A provider whose contexts write down what they are asked, and say what the test wants.
#[derive(Clone, Default)]
struct Script {
    /// Answers to `step`: token and whether the context is complete.
    steps: Vec<(&'static str, bool)>,
    /// What the broker's wrapped message contains.
    offer: &'static [u8],
}

impl Provider for Script {
    fn context(self: Arc<Self>, service: &str, host: &str) -> Result<Box<dyn Context>, String> {
        assert_eq!((service, host), ("kafka", "broker.example"));
        Ok(Box::new(Scripted { script: Self::clone(&self), step: 0 }))
    }
}

struct Scripted {
    script: Script,
    step: usize,
}

impl Context for Scripted {
    fn step(&mut self, token: &[u8]) -> Result<(Vec<u8>, bool), String> {
        if token == b"garbage" {
            return Err("GSSAPI Error: Invalid token was supplied (Unknown error)".into());
        }
        assert_eq!(token.is_empty(), self.step == 0);
        let (token, complete) = self.script.steps[self.step];
        self.step += 1;
        Ok((token.into(), complete))
    }

    fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String> {
        assert_eq!(message, b"wrapped");
        Ok(self.script.offer.to_vec())
    }

    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String> {
        Ok([b"wrapped ", message].concat())
    }
}

fn begin(script: Script) -> (Client, Vec<u8>) {
    Kerberos::new(Arc::new(script), "kafka", false).begin("broker.example").unwrap()
}

fn mutual(offer: &'static [u8]) -> Script {
    Script { steps: vec![("request", false), ("", true)], offer }
}

#[test]
fn a_context_is_agreed_on_and_then_no_layer() {
    // All layers, and a longest message of 65536 bytes: what Java's brokers say.
    let (mut client, token) = begin(mutual(&[7, 1, 0, 0]));
    assert_eq!(token, b"request");
    assert_eq!(client.answered(b"reply"), Ok(Step::Send(Vec::new())));
    assert_eq!(client.answered(b"wrapped"), Ok(Step::Send(b"wrapped \x01\0\0\0".to_vec())));
    assert_eq!(client.answered(b""), Ok(Step::Done));
}

#[test]
fn a_broker_that_insists_on_a_layer_or_makes_no_sense_is_refused() {
    for (offer, error) in [
        (
            &[6, 0, 0, 0][..],
            "GSSAPI Error: the broker demands a security layer, which Kafka's protocol has not",
        ),
        (&[1, 0, 0], "GSSAPI Error: 3 bytes in place of the broker's security layers"),
        (&[], "GSSAPI Error: 0 bytes in place of the broker's security layers"),
    ] {
        let (mut client, _) = begin(mutual(offer));
        client.answered(b"reply").unwrap();
        assert_eq!(client.answered(b"wrapped"), Err(error.to_owned()));
    }
    let (mut client, _) = begin(mutual(&[1, 0, 0, 0]));
    assert!(client.answered(b"garbage").unwrap_err().contains("Invalid token"));
}

#[test]
fn nobody_connects_before_the_first_ticket_was_tried_for() {
    let kerberos = Kerberos::new(Arc::new(Script::default()), "kafka", true);
    assert!(!kerberos.is_ready());
    assert!(kerberos.tried() && !kerberos.tried());
    assert!(kerberos.is_ready());
    assert!(Kerberos::new(Arc::new(Script::default()), "kafka", false).is_ready());
}
