//! The signing block: the input is its pairs, framed rightly, so that what is inside them is met.
#![no_main]

use apk::zip::Archive;
use apk::{sign, Budget, Bytes};

libfuzzer_sys::fuzz_target!(|pairs: &[u8]| {
    let size = (pairs.len() as u64 + 24).to_le_bytes();
    let block = [&size, pairs, &size, b"APK Sig Block 42"].concat();
    let limits = mingjian_fuzz::limits();
    let bytes = Bytes::from(mingjian_fuzz::archive(&[("AndroidManifest.xml", b"x")], &block));
    let archive = Archive::open(bytes, &limits).expect("the archive is sound");
    let _ = sign::verify(&archive, sign::Effort::All, &Budget::new(&limits));
});
