//! The application's socket callbacks as the transport uses them, and the transport of an instance.

use crate::base::error::Error;
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::base::unwind;
use crate::capi::conf::typed_callbacks::Callbacks;
use crate::capi::ffi::strings::c_string;
#[cfg(feature = "ssl")]
use crate::capi::instance::certificates::certificate_verifier;
use crate::capi::instance::object::Instance;
use crate::client::threads::TransportFactory;
use crate::conf::{AddressFamily as Family, DnsLookup, Settings};
use crate::net::ResolveHints;
use crate::net::bootstrap;
use crate::net::resolver::ResolverOptions;
use crate::net::sys::{read_addrinfo, resolve_error};
use crate::net::tcp::{TcpOptions, TcpTransport};
use crate::net::{AddressFamily, Endpoint, SocketHooks, Transport};
#[cfg(feature = "ssl")]
use crate::tls::{Contexts, transport::TlsTransport};
use rustix::net::SocketAddrAny;
use std::ffi::c_int;
use std::net::SocketAddr;
use std::ptr::{null, null_mut};

struct Hooks(Callbacks);

/// How names are resolved for an instance.
pub(crate) fn resolver(settings: &Settings, callbacks: &Callbacks) -> ResolverOptions {
    let c = callbacks;
    let any = c.socket_cb.is_some()
        || c.connect_cb.is_some()
        || c.closesocket_cb.is_some()
        || c.resolve_cb.is_some();
    ResolverOptions {
        family: match settings.network.broker_address_family {
            Family::Any => AddressFamily::Any,
            Family::V4 => AddressFamily::V4,
            Family::V6 => AddressFamily::V6,
        },
        ttl: settings.network.broker_address_ttl,
        hooks: any.then(|| Arc::new(Hooks(*callbacks)) as Arc<dyn SocketHooks>),
    }
}

/// How the transports of an instance are made.
///
/// # Errors
/// What TLS is configured to use cannot be used.
pub(crate) fn transports(rk: &Instance) -> Result<TransportFactory, Error> {
    let (settings, callbacks) = (rk.client().settings(), rk.callbacks());
    let options = TcpOptions {
        resolver: resolver(settings, callbacks),
        send_buffer: settings.network.socket_send_buffer_bytes.unwrap_or(0),
        receive_buffer: settings.network.socket_receive_buffer_bytes.unwrap_or(0),
        keepalive: settings.network.socket_keepalive,
        nodelay: settings.network.socket_nagle_disable,
    };
    let tcp = move || Box::new(TcpTransport::new(options.clone())) as Box<dyn Transport>;
    #[cfg(feature = "ssl")]
    if let Some(tls) = &settings.security.tls {
        let contexts = Contexts::new(tls, certificate_verifier(rk), rk.client().logger())?;
        let contexts = Arc::new(contexts);
        return Ok(Box::new(move || Box::new(TlsTransport::new(tcp(), contexts.clone()))));
    }
    Ok(Box::new(tcp))
}

fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)
}

impl SocketHooks for Hooks {
    fn socket(&self, domain: i32, kind: i32, protocol: i32) -> Option<Result<i32, i32>> {
        let callback = self.0.socket_cb?;
        // SAFETY: the application's callback.
        let fd = unwind::call(|| unsafe { callback(domain, kind, protocol, self.0.opaque) });
        Some(match fd {
            None => Err(libc::ECANCELED),
            Some(fd) if fd < 0 => Err(last_errno()),
            Some(fd) => Ok(fd),
        })
    }

    fn connect(&self, fd: i32, addr: &SocketAddrAny, id: &str) -> Option<i32> {
        let callback = self.0.connect_cb?;
        let (len, id) = (c_int::try_from(addr.addr_len()).unwrap_or(0), c_string(id));
        // SAFETY: the application's callback; address and name live until it returns.
        let code =
            unwind::call(|| unsafe { callback(fd, addr.as_ptr().cast(), len, id.as_ptr(), self.0.opaque) });
        Some(code.unwrap_or(libc::ECANCELED))
    }

    fn closesocket(&self, fd: i32) -> Option<()> {
        let callback = self.0.closesocket_cb?;
        // SAFETY: the application's callback.
        unwind::call(|| unsafe { callback(fd, self.0.opaque) });
        Some(())
    }

    fn resolve(
        &self,
        node: &str,
        service: &str,
        hints: &ResolveHints,
    ) -> Option<Result<Vec<SocketAddr>, String>> {
        let callback = self.0.resolve_cb?;
        let (node, service) = (c_string(node), c_string(service));
        let hints = libc::addrinfo {
            ai_flags: hints.flags,
            ai_family: hints.family,
            ai_socktype: hints.socktype,
            ai_protocol: hints.protocol,
            ai_addrlen: 0,
            ai_addr: null_mut(),
            ai_canonname: null_mut(),
            ai_next: null_mut(),
        };
        let mut list = null_mut();
        let list_at = &raw mut list;
        // SAFETY: the application's callback; what it is given lives until it returns.
        let r = unwind::call(|| unsafe {
            callback(node.as_ptr(), service.as_ptr(), &raw const hints, list_at, self.0.opaque)
        });
        let r = r.unwrap_or(libc::EAI_FAIL);
        if r != 0 {
            return Some(Err(resolve_error(r)));
        }
        // SAFETY: the callback has set the list.
        let found = unsafe { read_addrinfo(*list_at) };
        // SAFETY: called without a name, the callback releases the list.
        unwind::call(|| unsafe { callback(null(), null(), null(), list_at, self.0.opaque) });
        Some(Ok(found))
    }
}

/// The endpoints in a list of brokers; what is wrong with it is logged.
pub(crate) fn parse_brokers(rk: &Instance, list: &str) -> Vec<Endpoint> {
    let found = bootstrap::parse(list, rk.client().settings().security.protocol);
    if let Some(why) = found.error {
        rk.client().logger().log(Level::Warning, "BROKER", format_args!("{why}"));
    }
    let settings = rk.client().settings();
    match settings.network.client_dns_lookup {
        DnsLookup::UseAllDnsIps => found.endpoints,
        DnsLookup::ResolveCanonicalBootstrapServersOnly => {
            let (endpoints, warnings) =
                bootstrap::canonicalize(&found.endpoints, &resolver(settings, rk.callbacks()));
            for why in warnings {
                rk.client().logger().log(Level::Warning, "BROKER", format_args!("{why}"));
            }
            endpoints
        }
    }
}
