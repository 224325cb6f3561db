//! Reads a built library and writes the Kotlin or Swift sources that call it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
