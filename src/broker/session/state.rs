//! The states of a connection.

/// The states of a broker's connection. Names as librdkafka shows them in log lines and statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ConnectionState {
    Init,
    Down,
    Connect,
    SslHandshake,
    ApiVersionQuery,
    /// The broker knows no SaslHandshake.
    AuthLegacy,
    /// SaslHandshake is in flight.
    AuthHandshake,
    /// A SASL token is in flight.
    AuthReq,
    Up,
    /// Up, and authenticating again: ordinary requests have to wait.
    Reauth,
}

impl ConnectionState {
    /// In the order of their numbers.
    const ALL: [Self; 10] = [
        Self::Init,
        Self::Down,
        Self::Connect,
        Self::SslHandshake,
        Self::ApiVersionQuery,
        Self::AuthLegacy,
        Self::AuthHandshake,
        Self::AuthReq,
        Self::Up,
        Self::Reauth,
    ];

    /// The state that `number` stands for (`state as u8`).
    pub fn of_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Init)
    }

    /// Whether there is a connection.
    #[must_use]
    pub fn is_connected(self) -> bool {
        !matches!(self, Self::Init | Self::Down | Self::Connect | Self::SslHandshake)
    }

    /// Whether the connection has been set up.
    #[must_use]
    pub fn is_established(self) -> bool {
        matches!(self, Self::Up | Self::Reauth)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Down => "DOWN",
            Self::Connect => "CONNECT",
            Self::SslHandshake => "SSL_HANDSHAKE",
            Self::ApiVersionQuery => "APIVERSION_QUERY",
            Self::AuthLegacy => "AUTH_LEGACY",
            Self::AuthHandshake => "AUTH_HANDSHAKE",
            Self::AuthReq => "AUTH_REQ",
            Self::Up => "UP",
            Self::Reauth => "REAUTH",
        }
    }
}
