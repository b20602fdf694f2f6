//! A broker that means harm, for `harness/hostile_broker.py`: a sound mock cluster whose answers are treated
//! on their way out.
//!
//!     hostile-broker FOLDER [--old]
//!
//! What a client gets is chosen by its `client.id`: `attack/API/anything` has the answers to that kind of
//! request treated one after the other (`attack.rs`); when all has been tried, the file
//! `attack_API_anything` appears in FOLDER, with the number of treatments. `shape/NAME` gets Metadata from
//! `shapes.rs`, and its file when it asks for the second time. With `--old`, brokers speak the last versions
//! before flexible ones, and transactions are as they were before KIP-890. Standard output says
//! `bootstrap.servers=…`, and then where it is that connections are met with something else than a broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test program: failing is its purpose.

mod attack;
mod fields;
mod shapes;

use attack::{Attack, Treatment};
use rdkafka::base::clock::{Clock, SystemClock};
use rdkafka::mock::cluster::{Cluster, Settings};
use rdkafka::protocol::api_key::{self, ApiKey};
use rdkafka::protocol::header::RequestHeader;
use rdkafka::protocol::primitives::Reader;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const BROKERS: i32 = 2;

/// Metadata of a cluster that no one has. It takes its time, so it is kept.
struct Shape {
    body: Vec<u8>,
    asked: u32,
}

struct World {
    cluster: Mutex<Cluster>,
    /// By client id.
    attacks: Mutex<HashMap<String, Attack>>,
    /// By client id and port.
    shapes: Mutex<HashMap<(String, u16), Shape>>,
    clock: SystemClock,
    folder: PathBuf,
    connections: AtomicU64,
}

fn key(name: &str) -> ApiKey {
    *ApiKey::ALL.iter().find(|k| k.name() == Some(name)).unwrap_or_else(|| panic!("no API is called {name}"))
}

impl World {
    /// Makes the file that the client waits for.
    fn say_done(&self, client: &str, answers: usize) {
        let file = self.folder.join(client.replace('/', "_"));
        std::fs::write(file, answers.to_string()).unwrap();
    }

    /// What leaves in answer to a request that arrived at a broker.
    fn answer(&self, broker: i32, port: u16, connection: u64, frame: &[u8]) -> Option<Treatment> {
        let header = RequestHeader::decode(&mut Reader::new(frame)).ok()?;
        let client = header.client_id.clone().unwrap_or_default();
        if let Some(shape) = client.strip_prefix("shape/").filter(|_| header.api == ApiKey::Metadata) {
            let mut shapes = self.shapes.lock().unwrap();
            let shape = shapes
                .entry((client.clone(), port))
                .or_insert_with(|| Shape { body: shapes::metadata(shape, port, header.version), asked: 0 });
            shape.asked += 1;
            // Whoever asks again has read the first answer: its time-out is far off.
            if shape.asked == 2 {
                self.say_done(&client, 1);
            }
            let answer = fields::framed(header.api, header.version, header.correlation_id, &shape.body);
            return Some(Treatment::Bytes(answer));
        }
        let (now, wall) = (self.clock.now(), self.clock.wall_ms());
        let reply = self.cluster.lock().unwrap().handle(broker, connection, frame, now, wall);
        let bytes = reply.bytes?;
        let mut parts = client.split('/');
        let Some((_, api)) = parts.next().filter(|p| *p == "attack").zip(parts.next()) else {
            return Some(Treatment::Bytes(bytes));
        };
        let mut attacks = self.attacks.lock().unwrap();
        let attack = attacks.entry(client.clone()).or_insert_with(|| Attack::on(key(api)));
        let was_over = attack.is_over();
        let treatment = attack.treat(frame, &bytes);
        if attack.is_over() && !was_over {
            self.say_done(&client, attack.tried());
        }
        Some(treatment.unwrap_or(Treatment::Bytes(bytes)))
    }
}

/// Whether the connection goes on.
fn send(stream: &mut TcpStream, treatment: Treatment) -> bool {
    let reset = matches!(treatment, Treatment::BytesAndReset(_));
    if let Treatment::Trickle(bytes) = &treatment {
        return bytes.iter().all(|b| stream.write_all(&[*b]).is_ok());
    }
    let (bytes, ends) = treatment.simply();
    let sent = stream.write_all(&bytes).is_ok();
    if reset {
        reset_on_close(stream);
    }
    sent && !ends
}

/// Has the end of the connection be a reset instead of an orderly close.
fn reset_on_close(stream: &TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = u32::try_from(size_of::<libc::linger>()).unwrap();
    let at = std::ptr::from_ref(&linger).cast();
    // SAFETY: the descriptor is open, and `at` points to a linger of the size that is given.
    #[allow(unsafe_code)]
    let result = unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, at, size) };
    assert_eq!(result, 0);
}

fn read_frame(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut frame = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut frame)?;
    Ok(frame)
}

fn serve(world: &World, broker: i32, port: u16, mut stream: TcpStream) {
    let connection = world.connections.fetch_add(1, Ordering::Relaxed);
    stream.set_nodelay(true).unwrap();
    while let Ok(frame) = read_frame(&mut stream) {
        let goes_on = match world.answer(broker, port, connection, &frame) {
            Some(treatment) => send(&mut stream, treatment),
            None => true,
        };
        if !goes_on {
            break;
        }
    }
    world.cluster.lock().unwrap().disconnected(connection);
}

/// Serves each connection to a port on a thread of its own. Returns the port.
fn listen(serve: impl Fn(u16, TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(port, stream));
        }
    });
    port
}

/// Meets connections with these bytes and goes on listening, without a word, until the client has had enough.
fn mute(mut stream: TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let old = arguments.iter().any(|a| a == "--old");
    let transaction_version = if old { 0 } else { 2 };
    let mut cluster = Cluster::new(Settings { brokers: BROKERS, transaction_version, ..Settings::default() });
    cluster.create_topic("t", 2, 2).unwrap();
    if old {
        for api in ApiKey::ALL {
            let newest = (0..20).take_while(|v| !api_key::flexible(*api, *v)).last();
            // Some APIs have no such version.
            let newest = newest.filter(|_| *api != ApiKey::ApiVersions).unwrap_or(i16::MAX);
            if newest < 19 {
                let _ = cluster.set_api_version(api.0, 0, newest);
            }
        }
    }
    let world = Arc::new(World {
        cluster: Mutex::new(cluster),
        attacks: Mutex::default(),
        shapes: Mutex::default(),
        clock: SystemClock::new(),
        folder: PathBuf::from(&arguments[0]),
        connections: AtomicU64::new(1),
    });
    let brokers = 1..=BROKERS;
    let servers = brokers.map(|broker| {
        let theirs = world.clone();
        let port = listen(move |port, stream| serve(&theirs, broker, port, stream));
        world.cluster.lock().unwrap().set_broker_address(broker, "127.0.0.1", port).unwrap();
        format!("127.0.0.1:{port}")
    });
    println!("bootstrap.servers={}", servers.collect::<Vec<_>>().join(","));
    println!("closes=127.0.0.1:{}", listen(|_, stream| drop(stream)));
    println!("resets=127.0.0.1:{}", listen(|_, stream| reset_on_close(&stream)));
    println!("silent=127.0.0.1:{}", listen(|_, stream| mute(stream, b"")));
    println!("tls=127.0.0.1:{}", listen(|_, stream| mute(stream, attack::TLS_ALERT)));
    println!("http=127.0.0.1:{}", listen(|_, stream| mute(stream, attack::HTTP)));
    println!("ready");
    // Until whoever started it is gone.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
