//! Link settings of the shared object and the C side of the variadic functions.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Programs linked against librdkafka carry this name in their NEEDED entries.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,librdkafka.so.1");
}
