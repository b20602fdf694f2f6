//! What safe wrappers do not offer: sockets that an application may own, `getaddrinfo` and `getnameinfo` with
//! their own error texts, receiving into a vector's spare capacity.
#![allow(unsafe_code)] // Raw descriptors from the application, and three libc calls without a safe wrapper.

use super::{ResolveHints, SocketHooks, errno_text};
use crate::base::sync::Arc;
use rustix::net::RecvFlags;
use std::ffi::{CStr, CString};
use std::io;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A longer answer than this is not a list of brokers; it also bounds what a resolver callback can make us
/// copy.
const MAX_ADDRESSES: usize = 1024;

/// A connected or connecting socket that is closed the way it wants to be closed.
pub struct Socket {
    fd: RawFd,
    hooks: Option<Arc<dyn SocketHooks>>,
}

impl Socket {
    /// Takes over a descriptor, closed through `hooks` when it has a `closesocket`.
    ///
    /// # Errors
    /// `EBADF` for a negative number: what a failed `socket_cb` returns.
    pub fn new(fd: RawFd, hooks: Option<Arc<dyn SocketHooks>>) -> io::Result<Self> {
        if fd < 0 {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        Ok(Self { fd, hooks })
    }

    #[must_use]
    pub fn raw(&self) -> RawFd {
        self.fd
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: `new` refused negative numbers, and the descriptor stays ours until `drop` closes it: it
        // came either from socket(2) or from the application's `socket_cb`, whose contract hands it over.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.hooks.as_ref().and_then(|h| h.closesocket(self.fd)).is_none() {
            // SAFETY: the descriptor is ours (see `as_fd`), nobody has closed it, and nothing uses it after
            // this.
            drop(unsafe { OwnedFd::from_raw_fd(self.fd) });
        }
    }
}

/// SIGTERM and SIGINT, held back from all threads so that a program can end in its own time.
pub struct Termination(libc::sigset_t);

impl Termination {
    /// Holds them back in this thread and in all that it starts from now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn hold() -> io::Result<Self> {
        let mut set = MaybeUninit::uninit();
        // SAFETY: the set is ours; sigemptyset makes it one before anything else looks at it.
        let set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGTERM);
            libc::sigaddset(set.as_mut_ptr(), libc::SIGINT);
            set.assume_init()
        };
        // SAFETY: a whole set, and nowhere to write the old one.
        match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) } {
            0 => Ok(Self(set)),
            code => Err(io::Error::from_raw_os_error(code)),
        }
    }

    /// Returns when one has come.
    ///
    /// # Errors
    /// When the system cannot wait for them.
    pub fn wait(&self) -> io::Result<()> {
        let mut signal = 0;
        // SAFETY: a whole set, and space for a number.
        match unsafe { libc::sigwait(&raw const self.0, &raw mut signal) } {
            0 => Ok(()),
            code => Err(io::Error::from_raw_os_error(code)),
        }
    }
}

/// Appends at most `max` received bytes to `buf`.
///
/// # Errors
/// As recv(2); `WouldBlock` when there is nothing.
pub fn recv_append(socket: &Socket, buf: &mut Vec<u8>, max: usize) -> io::Result<usize> {
    buf.reserve(max);
    let len = buf.len();
    let spare = buf.spare_capacity_mut();
    let space = spare.len().min(max);
    let n = {
        let (filled, _) =
            rustix::net::recv(socket, spare.get_mut(..space).unwrap_or_default(), RecvFlags::DONTWAIT)?.0;
        filled.len()
    };
    // SAFETY: recv has initialised the first `n` bytes of the spare capacity, and `n <= space <= capacity -
    // len`.
    unsafe { buf.set_len(len + n) };
    Ok(n)
}

/// The addresses of `node`:`service` as the system knows them.
///
/// # Errors
/// The resolver's own text.
pub fn getaddrinfo(node: &str, service: &str, hints: &ResolveHints) -> Result<Vec<SocketAddr>, String> {
    let bad_name = |_| resolve_error(libc::EAI_NONAME);
    let (node, service) = (CString::new(node).map_err(bad_name)?, CString::new(service).map_err(bad_name)?);
    // SAFETY: addrinfo is plain data for which all-zero is a valid value (null pointers, zero integers).
    let mut h: libc::addrinfo = unsafe { std::mem::zeroed() };
    h.ai_flags = hints.flags;
    h.ai_family = hints.family;
    h.ai_socktype = hints.socktype;
    h.ai_protocol = hints.protocol;
    let mut list: *mut libc::addrinfo = std::ptr::null_mut();
    // SAFETY: both names are NUL-terminated and outlive the call, `h` is a valid hint, `list` is where the
    // result goes.
    let r = unsafe { libc::getaddrinfo(node.as_ptr(), service.as_ptr(), &raw const h, &raw mut list) };
    if r != 0 {
        return Err(resolve_error(r));
    }
    // SAFETY: getaddrinfo succeeded, so `list` is a valid list until freeaddrinfo.
    let found = unsafe { read_addrinfo(list) };
    if !list.is_null() {
        // SAFETY: `list` came from getaddrinfo and is not used after this.
        unsafe { libc::freeaddrinfo(list) };
    }
    Ok(found)
}

/// Reads the IPv4 and IPv6 addresses of a list of `struct addrinfo`; leaves the list alone.
///
/// # Safety
/// `list` is null or points to a valid list whose addresses are at least as long as their `ai_addrlen` says.
#[must_use]
pub unsafe fn read_addrinfo(mut list: *const libc::addrinfo) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    while !list.is_null() && found.len() < MAX_ADDRESSES {
        // SAFETY: not null, and valid by this function's contract.
        let ai = unsafe { &*list };
        // SAFETY: by this function's contract.
        if let Some(addr) = unsafe { read_sockaddr(ai.ai_addr, ai.ai_addrlen) } {
            // Resolvers repeat an address per protocol when asked without hints.
            if !found.contains(&addr) {
                found.push(addr);
            }
        }
        list = ai.ai_next;
    }
    found
}

/// # Safety
/// `addr` is null or points to `len` readable bytes.
unsafe fn read_sockaddr(addr: *const libc::sockaddr, len: libc::socklen_t) -> Option<SocketAddr> {
    let len = len as usize;
    if addr.is_null() || len < size_of::<libc::sa_family_t>() {
        return None;
    }
    // SAFETY: the family stands first and is within `len`; unaligned because a callback's memory may be
    // anything.
    let family = i32::from(unsafe { addr.cast::<libc::sa_family_t>().read_unaligned() });
    match family {
        libc::AF_INET if len >= size_of::<libc::sockaddr_in>() => {
            // SAFETY: there are `len >= size_of::<sockaddr_in>()` bytes, and every bit pattern is a valid
            // sockaddr_in.
            let a = unsafe { addr.cast::<libc::sockaddr_in>().read_unaligned() };
            let ip = Ipv4Addr::from(u32::from_be(a.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(a.sin_port)).into())
        }
        libc::AF_INET6 if len >= size_of::<libc::sockaddr_in6>() => {
            // SAFETY: as above, for sockaddr_in6.
            let a = unsafe { addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            let ip = Ipv6Addr::from(a.sin6_addr.s6_addr);
            Some(SocketAddrV6::new(ip, u16::from_be(a.sin6_port), a.sin6_flowinfo, a.sin6_scope_id).into())
        }
        _ => None,
    }
}

/// The text of a `getaddrinfo` return code; for `EAI_SYSTEM` that of the current errno.
#[must_use]
pub fn resolve_error(code: i32) -> String {
    if code == libc::EAI_SYSTEM {
        return errno_text(io::Error::last_os_error().raw_os_error().unwrap_or(0));
    }
    // SAFETY: gai_strerror takes any number and returns a pointer to a static string, or null.
    let text = unsafe { libc::gai_strerror(code) };
    if text.is_null() {
        return format!("Unknown resolver error {code}");
    }
    // SAFETY: not null, and static by the function's contract.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The canonical name of an address, or its numeric form when it has none.
#[must_use]
pub fn getnameinfo(addr: &SocketAddr) -> String {
    let any = rustix::net::SocketAddrAny::from(*addr);
    let mut host = [MaybeUninit::<libc::c_char>::zeroed(); 256];
    // SAFETY: the address pointer and length describe one valid socket address, `host` has the length that is
    // said, and no service is asked for. All bytes of `host` are initialised (zero), so it is a string after
    // a failure, too.
    let r = unsafe {
        libc::getnameinfo(
            any.as_ptr().cast(),
            any.addr_len(),
            host.as_mut_ptr().cast(),
            256,
            std::ptr::null_mut(),
            0,
            0,
        )
    };
    if r != 0 {
        return addr.ip().to_string();
    }
    // SAFETY: getnameinfo succeeded, so `host` holds a NUL-terminated string within its length.
    unsafe { CStr::from_ptr(host.as_ptr().cast()) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
