//! The public names of the variadic functions; see `variadic.c`.

use std::arch::naked_asm;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("the variadic functions need a jump instruction for this architecture");

/// Defines a public name that jumps to a C function with every argument in its place.
macro_rules! jump_to_c {
    ($($name:ident => $target:ident;)*) => {
        // Hidden in the C file, so that the jump needs no procedure linkage table, which would clobber
        // registers.
        unsafe extern "C" {
            $(fn $target();)*
        }
        $(
            /// Never called from Rust; the prototype is in `header_only.rs`.
            #[unsafe(no_mangle)]
            #[unsafe(naked)]
            pub unsafe extern "C-unwind" fn $name() {
                #[cfg(target_arch = "x86_64")]
                naked_asm!("jmp {f}", f = sym $target);
                #[cfg(target_arch = "aarch64")]
                naked_asm!("b {f}", f = sym $target);
            }
        )*
    };
}

jump_to_c! {
    rd_kafka_producev => rdk_c_producev;
    rd_kafka_error_new => rdk_c_error_new;
    rd_kafka_mock_push_request_errors => rdk_c_mock_push;
    rd_kafka_mock_broker_push_request_error_rtts => rdk_c_mock_push_broker;
    rd_kafka_mock_partition_push_request_errors => rdk_c_mock_push_partition;
}
