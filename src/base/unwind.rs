//! Calls into foreign code that may unwind the stack: callbacks of the application, and waits in the C
//! library.
//!
//! A C++ exception, `pthread_exit()` and `pthread_cancel()` unwind the stack. Rust frames that own something
//! must not be unwound by the latter two, and a panic barrier cannot be passed by any of them. So no Rust
//! frame that owns anything ever is: [`call`] catches whatever leaves the foreign function right there, and
//! remembers it for the thread. Our functions return as usual, early because they ask [`is_pending`] where
//! they wait or loop, and release what they hold. The exported function, when its panic barrier lies behind
//! it and it owns nothing any more, calls [`resume`]: the unwinding goes on from there into the application's
//! frames, as if ours had let it pass.
//!
//! The catching frame is a few instructions of assembly: stable Rust has no other way to catch what is not a
//! panic. Its personality routine and landing place follow the Itanium C++ ABI; stopping a forced unwinding
//! and resuming it later is what `catch (...) { throw; }` does in C++.
#![allow(unsafe_code)] // The unwinder's interface; see above.

use super::sync::atomic::{AtomicUsize, Ordering};
use std::arch::global_asm;
use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// `_Unwind_Exception`.
#[repr(C, align(16))]
struct Exception {
    class: u64,
    cleanup: usize,
    /// Other than 0 while `pthread_exit()` or cancellation unwinds: a forced unwinding.
    stop: usize,
    private: usize,
}

const SEARCH_PHASE: c_int = 1;
const HANDLER_FRAME: c_int = 4;
const FORCE_UNWIND: c_int = 8;
const FATAL_PHASE1_ERROR: c_int = 3;
const HANDLER_FOUND: c_int = 6;
const INSTALL_CONTEXT: c_int = 7;
const CONTINUE_UNWIND: c_int = 8;
/// The register in which a function returns its value, by the number that the unwinder knows it by.
const RETURN_REGISTER: c_int = 0;

unsafe extern "C" {
    /// Calls `function(argument)`. Returns NULL, or what was unwinding the stack when it left the function.
    fn rdk_unwind_catch(
        function: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
    ) -> *mut Exception;
    /// The place in it where a caught unwinding goes on.
    fn rdk_unwind_landed();
    fn _Unwind_SetGR(context: *mut c_void, register: c_int, value: usize);
    fn _Unwind_SetIP(context: *mut c_void, address: usize);
    fn _Unwind_DeleteException(exception: *mut Exception);
    fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int;
}

unsafe extern "C-unwind" {
    fn _Unwind_Resume_or_Rethrow(exception: *mut Exception) -> c_int;
}

#[cfg(target_arch = "x86_64")]
global_asm!(
    ".hidden rdk_unwind_catch",
    ".globl rdk_unwind_catch",
    ".type rdk_unwind_catch,@function",
    "rdk_unwind_catch:",
    ".cfi_startproc",
    ".cfi_personality 0x1b, {personality}",
    "push rbp",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbp, -16",
    "mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "mov rax, rdi",
    "mov rdi, rsi",
    "call rax",
    "xor eax, eax",
    ".hidden rdk_unwind_landed",
    ".globl rdk_unwind_landed",
    "rdk_unwind_landed:",
    "pop rbp",
    ".cfi_def_cfa rsp, 8",
    "ret",
    ".cfi_endproc",
    ".size rdk_unwind_catch, .-rdk_unwind_catch",
    personality = sym personality,
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".hidden rdk_unwind_catch",
    ".globl rdk_unwind_catch",
    ".type rdk_unwind_catch,@function",
    "rdk_unwind_catch:",
    ".cfi_startproc",
    ".cfi_personality 0x1b, {personality}",
    "stp x29, x30, [sp, #-16]!",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset x29, -16",
    ".cfi_offset x30, -8",
    "mov x29, sp",
    ".cfi_def_cfa_register x29",
    "mov x9, x0",
    "mov x0, x1",
    "blr x9",
    "mov x0, xzr",
    ".hidden rdk_unwind_landed",
    ".globl rdk_unwind_landed",
    "rdk_unwind_landed:",
    "ldp x29, x30, [sp], #16",
    ".cfi_def_cfa sp, 0",
    ".cfi_restore x29",
    ".cfi_restore x30",
    "ret",
    ".cfi_endproc",
    ".size rdk_unwind_catch, .-rdk_unwind_catch",
    personality = sym personality,
);

/// What the unwinder asks about the frame of `rdk_unwind_catch`.
///
/// On a thread of the library's there is nobody above who could catch an exception. Saying so in the search
/// phase lets C++ end the process where the exception was thrown, with the stack as it was. A forced
/// unwinding has no search phase.
unsafe extern "C" fn personality(
    _version: c_int,
    actions: c_int,
    _class: u64,
    exception: *mut Exception,
    context: *mut c_void,
) -> c_int {
    if actions & SEARCH_PHASE != 0 {
        return if OWN_THREAD.get() { FATAL_PHASE1_ERROR } else { HANDLER_FOUND };
    }
    if actions & (HANDLER_FRAME | FORCE_UNWIND) == 0 {
        return CONTINUE_UNWIND;
    }
    // SAFETY: the context that the unwinder has passed for this call. In the frame of `rdk_unwind_catch` all
    // registers that a function preserves are as they were at its call, which is all that the landing place
    // needs.
    unsafe {
        _Unwind_SetGR(context, RETURN_REGISTER, exception.addr());
        _Unwind_SetIP(context, rdk_unwind_landed as *const () as usize);
    }
    INSTALL_CONTEXT
}

thread_local! {
    /// What goes on unwinding this thread's stack when our functions have returned.
    static PENDING: Cell<*mut Exception> = const { Cell::new(null_mut()) };
    static OWN_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The threads on which something is pending: mostly none, and then nobody looks at the thread's own data.
static PENDING_THREADS: AtomicUsize = AtomicUsize::new(0);

struct Frame<F, R> {
    function: F,
    result: MaybeUninit<R>,
}

/// The one Rust frame that is unwound. That everything in it is `Copy` means that it owns nothing.
unsafe extern "C-unwind" fn enter<F: FnOnce() -> R + Copy, R: Copy>(frame: *mut c_void) {
    // SAFETY: `call` passes its own frame.
    let frame = unsafe { &mut *frame.cast::<Frame<F, R>>() };
    frame.result.write((frame.function)());
}

/// Calls foreign code, which may unwind. `None` if it did: then the caller returns as soon as it can, and the
/// exported function lets the unwinding go on ([`resume`]). On a thread of the library's only the call ends.
#[inline]
pub fn call<F: FnOnce() -> R + Copy, R: Copy>(function: F) -> Option<R> {
    let mut frame = Frame { function, result: MaybeUninit::uninit() };
    // SAFETY: `enter` of the same types gets the frame, which lives until it has returned.
    let exception = unsafe { rdk_unwind_catch(enter::<F, R>, (&raw mut frame).cast()) };
    if exception.is_null() {
        // SAFETY: `enter` has returned, so it has written the result.
        return Some(unsafe { frame.result.assume_init() });
    }
    keep(exception);
    None
}

/// Remembers what was caught. Of two, a forced unwinding goes on: the thread is to end. Otherwise the first.
#[cold]
fn keep(exception: *mut Exception) {
    if OWN_THREAD.get() {
        // `pthread_exit()` on a thread that the library needs. To delete it would end the process.
        return;
    }
    let first = PENDING.get();
    if first.is_null() {
        PENDING_THREADS.fetch_add(1, Ordering::Relaxed);
        PENDING.set(exception);
    } else if first != exception {
        // SAFETY: both were caught and not yet given back to the unwinder.
        unsafe {
            let later_goes_on = (*exception).stop != 0 && (*first).stop == 0;
            PENDING.set(if later_goes_on { exception } else { first });
            _Unwind_DeleteException(if later_goes_on { first } else { exception });
        }
    }
}

/// Whether something waits to unwind this thread's stack: no function of ours may wait or call back any more.
#[inline]
#[must_use]
pub fn is_pending() -> bool {
    PENDING_THREADS.load(Ordering::Relaxed) > 0 && !PENDING.get().is_null()
}

/// Lets the unwinding go on that [`call`] has stopped, if there is any: then this does not return. To be
/// called where no frame of ours between here and the application's owns anything.
#[inline]
pub fn resume() {
    if PENDING_THREADS.load(Ordering::Relaxed) > 0 {
        resume_pending();
    }
}

#[cold]
fn resume_pending() {
    let exception = PENDING.replace(null_mut());
    if exception.is_null() {
        return;
    }
    PENDING_THREADS.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: it was caught in `call` and is given back once.
    unsafe { _Unwind_Resume_or_Rethrow(exception) };
    // It returns when nobody catches the exception.
    unhandled(exception);
}

/// Ends the process as C++ does when nobody catches an exception: with its type and text on standard error.
#[cold]
fn unhandled(exception: *mut Exception) -> ! {
    let find = |name: &CStr| {
        // SAFETY: a terminated name.
        unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
    };
    let (begin_catch, terminate) = (find(c"__cxa_begin_catch"), find(c"_ZSt9terminatev"));
    if !begin_catch.is_null() && !terminate.is_null() {
        // SAFETY: these are functions of the C++ runtime with these prototypes.
        unsafe {
            let begin_catch = std::mem::transmute::<
                *mut c_void,
                unsafe extern "C" fn(*mut Exception) -> *mut c_void,
            >(begin_catch);
            let terminate = std::mem::transmute::<*mut c_void, unsafe extern "C" fn()>(terminate);
            begin_catch(exception);
            terminate();
        }
    }
    std::process::abort()
}

/// To be called at the root of each thread of the library's: a C++ exception in a callback ends the process
/// there, as it would leave nobody to catch it, and `pthread_exit()` ends only the callback.
pub fn own_thread() {
    OWN_THREAD.set(true);
}

/// While this exists, `pthread_cancel()` does not take effect on this thread. For calls that use functions of
/// the C library which are cancellation points (files, sockets, joining threads): Rust code around those must
/// not be unwound.
pub struct CancellationDeferred {
    before: c_int,
}

impl CancellationDeferred {
    #[must_use]
    pub fn new() -> Self {
        const PTHREAD_CANCEL_DISABLE: c_int = 1;
        let mut before = 0;
        // SAFETY: an out-parameter.
        unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &raw mut before) };
        Self { before }
    }
}

impl Default for CancellationDeferred {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for CancellationDeferred {
    fn drop(&mut self) {
        let mut now = 0;
        // SAFETY: the state that this thread had before.
        unsafe { pthread_setcancelstate(self.before, &raw mut now) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_returns_has_its_result() {
        let text = "four";
        assert_eq!(call(|| text.len()), Some(4));
        assert!(!is_pending());
        resume();
    }
}
