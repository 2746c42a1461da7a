//! A package of any container format, opened and read to the last entry.
#![no_main]

use apk::package::{Input, Package, Place};
use apk::{payload, sign, Budget, Bytes};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits = mingjian_fuzz::limits();
    let input = Input {
        name: "a.apk".into(),
        bytes: Bytes::copy_from_slice(data),
    };
    let Ok(package) = Package::open(vec![input], &limits) else {
        return;
    };
    let budget = Budget::new(&limits);
    for (container, opened) in package.containers().iter().enumerate() {
        for entry in 0..opened.archive.entries().len() {
            let place = Place { container, entry };
            let _ = package.read(place, &budget);
            let _ = package.find(&package.path(place));
        }
        let _ = sign::verify(&opened.archive, sign::Effort::All, &budget);
    }
    let _ = payload::find(&package, &Budget::new(&limits));
    let _ = (package.anomalies(), package.faults());
});
