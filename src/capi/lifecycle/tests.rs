//! Instances from rd_kafka_new() to rd_kafka_destroy().

use crate::base::error::ErrorCode;
use crate::capi::abi::consts::RD_KAFKA_MSG_F_COPY;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::ffi::errors::rd_kafka_last_error;
use crate::capi::instance::info::{rd_kafka_fatal_error, rd_kafka_outq_len};
use crate::capi::instance::object::PRODUCER;
use crate::capi::instance::object::with_instance;
use crate::capi::instance::topic::{rd_kafka_topic_destroy, rd_kafka_topic_new};
use crate::capi::lifecycle::configuration::new_conf;
use crate::capi::lifecycle::create::rd_kafka_new;
use crate::capi::lifecycle::destroy::rd_kafka_destroy;
use crate::capi::produce::positional::rd_kafka_produce;
use crate::capi::queue::poll::rd_kafka_flush;
use std::ffi::CStr;
use std::ptr::{null, null_mut};

/// A producer without brokers that logs nothing.
fn producer() -> *mut rd_kafka_t {
    let mut conf = new_conf();
    conf.set("log_level", Some("0")).unwrap();
    let conf = Box::into_raw(Box::new(conf)).cast();
    let mut reason = [0; 200];
    // SAFETY: a configuration and a buffer of this test's.
    let rk = unsafe { rd_kafka_new(PRODUCER, conf, reason.as_mut_ptr(), reason.len()) };
    // SAFETY: a terminated text.
    assert!(!rk.is_null(), "{:?}", unsafe { CStr::from_ptr(reason.as_ptr()) });
    rk
}

#[test]
fn a_panic_fails_its_instance_and_no_other() {
    let (rk, other) = (producer(), producer());
    // SAFETY: live instances and handles until they are destroyed below.
    unsafe {
        let (t, u) = (
            rd_kafka_topic_new(rk, c"t".as_ptr(), null_mut()),
            rd_kafka_topic_new(other, c"t".as_ptr(), null_mut()),
        );
        let produce = |t| rd_kafka_produce(t, -1, RD_KAFKA_MSG_F_COPY, null_mut(), 0, null(), 0, null_mut());
        assert_eq!((produce(t), produce(u)), (0, 0));
        assert_eq!(with_instance(rk, -7, |_| panic!("a bug")), -7);
        assert_eq!((produce(t), rd_kafka_last_error()), (-1, ErrorCode::_FATAL.0));
        let mut reason = [0; 100];
        let code = rd_kafka_fatal_error(rk, reason.as_mut_ptr(), reason.len());
        assert_eq!(code, ErrorCode::_FAIL.0);
        assert_eq!(CStr::from_ptr(reason.as_ptr()), c"internal error: a bug");
        // What was queued has been given up, which needs no broker; it would time out after 300 s.
        assert_eq!(rd_kafka_flush(rk, 120_000), 0);
        assert_eq!((produce(u), rd_kafka_outq_len(other)), (0, 2));
        rd_kafka_topic_destroy(t);
        rd_kafka_topic_destroy(u);
        rd_kafka_destroy(rk);
        rd_kafka_destroy(other);
    }
}

#[test]
fn topic_handles_outlive_their_instance() {
    let rk = producer();
    // SAFETY: the handle is counted, and the instance is not used after it was destroyed.
    unsafe {
        let t = rd_kafka_topic_new(rk, c"t".as_ptr(), null_mut());
        assert_eq!(t, rd_kafka_topic_new(rk, c"t".as_ptr(), null_mut()));
        rd_kafka_topic_destroy(t);
        rd_kafka_destroy(rk);
        assert_eq!(CStr::from_ptr(crate::capi::instance::topic::rd_kafka_topic_name(t)), c"t");
        rd_kafka_topic_destroy(t);
    }
}
