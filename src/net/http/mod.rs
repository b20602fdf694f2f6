//! One request to a web server and its answer (HTTP/1.1, RFC 9112), over any [`Transport`](super::Transport).
//! Without I/O of its own, without redirects and connections that are used again.
//! A proxy is told the whole address ([`Exchange`]), or asked for a [`Tunnel`].

mod exchange;
mod proxy;
mod response;
mod tunnel;
mod url;

pub use exchange::{Exchange, Progress, Request};
pub use proxy::Proxy;
pub use response::{Response, ResponseReader};
pub use tunnel::Tunnel;
pub use url::{Url, without_login};
