//! Chains of interceptors: functions of the application's or of plug-ins, in the order in which they were
//! added.

use crate::base::error::ErrorCode;
use crate::base::log::{Level, Logger};
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::with_exposed_provenance_mut;

/// Calls a method as a function of `$type`, with its opaque as the last or `$(, $after)*` following argument.
/// If it unwinds the stack instead of returning, the result is the type's default.
macro_rules! call_method {
    ($method:expr, $type:ty, ($($before:expr),* $(,)?) $(, $after:expr)*) => {{
        let method = $method;
        // SAFETY: the chain that the method is in has one kind of function; the add function's prototype says
        // which. Function pointers are data pointers on every platform with dlsym().
        let function = unsafe {
            std::mem::transmute::<*const std::ffi::c_void, $type>(std::ptr::with_exposed_provenance(method.function()))
        };
        // SAFETY: the application's function; the arguments live until it returns.
        $crate::base::unwind::call(|| unsafe { function($($before,)* method.opaque() $(, $after)*) })
            .unwrap_or_default()
    }};
}
pub(crate) use call_method;

/// One function in a chain.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    name: CString,
    /// Its address: chains are of one kind each, which gives it its type back.
    function: usize,
    opaque: usize,
}

impl Method {
    pub(crate) fn function(&self) -> usize {
        self.function
    }

    pub(crate) fn opaque(&self) -> *mut c_void {
        with_exposed_provenance_mut(self.opaque)
    }

    /// Logs that the function has failed.
    pub(crate) fn log_failure(&self, logger: &Logger, what: &str, code: i32, about: &str, text: &str) {
        let colon = if text.is_empty() { "" } else { ": " };
        logger.log(
            Level::Warning,
            "ICFAIL",
            format_args!(
                "Interceptor {} failed {what}{about}: {}{colon}{text}",
                self.name.to_string_lossy(),
                shown(ErrorCode(code)),
            ),
        );
    }
}

fn shown(code: ErrorCode) -> String {
    code.text().map_or_else(|| format!("Err-{}?", code.0), str::to_owned)
}

/// Functions of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain(Vec<Method>);

impl Chain {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Method> {
        self.0.iter()
    }

    /// Appends a function. With `unique`, a function that has been added under the same name before is a
    /// conflict.
    ///
    /// # Safety
    /// `name` is NULL or a NUL-terminated string, and `function` NULL or a function of the chain's kind.
    pub(crate) unsafe fn add(
        &mut self,
        name: *const c_char,
        function: *mut c_void,
        opaque: *mut c_void,
        unique: bool,
    ) -> ErrorCode {
        if name.is_null() || function.is_null() {
            return ErrorCode::_INVALID_ARG;
        }
        // SAFETY: by this function's own contract.
        let name = unsafe { CStr::from_ptr(name) };
        let function = function.expose_provenance();
        if unique && self.0.iter().any(|m| m.function == function && m.name.as_c_str() == name) {
            return ErrorCode::_CONFLICT;
        }
        self.0.push(Method { name: name.to_owned(), function, opaque: opaque.expose_provenance() });
        ErrorCode::NO_ERROR
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::{null, null_mut, without_provenance_mut};

    #[test]
    fn the_same_function_under_the_same_name_is_a_conflict() {
        let mut chain = Chain::default();
        let (f, g) = (without_provenance_mut(16), without_provenance_mut(32));
        // SAFETY: the functions are not called.
        let mut add =
            |name: *const c_char, function, unique| unsafe { chain.add(name, function, null_mut(), unique) };
        assert_eq!(add(c"a".as_ptr(), f, true), ErrorCode::NO_ERROR);
        assert_eq!(add(c"a".as_ptr(), f, true), ErrorCode::_CONFLICT);
        assert_eq!(add(c"a".as_ptr(), f, false), ErrorCode::NO_ERROR);
        assert_eq!(add(c"a".as_ptr(), g, true), ErrorCode::NO_ERROR);
        assert_eq!(add(c"b".as_ptr(), f, true), ErrorCode::NO_ERROR);
        assert_eq!(add(c"b".as_ptr(), null_mut(), true), ErrorCode::_INVALID_ARG);
        assert_eq!(add(null(), f, true), ErrorCode::_INVALID_ARG);
        assert_eq!(chain.iter().count(), 4);
    }
}
