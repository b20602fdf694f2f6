//! User name and password, replaceable while clients are connected.

use crate::base::sync::{Mutex, Rank};
use std::fmt;
use std::ops::Deref;
use zeroize::Zeroizing;

/// A text that nobody else may see: wiped from memory when it is dropped, and not shown by `{:?}`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A password: any bytes, treated as a [`Secret`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl Deref for Password {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What PLAIN and SCRAM log in with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    pub user_name: String,
    pub password: Password,
}

impl Login {
    #[must_use]
    pub fn new(user_name: &str, password: &[u8]) -> Self {
        Self { user_name: user_name.to_owned(), password: Password::new(password) }
    }
}

/// The login of a client instance. A change holds from the next authentication on; connections that are
/// authenticated stay so.
pub struct Credentials(Mutex<Login>);

impl Credentials {
    #[must_use]
    pub fn new(login: Login) -> Self {
        Self(Mutex::new(Rank::Leaf, login))
    }

    #[must_use]
    pub fn get(&self) -> Login {
        self.0.lock().clone()
    }

    pub fn set(&self, login: Login) {
        *self.0.lock() = login;
    }
}
