//! One request to a web server and its answer (HTTP/1.1, RFC 9112), over any [`Transport`](super::Transport).
//! Without I/O of its own, without redirects, proxies and connections that are used again.

mod exchange;
mod response;
mod url;

pub use exchange::{Exchange, Progress, Request};
pub use response::{Response, ResponseReader};
pub use url::Url;
