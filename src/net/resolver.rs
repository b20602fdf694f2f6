//! From a broker's name to the address of the next connection attempt.

use super::{AddressFamily, Endpoint, SocketHooks};
use super::{Elsewhere, ResolveHints, sys};
use crate::base::blocking::{Awaited, NotRun};
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::rand;
use crate::base::sync::Arc;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

#[derive(Clone)]
pub struct ResolverOptions {
    /// `broker.address.family`
    pub family: AddressFamily,
    /// `broker.address.ttl`
    pub ttl: Duration,
    pub hooks: Option<Arc<dyn SocketHooks>>,
}

impl Default for ResolverOptions {
    fn default() -> Self {
        Self { family: AddressFamily::Any, ttl: Duration::from_millis(1000), hooks: None }
    }
}

/// Looks a name up, with the application's resolver if it has set one.
///
/// # Errors
/// The resolver's text.
pub fn resolve(endpoint: &Endpoint, options: &ResolverOptions) -> Result<Vec<SocketAddr>, String> {
    let hints = ResolveHints {
        flags: libc::AI_ADDRCONFIG,
        family: match options.family {
            AddressFamily::Any => libc::AF_UNSPEC,
            AddressFamily::V4 => libc::AF_INET,
            AddressFamily::V6 => libc::AF_INET6,
        },
        socktype: libc::SOCK_STREAM,
        protocol: libc::IPPROTO_TCP,
    };
    let service = endpoint.port.to_string();
    let node = endpoint.node();
    let found = match options.hooks.as_ref().and_then(|h| h.resolve(node, &service, &hints)) {
        Some(answer) => answer,
        None => sys::getaddrinfo(node, &service, &hints),
    }?;
    if found.is_empty() { Err("No addresses".into()) } else { Ok(found) }
}

/// The addresses of one broker: each attempt takes the next one, beginning at a random one.
pub struct Resolver {
    options: ResolverOptions,
    rng: fastrand::Rng,
    endpoint: Endpoint,
    addresses: Vec<SocketAddr>,
    next: usize,
    /// Attempts left before every address has been tried since the name was looked up.
    untried: usize,
    resolved: Time,
    lookup: Option<Lookup>,
}

/// A name is being looked up elsewhere.
struct Lookup {
    endpoint: Endpoint,
    since: Time,
    answer: Awaited<Result<Vec<SocketAddr>, String>>,
}

impl Resolver {
    #[must_use]
    pub fn new(options: ResolverOptions) -> Self {
        Self {
            options,
            rng: fastrand::Rng::with_seed(rand::seed()),
            endpoint: Endpoint::default(),
            addresses: Vec::new(),
            next: 0,
            untried: 0,
            resolved: Time::default(),
            lookup: None,
        }
    }

    /// Whether the next attempt has to look the name up, which may take its time. What is an address already
    /// takes none, unless the application resolves.
    #[must_use]
    pub fn is_slow(&self, endpoint: &Endpoint, now: Time) -> bool {
        self.is_stale(endpoint, now)
            && (self.options.hooks.is_some() || endpoint.node().parse::<IpAddr>().is_err())
    }

    fn is_stale(&self, endpoint: &Endpoint, now: Time) -> bool {
        self.untried == 0 || self.endpoint != *endpoint || self.resolved + self.options.ttl < now
    }

    /// Has the name looked up by somebody else. There is one such look-up at a time: one that goes on after
    /// an attempt was given up has its answer used by the next.
    pub fn look_up(&mut self, endpoint: &Endpoint, elsewhere: &Elsewhere, now: Time) {
        if self.lookup.as_ref().is_some_and(|l| l.endpoint == *endpoint) {
            return;
        }
        let (name, options) = (endpoint.clone(), self.options.clone());
        let (answer, task) = Awaited::new(elsewhere.signal.clone(), move || resolve(&name, &options));
        self.lookup = Some(Lookup { endpoint: endpoint.clone(), since: now, answer });
        (elsewhere.run)(task);
    }

    /// The address for the next attempt, once a look-up has its answer.
    pub fn looked_up(&mut self) -> Option<Result<SocketAddr, Error>> {
        let found = self.lookup.as_ref()?.answer.take()?;
        let Lookup { endpoint, since, .. } = self.lookup.take()?;
        let found = found.unwrap_or_else(|NotRun| Err("No thread to resolve it".into()));
        Some(self.learn(&endpoint, found, since).and_then(|()| self.take_next(&endpoint)))
    }

    /// The address for the next attempt.
    ///
    /// # Errors
    /// `_RESOLVE` with librdkafka's text.
    pub fn next(&mut self, endpoint: &Endpoint, now: Time) -> Result<SocketAddr, Error> {
        if self.is_stale(endpoint, now) {
            self.learn(endpoint, resolve(endpoint, &self.options), now)?;
        }
        self.take_next(endpoint)
    }

    fn take_next(&mut self, endpoint: &Endpoint) -> Result<SocketAddr, Error> {
        self.untried = self.untried.saturating_sub(1);
        let i = self.next % self.addresses.len().max(1);
        self.next = i + 1;
        self.addresses.get(i).copied().ok_or_else(|| resolve_failed(endpoint, "No addresses"))
    }

    /// The last address was a good one: the name need not be looked up again before its time.
    pub fn succeeded(&mut self) {
        self.untried = self.addresses.len();
    }

    /// Takes the answer to a look-up.
    fn learn(
        &mut self,
        endpoint: &Endpoint,
        found: Result<Vec<SocketAddr>, String>,
        now: Time,
    ) -> Result<(), Error> {
        let mut found = found.map_err(|why| {
            // What was known is too old to be used, and a different name's addresses never are.
            self.addresses.clear();
            self.untried = 0;
            resolve_failed(endpoint, &why)
        })?;
        self.resolved = now;
        self.untried = found.len();
        let unchanged = self.endpoint == *endpoint
            && found.len() == self.addresses.len()
            && found.iter().all(|a| self.addresses.contains(a));
        if unchanged {
            // The attempts go on in the same order, so that every address gets its turn although each attempt
            // may come after the time to live.
            return Ok(());
        }
        self.rng.shuffle(&mut found);
        self.endpoint = endpoint.clone();
        self.addresses = found;
        self.next = 0;
        Ok(())
    }
}

fn resolve_failed(endpoint: &Endpoint, why: &str) -> Error {
    Error::new(ErrorCode::_RESOLVE, format!("Failed to resolve '{endpoint}': {why}"))
}

#[cfg(test)]
mod tests;
