//! Documents and resource tables of an app bundle. Both are tried: the bytes do not say which they are.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    mingjian_fuzz::document(data);
    mingjian_fuzz::table(data);
});
