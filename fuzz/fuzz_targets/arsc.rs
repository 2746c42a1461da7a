//! The resource table of an APK.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mingjian_fuzz::table(data));
