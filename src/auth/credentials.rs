//! User name and password, replaceable while clients are connected.

use crate::base::sync::{Mutex, Rank};
use std::fmt;
use zeroize::Zeroizing;

/// What PLAIN and SCRAM log in with. The password is wiped from memory when it is dropped, and not shown by `{:?}`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    pub user_name: String,
    pub password: Zeroizing<String>,
}

impl Login {
    #[must_use]
    pub fn new(user_name: &str, password: &str) -> Self {
        Self { user_name: user_name.to_owned(), password: Zeroizing::new(password.to_owned()) }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user_name", &self.user_name).finish_non_exhaustive()
    }
}

/// The login of a client instance. A change holds from the next authentication on; connections that are authenticated
/// stay so.
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
