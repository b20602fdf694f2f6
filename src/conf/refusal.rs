//! Configurations that cannot be used.

use crate::base::error::{Error, ErrorCode, Result};

pub(in crate::conf) fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorCode::_INVALID_ARG, text))
}
