//! What a server answers, read as it comes in.

/// Answers longer than this are refused.
const MAX_BODY: usize = 1 << 20;
/// Status line and headers together, and the trailers of an answer in chunks.
const MAX_HEAD: usize = 64 << 10;
const MAX_HEADERS: usize = 100;

/// An answer. It may hold a token, so it is not to be shown.
#[derive(Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

impl Drop for Response {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.body);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaiting {
    Head,
    /// So many bytes are left.
    Sized(usize),
    ChunkSize,
    /// So many bytes of a chunk are left; then comes the end of its line.
    Chunk(usize),
    /// Headers after the last chunk.
    Trailers,
    /// The body ends with the connection.
    End,
    Nothing,
}

/// Puts an answer together from what is received.
pub struct ResponseReader {
    awaiting: Awaiting,
    unread: zeroize::Zeroizing<Vec<u8>>,
    response: Response,
}

impl Default for ResponseReader {
    fn default() -> Self {
        let unread = zeroize::Zeroizing::new(Vec::new());
        Self { awaiting: Awaiting::Head, unread, response: Response::default() }
    }
}

impl ResponseReader {
    /// Where received bytes are put; [`Self::read`] looks at them.
    pub fn received(&mut self) -> &mut Vec<u8> {
        &mut self.unread
    }

    /// Whether anything has come.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.awaiting == Awaiting::Head && self.unread.is_empty()
    }

    /// Takes what has come in. `has_ended` says that nothing more will. Returns the answer once it is whole.
    ///
    /// # Errors
    /// The text says what is wrong with it.
    pub fn read(&mut self, has_ended: bool) -> Result<Option<Response>, String> {
        while self.awaiting != Awaiting::Nothing {
            if !self.step()? {
                break;
            }
        }
        match self.awaiting {
            Awaiting::Nothing => Ok(Some(std::mem::take(&mut self.response))),
            Awaiting::End if has_ended => {
                self.awaiting = Awaiting::Nothing;
                Ok(Some(std::mem::take(&mut self.response)))
            }
            Awaiting::Head if has_ended && self.unread.is_empty() => {
                Err("Empty reply from server".to_owned())
            }
            _ if has_ended => Err("The connection ended before the answer did".to_owned()),
            _ => Ok(None),
        }
    }

    /// One step. Returns whether there may be another one with what is there.
    fn step(&mut self) -> Result<bool, String> {
        match self.awaiting {
            Awaiting::Head => self.head(),
            Awaiting::Sized(left) => {
                let taken = self.take_body(left)?;
                self.awaiting = if taken == left { Awaiting::Nothing } else { Awaiting::Sized(left - taken) };
                Ok(false)
            }
            Awaiting::End => {
                self.take_body(usize::MAX)?;
                Ok(false)
            }
            Awaiting::ChunkSize => self.chunk_size(),
            Awaiting::Chunk(left) => self.chunk(left),
            Awaiting::Trailers => self.trailers(),
            Awaiting::Nothing => Ok(false),
        }
    }

    /// Moves up to `most` bytes into the body.
    fn take_body(&mut self, most: usize) -> Result<usize, String> {
        let taken = most.min(self.unread.len());
        if self.response.body.len() + taken > MAX_BODY {
            return Err(format!("The answer has more than {MAX_BODY} bytes"));
        }
        // Growing leaves no copy of a part of it behind.
        if self.response.body.capacity() < self.response.body.len() + taken {
            let mut larger = Vec::with_capacity((self.response.body.len() + taken) * 2);
            larger.extend_from_slice(&self.response.body);
            zeroize::Zeroize::zeroize(&mut self.response.body);
            self.response.body = larger;
        }
        self.response.body.extend(self.unread.drain(..taken));
        Ok(taken)
    }

    fn head(&mut self) -> Result<bool, String> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let length = match parsed.parse(&self.unread) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if self.unread.len() <= MAX_HEAD => return Ok(false),
            Ok(httparse::Status::Partial) => return Err("The answer's headers are too long".to_owned()),
            Err(e) => return Err(format!("The answer is not HTTP: {e}")),
        };
        let find =
            |name: &str| parsed.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value);
        let text = |name: &str| find(name).map(|v| String::from_utf8_lossy(v).trim().to_owned());
        let status = parsed.code.unwrap_or(0);
        let awaiting = if text("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
            Awaiting::ChunkSize
        } else if matches!(status, 204 | 304) {
            Awaiting::Nothing
        } else {
            match text("content-length").map(|v| v.parse::<usize>()) {
                None => Awaiting::End,
                Some(Ok(0)) => Awaiting::Nothing,
                Some(Ok(length)) => Awaiting::Sized(length),
                Some(Err(_)) => return Err("The answer's length makes no sense".to_owned()),
            }
        };
        let content_type = text("content-type");
        self.unread.drain(..length);
        // Answers from 100 to 199 only announce the real one.
        if (100..200).contains(&status) && status != 101 {
            return Ok(true);
        }
        self.response = Response { status, content_type, body: Vec::new() };
        self.awaiting = awaiting;
        Ok(true)
    }

    fn chunk_size(&mut self) -> Result<bool, String> {
        match httparse::parse_chunk_size(&self.unread) {
            Ok(httparse::Status::Complete((line, size))) => {
                self.unread.drain(..line);
                self.awaiting = match usize::try_from(size) {
                    Ok(0) => Awaiting::Trailers,
                    Ok(size) if size <= MAX_BODY => Awaiting::Chunk(size),
                    _ => return Err(format!("The answer has more than {MAX_BODY} bytes")),
                };
                Ok(true)
            }
            Ok(httparse::Status::Partial) if self.unread.len() <= MAX_HEAD => Ok(false),
            _ => Err("The size of a chunk of the answer makes no sense".to_owned()),
        }
    }

    fn chunk(&mut self, left: usize) -> Result<bool, String> {
        let left = left - self.take_body(left)?;
        self.awaiting = Awaiting::Chunk(left);
        if left > 0 || self.unread.len() < 2 {
            return Ok(false);
        }
        if !self.unread.starts_with(b"\r\n") {
            return Err("A chunk of the answer is longer than it says".to_owned());
        }
        self.unread.drain(..2);
        self.awaiting = Awaiting::ChunkSize;
        Ok(true)
    }

    fn trailers(&mut self) -> Result<bool, String> {
        let Some(end) = self.unread.windows(2).position(|two| two == b"\r\n") else {
            return if self.unread.len() <= MAX_HEAD {
                Ok(false)
            } else {
                Err("Trailers are too long".to_owned())
            };
        };
        self.unread.drain(..end + 2);
        if end == 0 {
            self.awaiting = Awaiting::Nothing;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer, received in pieces of the size given, and then the end of the connection.
    fn read(bytes: &[u8], piece: usize) -> Result<(u16, Option<String>, String), String> {
        let mut reader = ResponseReader::default();
        let mut found = None;
        for part in bytes.chunks(piece) {
            reader.received().extend_from_slice(part);
            found = found.or(reader.read(false)?);
        }
        let response = found.or(reader.read(true)?).ok_or("nothing")?;
        let body = String::from_utf8(response.body.clone()).unwrap();
        Ok((response.status, response.content_type.clone(), body))
    }

    #[test]
    fn answers_are_read_whatever_their_pieces() {
        let cases: [&[u8]; 5] = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-type: a/b\r\n\r\nhello",
            b"HTTP/1.0 200 OK\r\nContent-Type: a/b\r\n\r\nhello",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type:a/b\r\nContent-Length: 5\r\n\r\nhello",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Type: a/b\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ];
        for bytes in cases {
            for piece in 1..bytes.len() {
                let whole = (200, Some("a/b".to_owned()), "hello".to_owned());
                assert_eq!(read(bytes, piece), Ok(whole), "{piece}");
            }
        }
        assert_eq!(read(b"HTTP/1.1 204 x\r\n\r\n", 7), Ok((204, None, String::new())));
    }

    #[test]
    fn nonsense_is_refused() {
        let cases: [(&[u8], &str); 7] = [
            (b"HTTP/1", "The connection ended before the answer did"),
            (b"\0\0", "The answer is not HTTP: invalid HTTP version"),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                "The connection ended before the answer did",
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "The answer's length makes no sense"),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n",
                "The connection ended before the answer did",
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                "The size of a chunk of the answer makes no sense",
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
                "A chunk of the answer is longer than it says",
            ),
        ];
        for (bytes, error) in cases {
            assert_eq!(read(bytes, 1000), Err(error.to_owned()));
        }
        assert_eq!(ResponseReader::default().read(true).err().as_deref(), Some("Empty reply from server"));
        let long = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; MAX_BODY + 1]].concat();
        assert!(read(&long, 10_000).unwrap_err().contains("more than"));
        let long = [&b"HTTP/1.1 200 OK\r\nA: "[..], &vec![b'x'; MAX_HEAD + 1]].concat();
        assert!(read(&long, 10_000).unwrap_err().contains("too long"));
    }
}
