//! Lists of regular expressions, as the C library reads them: POSIX extended syntax, with its error texts.
//!
//! Why C and not a Rust crate: librdkafka uses the C library's, so the same list has to match the same
//! topics, and `\d` or `(?i)`, for instance, mean something else there.
#![allow(unsafe_code)] // Calls into C; the safe functions here are the whole surface.

use crate::base::sync::Arc;
use std::ffi::{CStr, CString};
use std::fmt;
use std::ptr;

/// A compiled expression.
struct Pattern(Box<libc::regex_t>);

// SAFETY: POSIX has regexec() take one compiled expression on several threads at once; compiling and freeing
// have it to themselves.
unsafe impl Send for Pattern {}
// SAFETY: as above.
unsafe impl Sync for Pattern {}

impl Pattern {
    /// The error is regerror()'s text.
    fn new(text: &str) -> Result<Self, String> {
        // The text comes from a C string; one with a NUL would be another one to C.
        let text = CString::new(text).map_err(|_| "NUL in the expression".to_owned())?;
        // SAFETY: regex_t is a plain C struct that regcomp() fills in; all zeros are a value of it.
        let mut regex: Box<libc::regex_t> = Box::new(unsafe { std::mem::zeroed() });
        // SAFETY: both pointers are valid for the call, and the text ends with a NUL.
        let code =
            unsafe { libc::regcomp(&raw mut *regex, text.as_ptr(), libc::REG_EXTENDED | libc::REG_NOSUB) };
        if code == 0 {
            return Ok(Self(regex));
        }
        let mut message = [0u8; 256];
        // SAFETY: regerror() writes at most the given number of bytes, with a NUL at the end.
        unsafe { libc::regerror(code, &raw const *regex, message.as_mut_ptr().cast(), message.len()) };
        let message = CStr::from_bytes_until_nul(&message).unwrap_or_default();
        Err(message.to_string_lossy().into_owned())
    }

    /// Whether any part of the name matches.
    fn matches(&self, name: &CStr) -> bool {
        // SAFETY: the expression was compiled, and the name ends with a NUL. No positions are asked for.
        unsafe { libc::regexec(&raw const *self.0, name.as_ptr(), 0, ptr::null_mut(), 0) == 0 }
    }
}

impl Drop for Pattern {
    fn drop(&mut self) {
        // SAFETY: it was compiled, and nobody uses it any more.
        unsafe { libc::regfree(&raw mut *self.0) };
    }
}

/// A comma-separated list of regular expressions. The default is empty and matches nothing.
#[derive(Clone, Default)]
pub struct PatternList {
    text: String,
    patterns: Arc<Vec<Pattern>>,
}

impl PatternList {
    /// Commas cannot be escaped. An empty expression matches everything; behind a last comma there is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let items = text.split_terminator(',');
        let compile = |item: &str| {
            Pattern::new(item).map_err(|why| format!("Failed to parse pattern \"{item}\": {why}"))
        };
        let patterns = items.map(compile).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { text: text.to_owned(), patterns: Arc::new(patterns) })
    }

    /// Whether any part of the name matches one of the expressions.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        !self.patterns.is_empty()
            && CString::new(name).is_ok_and(|name| self.patterns.iter().any(|p| p.matches(&name)))
    }
}

impl PartialEq for PatternList {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for PatternList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_matches_what_one_of_its_expressions_matches() {
        for (list, name, matches) in [
            ("^a", "ab", true),
            ("^a", "ba", false),
            ("lack", "black1", true),
            ("x,^(black1|y)$", "black1", true),
            ("x, black1", "black1", false),
            ("BLACK", "black", false),
            ("^a{2}$", "aa", true),
            ("x,,y", "anything", true),
            ("x,", "y", false),
            ("", "anything", false),
        ] {
            assert_eq!(PatternList::parse(list).unwrap().matches(name), matches, "{list} and {name}");
        }
    }

    #[test]
    fn the_error_names_the_expression_that_does_not_parse() {
        let error = PatternList::parse("a,^b(").unwrap_err();
        assert!(error.starts_with("Failed to parse pattern \"^b(\": ") && error.len() > 32, "{error}");
        // The comma ends the expression, also within braces.
        assert!(PatternList::parse("^a{1,2}").unwrap_err().starts_with("Failed to parse pattern \"^a{1\": "));
    }
}
