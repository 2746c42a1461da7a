//! Binary XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mingjian_fuzz::document(data));
