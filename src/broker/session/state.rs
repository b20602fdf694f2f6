//! The states of a connection.

/// The states of a broker's connection. Names as librdkafka shows them in log lines and statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    Init,
    Down,
    Connect,
    SslHandshake,
    ApiVersionQuery,
    Up,
}

impl State {
    /// In the order of their numbers.
    const ALL: [Self; 6] =
        [Self::Init, Self::Down, Self::Connect, Self::SslHandshake, Self::ApiVersionQuery, Self::Up];

    /// The state that `number` stands for (`state as u8`).
    pub fn of_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Init)
    }

    /// Whether there is a connection.
    #[must_use]
    pub fn is_connected(self) -> bool {
        matches!(self, Self::ApiVersionQuery | Self::Up)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Down => "DOWN",
            Self::Connect => "CONNECT",
            Self::SslHandshake => "SSL_HANDSHAKE",
            Self::ApiVersionQuery => "APIVERSION_QUERY",
            Self::Up => "UP",
        }
    }
}
