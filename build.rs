//! Link settings of the shared object and the C side of the variadic functions.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/capi/ffi/variadic.c");
    cc::Build::new()
        .file("src/capi/ffi/variadic.c")
        .std("c99")
        .define("_DEFAULT_SOURCE", None)
        .warnings(true)
        .extra_warnings(true)
        .compile("rdkafka_variadic");
    // Programs linked against librdkafka carry this name in their NEEDED entries.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,librdkafka.so.1");
}
