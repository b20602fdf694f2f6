//! Lists of topics and partitions. Applications read, write and even sort the elements themselves, and put
//! memory of their own into them, so all of it comes from C `malloc`.

use crate::base::error::ErrorCode;
use crate::capi::abi::consts::RD_KAFKA_OFFSET_INVALID;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::memory::malloc_bytes;
use crate::capi::ffi::pointers::{borrow, borrow_mut};
use crate::capi::ffi::strings::bytes;
use std::cmp::Ordering;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

/// What `_private` points to.
#[repr(C)]
struct Private {
    leader_epoch: i32,
}

/// The elements of a list.
///
/// # Safety
/// A list as the functions here keep it.
pub(crate) unsafe fn elems(list: &rd_kafka_topic_partition_list_t) -> &[rd_kafka_topic_partition_t] {
    match usize::try_from(list.cnt) {
        // SAFETY: `cnt` elements are initialized.
        Ok(n) if n > 0 && !list.elems.is_null() => unsafe { std::slice::from_raw_parts(list.elems, n) },
        _ => &[],
    }
}

/// The elements of a list, to be changed; none for NULL.
///
/// # Safety
/// NULL, or a list as the functions here keep it that nobody else uses meanwhile.
pub(crate) unsafe fn elems_mut<'a>(
    list: *mut rd_kafka_topic_partition_list_t,
) -> &'a mut [rd_kafka_topic_partition_t] {
    // SAFETY: by this function's own contract; `cnt` elements are initialized.
    unsafe {
        match borrow(list.cast_const()).map(|l| (l.elems, usize::try_from(l.cnt))) {
            Some((first, Ok(n))) if n > 0 && !first.is_null() => std::slice::from_raw_parts_mut(first, n),
            _ => &mut [],
        }
    }
}

/// Grows the list so that `more` elements fit, at least to twice its size. False when memory is exhausted.
///
/// # Safety
/// A list as the functions here keep it.
unsafe fn reserve(list: &mut rd_kafka_topic_partition_list_t, more: c_int) -> bool {
    let step = if more < list.size { list.size.max(32) } else { more };
    let Some(size) = list.size.checked_add(step) else { return false };
    let bytes =
        usize::try_from(size).ok().and_then(|n| n.checked_mul(size_of::<rd_kafka_topic_partition_t>()));
    let Some(bytes) = bytes else { return false };
    // SAFETY: the array came from malloc, or is NULL.
    let grown = unsafe { libc::realloc(list.elems.cast(), bytes) };
    if grown.is_null() {
        return false;
    }
    list.elems = grown.cast();
    list.size = size;
    true
}

/// Appends an element; NULL when memory is exhausted.
///
/// # Safety
/// A list as the functions here keep it.
unsafe fn push(
    list: &mut rd_kafka_topic_partition_list_t,
    topic: Option<&[u8]>,
    partition: i32,
) -> *mut rd_kafka_topic_partition_t {
    // SAFETY: as this function's own contract.
    if list.cnt >= list.size && !unsafe { reserve(list, 1) } {
        return null_mut();
    }
    // SAFETY: element `cnt` fits now.
    unsafe {
        let elem = list.elems.add(usize::try_from(list.cnt).unwrap_or(0));
        elem.write(rd_kafka_topic_partition_t {
            topic: topic.map_or(null_mut(), |t| malloc_bytes(t).cast()),
            partition,
            offset: i64::from(RD_KAFKA_OFFSET_INVALID),
            metadata: null_mut(),
            metadata_size: 0,
            opaque: null_mut(),
            err: 0,
            _private: null_mut(),
        });
        list.cnt += 1;
        elem
    }
}

/// Releases what an element owns, not the element itself.
///
/// # Safety
/// The pointers in the element came from malloc or are NULL, and are not used afterwards.
unsafe fn release(elem: &rd_kafka_topic_partition_t) {
    // SAFETY: by this function's own contract.
    unsafe {
        libc::free(elem.topic.cast());
        libc::free(elem.metadata);
        libc::free(elem._private);
    }
}

/// Order by topic name, then partition.
///
/// # Safety
/// The topics are terminated strings or NULL.
unsafe fn compare(a: &rd_kafka_topic_partition_t, b: &rd_kafka_topic_partition_t) -> Ordering {
    // SAFETY: by this function's own contract.
    let (x, y) = unsafe { (bytes(a.topic), bytes(b.topic)) };
    x.cmp(&y).then(a.partition.cmp(&b.partition))
}

/// Position of a topic and partition in a list.
///
/// # Safety
/// A list as the functions here keep it, and a terminated string or NULL.
unsafe fn position(
    list: &rd_kafka_topic_partition_list_t,
    topic: *const c_char,
    partition: i32,
) -> Option<usize> {
    // SAFETY: by this function's own contract.
    unsafe {
        let topic = bytes(topic);
        elems(list).iter().position(|e| e.partition == partition && bytes(e.topic) == topic)
    }
}

/// Makes an empty list.
///
/// @param size Number of elements to reserve memory for; the list grows beyond it when needed.
///
/// @return A new list, to be released with rd_kafka_topic_partition_list_destroy().
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_topic_partition_list_new(
    size: c_int,
) -> *mut rd_kafka_topic_partition_list_t {
    guard(null_mut(), || {
        // SAFETY: calloc has no conditions; all zeros is a valid empty list.
        unsafe {
            let list: *mut rd_kafka_topic_partition_list_t =
                libc::calloc(1, size_of::<rd_kafka_topic_partition_list_t>()).cast();
            if let Some(l) = list.as_mut().filter(|_| size > 0) {
                reserve(l, size);
            }
            list
        }
    })
}

/// Releases a list with its elements, whose `topic` and `metadata` are released with free(3). NULL is
/// allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_destroy(
    rkparlist: *mut rd_kafka_topic_partition_list_t,
) {
    guard((), || {
        // SAFETY: the caller gives the list up.
        unsafe {
            let Some(list) = borrow(rkparlist) else { return };
            elems(list).iter().for_each(|e| release(e));
            libc::free(list.elems.cast());
            libc::free(rkparlist.cast());
        }
    });
}

/// A topic and partition on its own, to be released with rd_kafka_topic_partition_destroy().
pub(crate) fn new_topic_partition(
    topic: &[u8],
    partition: i32,
    offset: i64,
    error: ErrorCode,
) -> *mut rd_kafka_topic_partition_t {
    // SAFETY: memory of an element's size, which is filled in at once.
    unsafe {
        let elem: *mut rd_kafka_topic_partition_t =
            libc::calloc(1, size_of::<rd_kafka_topic_partition_t>()).cast();
        if let Some(e) = elem.as_mut() {
            e.topic = malloc_bytes(topic).cast();
            e.partition = partition;
            e.offset = offset;
            e.err = error.0;
        }
        elem
    }
}

/// Releases a topic and partition that a function has returned on its own, that is, not an element of a list.
/// NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_destroy(rktpar: *mut rd_kafka_topic_partition_t) {
    guard((), || {
        // SAFETY: the caller gives the object up.
        unsafe {
            let Some(elem) = borrow(rktpar) else { return };
            release(elem);
            libc::free(rktpar.cast());
        }
    });
}

/// Sets the leader epoch of an element, -1 for none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_set_leader_epoch(
    rktpar: *mut rd_kafka_topic_partition_t,
    leader_epoch: i32,
) {
    guard((), || {
        // SAFETY: the caller's element; `_private` is NULL or a `Private` from malloc.
        unsafe {
            let Some(elem) = borrow_mut(rktpar) else { return };
            if elem._private.is_null() && leader_epoch != -1 {
                elem._private = libc::malloc(size_of::<Private>());
            }
            if !elem._private.is_null() {
                elem._private.cast::<Private>().write(Private { leader_epoch });
            }
        }
    });
}

/// Returns the leader epoch of an element, -1 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_get_leader_epoch(
    rktpar: *const rd_kafka_topic_partition_t,
) -> i32 {
    // SAFETY: the caller's element.
    guard(-1, || unsafe { borrow(rktpar).map_or(-1, |e| leader_epoch(e)) })
}

/// The leader epoch of an element, -1 for none.
///
/// # Safety
/// An element as the functions here keep it.
pub(crate) unsafe fn leader_epoch(element: &rd_kafka_topic_partition_t) -> i32 {
    // SAFETY: `_private` is NULL or a `Private`.
    unsafe { borrow(element._private.cast::<Private>()) }.map_or(-1, |p| p.leader_epoch)
}

/// Appends a topic and partition. Their offset is RD_KAFKA_OFFSET_INVALID.
///
/// @return The new element, valid until the list is changed again.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_add(
    rktparlist: *mut rd_kafka_topic_partition_list_t,
    topic: *const c_char,
    partition: i32,
) -> *mut rd_kafka_topic_partition_t {
    guard(null_mut(), || {
        // SAFETY: the caller's list and topic name.
        unsafe { borrow_mut(rktparlist).map_or(null_mut(), |list| push(list, bytes(topic), partition)) }
    })
}

/// Appends the partitions from `start` to `stop`, both included.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_add_range(
    rktparlist: *mut rd_kafka_topic_partition_list_t,
    topic: *const c_char,
    start: i32,
    stop: i32,
) {
    guard((), || {
        // SAFETY: the caller's list and topic name.
        unsafe {
            let (Some(list), Some(topic)) = (borrow_mut(rktparlist), bytes(topic)) else { return };
            for partition in start..=stop {
                if push(list, Some(topic), partition).is_null() {
                    return;
                }
            }
        }
    });
}

/// Removes a topic and partition.
///
/// @return 1, or 0 if it was not in the list.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_del(
    rktparlist: *mut rd_kafka_topic_partition_list_t,
    topic: *const c_char,
    partition: i32,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's list and topic name.
        unsafe {
            let found = borrow(rktparlist).and_then(|l| position(l, topic, partition));
            let idx = found.and_then(|i| c_int::try_from(i).ok());
            idx.map_or(0, |i| rd_kafka_topic_partition_list_del_by_idx(rktparlist, i))
        }
    })
}

/// Removes the element at a position; the later ones move up.
///
/// @return 1, or 0 if there is no such position.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_del_by_idx(
    rktparlist: *mut rd_kafka_topic_partition_list_t,
    idx: c_int,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's list; the position is checked before elements are moved within the array.
        unsafe {
            let Some(list) = borrow_mut(rktparlist) else { return 0 };
            let (Ok(i), Ok(n)) = (usize::try_from(idx), usize::try_from(list.cnt)) else { return 0 };
            if i >= n {
                return 0;
            }
            let at = list.elems.add(i);
            release(&*at);
            std::ptr::copy(at.add(1), at, n - i - 1);
            list.cnt -= 1;
            1
        }
    })
}

/// Copies a list with all fields of its elements.
///
/// @return A new list, to be released with rd_kafka_topic_partition_list_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_copy(
    src: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_topic_partition_list_t {
    guard(null_mut(), || {
        // SAFETY: the caller's list; the copies of its elements own memory of their own.
        unsafe {
            let Some(src) = borrow(src) else { return null_mut() };
            let copy = rd_kafka_topic_partition_list_new(src.size.max(src.cnt));
            let Some(list) = borrow_mut(copy) else { return null_mut() };
            for from in elems(src) {
                let Some(to) = borrow_mut(push(list, bytes(from.topic), from.partition)) else {
                    break;
                };
                (to.offset, to.opaque, to.err) = (from.offset, from.opaque, from.err);
                if from.metadata_size > 0 && !from.metadata.is_null() {
                    let old = std::slice::from_raw_parts(from.metadata.cast::<u8>(), from.metadata_size);
                    (to.metadata, to.metadata_size) = (malloc_bytes(old), from.metadata_size);
                }
                let epoch = rd_kafka_topic_partition_get_leader_epoch(from);
                rd_kafka_topic_partition_set_leader_epoch(to, epoch);
            }
            copy
        }
    })
}

/// Sets the offset of a topic and partition.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if it is not in the list.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_set_offset(
    rktparlist: *mut rd_kafka_topic_partition_list_t,
    topic: *const c_char,
    partition: i32,
    offset: i64,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's list and topic name.
        unsafe {
            match borrow_mut(rd_kafka_topic_partition_list_find(rktparlist, topic, partition)) {
                Some(elem) => {
                    elem.offset = offset;
                    ErrorCode::NO_ERROR.0
                }
                None => ErrorCode::_UNKNOWN_PARTITION.0,
            }
        }
    })
}

/// Finds a topic and partition.
///
/// @return The element, valid until the list is changed, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_find(
    rktparlist: *const rd_kafka_topic_partition_list_t,
    topic: *const c_char,
    partition: i32,
) -> *mut rd_kafka_topic_partition_t {
    guard(null_mut(), || {
        // SAFETY: the caller's list and topic name; a position found lies inside the array.
        unsafe {
            let Some(list) = borrow(rktparlist) else { return null_mut() };
            position(list, topic, partition).map_or(null_mut(), |i| list.elems.add(i))
        }
    })
}

/// The order used without a comparison function of the application's.
unsafe extern "C-unwind" fn compare_elems(a: *const c_void, b: *const c_void, _: *mut c_void) -> c_int {
    // SAFETY: qsort_r passes pointers to elements of the array.
    guard(0, || unsafe {
        match (borrow(a.cast()), borrow(b.cast())) {
            (Some(a), Some(b)) => compare(a, b) as c_int,
            _ => 0,
        }
    })
}

/// Sorts a list.
///
/// @param cmp Comparison of two elements (rd_kafka_topic_partition_t) as for qsort(3), or NULL for the order
/// by topic name and partition.
/// @param cmp_opaque Passed to the comparison.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_list_sort(
    rktparlist: *mut rd_kafka_topic_partition_list_t,
    cmp: Option<
        unsafe extern "C-unwind" fn(a: *const c_void, b: *const c_void, cmp_opaque: *mut c_void) -> c_int,
    >,
    cmp_opaque: *mut c_void,
) {
    // The C library's sort: it puts up with a comparison that contradicts itself.
    unsafe extern "C-unwind" {
        fn qsort_r(
            base: *mut c_void,
            n: usize,
            size: usize,
            cmp: unsafe extern "C-unwind" fn(*const c_void, *const c_void, *mut c_void) -> c_int,
            arg: *mut c_void,
        );
    }
    guard((), || {
        // SAFETY: the caller's list; no reference to it is held while the application compares.
        unsafe {
            let Some((base, n)) = borrow(rktparlist).map(|l| (l.elems, l.cnt)) else { return };
            let n = usize::try_from(n).unwrap_or(0);
            if n > 1 {
                let size = size_of::<rd_kafka_topic_partition_t>();
                crate::base::unwind::call(|| {
                    qsort_r(base.cast(), n, size, cmp.unwrap_or(compare_elems), cmp_opaque);
                });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(list: *const rd_kafka_topic_partition_list_t) -> Vec<(String, i32)> {
        // SAFETY: live lists of the tests.
        unsafe { elems(&*list) }
            .iter()
            // SAFETY: as above.
            .map(|e| (String::from_utf8_lossy(unsafe { bytes(e.topic) }.unwrap()).into_owned(), e.partition))
            .collect()
    }

    #[test]
    fn add_find_delete_sort_copy() {
        let list = rd_kafka_topic_partition_list_new(1);
        // SAFETY: live lists and terminated strings throughout.
        unsafe {
            rd_kafka_topic_partition_list_add_range(list, c"b".as_ptr(), 3, 5);
            let a = rd_kafka_topic_partition_list_add(list, c"a".as_ptr(), 7);
            assert_eq!((*a).offset, -1001);
            (*a).metadata = libc::strdup(c"meta".as_ptr()).cast();
            (*a).metadata_size = 4;
            rd_kafka_topic_partition_set_leader_epoch(a, 12);
            assert_eq!(rd_kafka_topic_partition_list_del(list, c"b".as_ptr(), 4), 1);
            assert_eq!(rd_kafka_topic_partition_list_del(list, c"b".as_ptr(), 4), 0);
            assert_eq!(rd_kafka_topic_partition_list_set_offset(list, c"b".as_ptr(), 5, 99), 0);
            assert_eq!(rd_kafka_topic_partition_list_set_offset(list, c"c".as_ptr(), 5, 99), -190);
            rd_kafka_topic_partition_list_sort(list, None, null_mut());
            let copy = rd_kafka_topic_partition_list_copy(list);
            rd_kafka_topic_partition_list_destroy(list);
            assert_eq!(show(copy), [("a".into(), 7), ("b".into(), 3), ("b".into(), 5)]);
            let a = rd_kafka_topic_partition_list_find(copy, c"a".as_ptr(), 7);
            assert_eq!(rd_kafka_topic_partition_get_leader_epoch(a), 12);
            assert_eq!(bytes((*a).metadata.cast()), Some(b"meta".as_slice()));
            assert_eq!((*rd_kafka_topic_partition_list_find(copy, c"b".as_ptr(), 5)).offset, 99);
            assert_eq!(rd_kafka_topic_partition_list_del_by_idx(copy, 3), 0);
            rd_kafka_topic_partition_list_destroy(copy);
        }
    }
}
