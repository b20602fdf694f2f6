//! One request on its way to a server, and the answer on its way back.

use super::{Proxy, Response, ResponseReader, Url};
use crate::base::clock::Time;
use crate::base::signal::Interest;
use crate::net::{CloseReason, Endpoint, Setup, Transport};
use std::io::IoSlice;
use zeroize::Zeroizing;

const RECEIVE: usize = 16 << 10;

/// Addresses of one host that are tried before it is given up.
const MAX_ADDRESSES: usize = 8;

/// What is asked of a server.
pub struct Request<'a> {
    pub method: &'a str,
    /// Names and values. `Host`, `Content-Length` and `Connection` are added.
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

impl Request<'_> {
    /// The bytes to be sent. They may hold secrets.
    fn encode(&self, url: &Url, proxy: Option<&Proxy>) -> Zeroizing<Vec<u8>> {
        let Self { method, headers, body } = self;
        let mut parts = vec![method, " "];
        if proxy.is_some() {
            parts.extend(["http://", &url.host]);
        }
        parts.extend([&url.target, " HTTP/1.1\r\nHost: ", &url.host, "\r\n"]);
        if let Some(authorization) = proxy.and_then(|proxy| proxy.authorization.as_deref()) {
            parts.extend(["Proxy-Authorization: ", authorization, "\r\n"]);
        }
        for (name, value) in *headers {
            parts.extend([*name, ": ", *value, "\r\n"]);
        }
        let length = format!("Content-Length: {}\r\n", body.len());
        if !body.is_empty() {
            parts.push(&length);
        }
        parts.push("Connection: close\r\n\r\n");
        let size = parts.iter().map(|p| p.len()).sum::<usize>() + body.len();
        let mut out = Zeroizing::new(Vec::with_capacity(size));
        parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
        out.extend_from_slice(body);
        out
    }
}

/// How far an exchange has come.
pub enum Progress {
    /// Nothing more can be done until the connection is ready for this.
    Waiting(Interest),
    /// The answer, or why there is none.
    Done(Result<Response, String>),
}

enum ExchangeState {
    Idle,
    SettingUp,
    Talking,
}

pub struct Exchange {
    /// The server, or the proxy that is to ask it.
    endpoint: Endpoint,
    request: Zeroizing<Vec<u8>>,
    sent: usize,
    reader: ResponseReader,
    state: ExchangeState,
    /// There is a connection: what fails now does not call for another address.
    is_connected: bool,
    /// The addresses that did not answer.
    tried: Vec<String>,
}

impl Exchange {
    /// A proxy that is given here asks the server itself, without encryption.
    #[must_use]
    pub fn new(url: &Url, request: &Request<'_>, proxy: Option<&Proxy>) -> Self {
        let endpoint = proxy.map_or(&url.endpoint, |proxy| &proxy.endpoint).clone();
        let request = request.encode(url, proxy);
        let (reader, state) = (ResponseReader::default(), ExchangeState::Idle);
        Self { endpoint, request, sent: 0, reader, state, is_connected: false, tried: Vec::new() }
    }

    /// Goes on as far as the transport lets it. The connection is closed when it is done.
    pub fn serve(&mut self, transport: &mut dyn Transport, now: Time) -> Progress {
        let progress = self.go_on(transport, now);
        if matches!(progress, Progress::Done(_)) {
            transport.close();
        }
        progress
    }

    fn go_on(&mut self, transport: &mut dyn Transport, now: Time) -> Progress {
        loop {
            match self.state {
                ExchangeState::Idle => {
                    if let Err(e) = transport.connect(&self.endpoint, now) {
                        return Progress::Done(Err(e.text));
                    }
                    self.state = ExchangeState::SettingUp;
                }
                ExchangeState::SettingUp => match transport.poll_setup() {
                    Setup::Connecting => return Progress::Waiting(Interest { read: false, write: true }),
                    Setup::Handshaking => {
                        self.is_connected = true;
                        return Progress::Waiting(Interest { read: true, write: false });
                    }
                    Setup::Done => self.state = ExchangeState::Talking,
                    Setup::Failed(e) => {
                        let peer = transport.peer().to_owned();
                        let was_tried = self.tried.contains(&peer) || self.tried.len() >= MAX_ADDRESSES;
                        if self.is_connected || was_tried {
                            return Progress::Done(Err(e.text));
                        }
                        self.tried.push(peer);
                        self.state = ExchangeState::Idle;
                    }
                },
                ExchangeState::Talking => return self.talk(transport),
            }
        }
    }

    fn talk(&mut self, transport: &mut dyn Transport) -> Progress {
        while let Some(rest) = self.request.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match transport.send(&[IoSlice::new(rest)]) {
                Ok(0) => break,
                Ok(n) => self.sent += n,
                // The server may have answered before it has read everything.
                Err(_) => self.sent = self.request.len(),
            }
        }
        loop {
            let end = match transport.recv(self.reader.received(), RECEIVE) {
                Ok(0) => {
                    let write = self.sent < self.request.len();
                    return Progress::Waiting(Interest { read: true, write });
                }
                Ok(_) => None,
                Err(why) => Some(why),
            };
            match (self.reader.read(end.is_some()), end) {
                (Ok(None), _) => {}
                (Ok(Some(response)), _) => return Progress::Done(Ok(response)),
                (Err(_), Some(why)) if !matches!(why, CloseReason::Ended) => {
                    return Progress::Done(Err(why.text()));
                }
                (Err(why), _) => return Progress::Done(Err(why)),
            }
        }
    }
}
