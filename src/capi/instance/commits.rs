//! Results of offset commits, reported by a callback.

use crate::base::error::ErrorCode;
use crate::base::unwind;
use crate::capi::conf::typed_callbacks::{OffsetCommitCb, address, commit_callback};
use crate::capi::data::offset_list::OutcomeList;
use crate::capi::instance::object::Instance;
use crate::client::group::Commits;
use std::ffi::c_void;
use std::ptr::with_exposed_provenance_mut;

/// Calls the commit's own callback, or that of the configuration, if there is one.
pub(crate) fn call_back(rk: &Instance, code: ErrorCode, opaque: usize, commits: &Commits) {
    let own = commit_callback(commits.callback);
    let (callback, opaque) = if commits.of_call {
        (own, with_exposed_provenance_mut(opaque))
    } else {
        (rk.callbacks().offset_commit_cb, rk.callbacks().opaque)
    };
    let Some(callback) = callback else { return };
    let list = OutcomeList::new(&commits.offsets);
    // SAFETY: the application's callback; the list lives until it returns.
    unwind::call(|| unsafe { callback(rk.as_ptr(), code.0, list.as_ptr(), opaque) });
}

/// The address that stands for a callback in a commit; 0 for none.
pub(crate) fn address_of(callback: Option<OffsetCommitCb>) -> usize {
    address!(callback)
}
