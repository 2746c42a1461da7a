//! The dynamic symbols of a native library. The reader is taken by its file: its crate is a Python module and cannot be linked here.
#![no_main]

#[allow(dead_code)]
#[path = "../../crates/native/src/elf.rs"]
mod elf;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = elf::read(data);
});
