//! Scheme v1. The input is three files: signature, signature file and manifest, each but the last preceded by its length in two bytes.
#![no_main]

use apk::zip::Archive;
use apk::{sign, Budget, Bytes};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (block, rest) = cut(data);
    let (file, manifest) = cut(rest);
    let entries = [
        ("AndroidManifest.xml", &b"x"[..]),
        ("META-INF/MANIFEST.MF", manifest),
        ("META-INF/CERT.SF", file),
        ("META-INF/CERT.RSA", block),
    ];
    let limits = mingjian_fuzz::limits();
    let bytes = Bytes::from(mingjian_fuzz::archive(&entries, &[]));
    let archive = Archive::open(bytes, &limits).expect("the archive is sound");
    let _ = sign::verify(&archive, sign::Effort::All, &Budget::new(&limits));
});

fn cut(data: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = data.split_first_chunk() else {
        return (&[], &[]);
    };
    rest.split_at(rest.len().min(u16::from_le_bytes(*length).into()))
}
