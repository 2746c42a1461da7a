//! Archives built to mislead: what is read of each must be what Android would read, and the trick must be named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod zip_writer;

use apk::zip::{Archive, Method};
use apk::{Budget, Bytes, Code, Error, Fault, Limits};
use zip_writer::{deflate, deflated, stored, Item, Zip};

const TEXT: &[u8] = b"the quick brown fox jumps over the lazy dog, the quick brown fox";

fn open(zip: &Zip) -> Archive {
    Archive::open(zip.shared(), &Limits::default()).unwrap()
}

fn read(archive: &Archive, name: &str) -> Result<Bytes, Error> {
    archive.read(archive.find(name).expect(name), &Budget::new(&Limits::default()))
}

fn codes(faults: &[Fault]) -> Vec<&'static str> {
    faults.iter().map(|fault| fault.code).collect()
}

#[test]
fn an_honest_archive_has_nothing_to_note() {
    let archive = open(&Zip {
        comment: b"made by hand".to_vec(),
        ..Zip::of([stored("a", TEXT), deflated("b/c", TEXT)])
    });
    assert_eq!(
        archive
            .entries()
            .iter()
            .map(|e| e.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b/c"]
    );
    assert_eq!(archive.crc_ok(0), None);
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(read(&archive, "b/c").unwrap(), TEXT);
    assert_eq!((archive.crc_ok(0), archive.crc_ok(1)), (Some(true), Some(true)));
    assert_eq!(archive.find("b"), None);
    assert_eq!((archive.anomalies(), archive.faults()), (&[][..], &[][..]));
}

#[test]
fn a_stored_entry_is_not_copied() {
    let file = Zip::of([stored("a", TEXT)]).shared();
    let archive = Archive::open(file.clone(), &Limits::default()).unwrap();
    let at = read(&archive, "a").unwrap().as_ptr() as usize;
    assert!((file.as_ptr() as usize..file.as_ptr() as usize + file.len()).contains(&at));
}

#[test]
fn an_empty_archive_opens() {
    assert!(open(&Zip::default()).entries().is_empty());
}

#[test]
fn what_is_no_archive_is_told_from_one_cut_off() {
    let code = |bytes: &[u8]| {
        Archive::open(Bytes::copy_from_slice(bytes), &Limits::default())
            .unwrap_err()
            .code
    };
    assert_eq!(code(b""), Code::NotAPackage);
    assert_eq!(code(b"\x7fELF and more than twenty-two bytes"), Code::NotAPackage);
    let whole = Zip::of([stored("a", TEXT)]).bytes();
    assert_eq!(code(&whole[..whole.len() - 1]), Code::Unreadable);
    assert_eq!(code(&whole[..60]), Code::Unreadable);
    // The end record of a stored archive inside is no end record of the file.
    let outer = Zip::of([stored("inner.jar", &whole), stored("b", TEXT)]).bytes();
    let inner_end = 30 + "inner.jar".len() + whole.len();
    assert_eq!(code(&outer[..inner_end + 9]), Code::Unreadable);
}

#[test]
fn the_last_end_record_that_reaches_the_end_is_taken() {
    let decoy = Zip::of([stored("decoy", b"x")]).bytes();
    let end = decoy.len() - 22;
    // In a comment, an end record whose own comment length does not fit is no end record.
    let mut misfit = decoy[end..].to_vec();
    misfit[20] = 7;
    let archive = open(&Zip {
        comment: [&misfit[..], b"12345678"].concat(),
        ..Zip::of([stored("real", TEXT)])
    });
    assert_eq!(archive.entries()[0].name, "real");
    assert_eq!(codes(archive.anomalies()), ["false_end_record"]);
}

#[test]
fn an_end_record_moved_into_a_comment_wins_as_it_does_on_android() {
    // The honest record's comment ends in a second record, which points at another directory in the same file.
    let hidden = Zip::of([stored("seen", TEXT)]).bytes();
    let outer = Zip {
        comment: hidden[hidden.len() - 22..].to_vec(),
        ..Zip::of([stored("seen", TEXT), stored("hidden", TEXT)])
    };
    let mut bytes = outer.bytes();
    let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap() as u32;
    let at = bytes.len() - 22 + 16;
    bytes[at..at + 4].copy_from_slice(&directory.to_le_bytes());
    let archive = Archive::open(Bytes::from(bytes), &Limits::default()).unwrap();
    assert_eq!(archive.entries().len(), 1);
    assert_eq!(read(&archive, "seen").unwrap(), TEXT);
    assert_eq!(
        codes(archive.anomalies()),
        ["two_end_records", "bytes_after_directory"]
    );
}

#[test]
fn bytes_after_the_comment_are_noted() {
    let archive = open(&Zip {
        after: b"trailer".to_vec(),
        ..Zip::of([stored("a", TEXT)])
    });
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["bad_comment_length"]);
}

#[test]
fn bytes_between_the_directory_and_its_end_record_are_noted() {
    let archive = open(&Zip {
        gap: vec![0xaa; 33],
        ..Zip::of([stored("a", TEXT)])
    });
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["bytes_after_directory"]);
}

#[test]
fn bytes_between_the_entries_and_the_directory_are_ordinary() {
    let archive = open(&Zip {
        block: vec![0xaa; 4096],
        ..Zip::of([stored("a", TEXT)])
    });
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(archive.anomalies(), []);
}

#[test]
fn data_before_the_archive_shifts_every_offset() {
    let archive = open(&Zip {
        before: b"#!/bin/sh\n".to_vec(),
        ..Zip::of([deflated("a", TEXT), stored("b", TEXT)])
    });
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(read(&archive, "b").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["directory_shifted", "data_before"]);
    assert_eq!(archive.faults(), []);
}

#[test]
fn a_dex_in_front_of_a_zip_is_named() {
    let archive = open(&Zip {
        first: b"dex\n035\0and the rest of it".to_vec(),
        ..Zip::of([stored("classes.dex", TEXT)])
    });
    assert_eq!(read(&archive, "classes.dex").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["dex_before_zip"]);
}

#[test]
fn a_truncated_directory_keeps_what_precedes_the_cut() {
    let archive = open(&Zip {
        directory_cut: 3,
        ..Zip::of([stored("a", TEXT), stored("b", TEXT)])
    });
    assert_eq!(archive.entries().len(), 1);
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(codes(archive.faults()), ["directory_truncated"]);
}

#[test]
fn a_count_too_small_hides_entries_from_android_and_is_named() {
    let archive = open(&Zip {
        count: Some(1),
        ..Zip::of([stored("a", TEXT), stored("b", TEXT)])
    });
    assert_eq!(archive.entries().len(), 1);
    assert_eq!(codes(archive.anomalies()), ["entries_uncounted"]);
}

#[test]
fn a_count_too_large_is_a_fault() {
    let archive = open(&Zip {
        count: Some(9),
        ..Zip::of([stored("a", TEXT), stored("b", TEXT)])
    });
    assert_eq!(archive.entries().len(), 2);
    assert_eq!(codes(archive.faults()), ["directory_truncated"]);
}

#[test]
fn zip64_sizes_and_end_record_are_read() {
    let item = |name: &str| Item {
        zip64: true,
        ..deflated(name, TEXT)
    };
    let archive = open(&Zip {
        zip64: true,
        ..Zip::of([item("a"), item("b")])
    });
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(read(&archive, "b").unwrap(), TEXT);
    assert_eq!(archive.entries()[1].size, TEXT.len() as u64);
    assert_eq!(codes(archive.anomalies()), ["zip64"]);
    assert_eq!(archive.faults(), []);
}

#[test]
fn zip64_sizes_without_their_field_cost_one_entry() {
    let mut bytes = Zip::of([
        Item {
            zip64: true,
            ..stored("a", TEXT)
        },
        stored("b", TEXT),
    ])
    .bytes();
    let at = bytes.windows(4).rposition(|w| w == [1, 0, 24, 0]).unwrap();
    bytes[at] = 0x99;
    let archive = Archive::open(Bytes::from(bytes), &Limits::default()).unwrap();
    assert_eq!(read(&archive, "a").unwrap_err().code, Code::Unreadable);
    assert_eq!(read(&archive, "b").unwrap(), TEXT);
    assert_eq!(codes(archive.faults()), ["entry_unreadable"]);
}

#[test]
fn a_zip64_locator_that_points_nowhere_is_unreadable() {
    let mut bytes = Zip {
        zip64: true,
        ..Zip::of([stored("a", TEXT)])
    }
    .bytes();
    let at = bytes.windows(4).position(|w| w == b"PK\x06\x07").unwrap();
    bytes[at + 8..at + 16].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(
        Archive::open(Bytes::from(bytes), &Limits::default())
            .unwrap_err()
            .code,
        Code::Unreadable
    );
}

#[test]
fn the_directory_wins_over_the_local_header() {
    let archive = open(&Zip::of([Item {
        local_name: Some(b"other.name".to_vec()),
        local_method: Some(0),
        local_size: Some(3),
        ..deflated("a", TEXT)
    }]));
    assert_eq!(archive.entries()[0].method, Method::Deflated);
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["local_header_mismatch"]);
    assert!(
        archive.anomalies()[0].what.ends_with("name, method, size"),
        "{}",
        archive.anomalies()[0].what
    );
    assert_eq!(archive.anomalies()[0].place, "entry:a");
}

#[test]
fn a_local_header_without_its_magic_costs_the_entry() {
    let mut bytes = Zip::of([stored("a", TEXT), stored("b", TEXT)]).bytes();
    let second = bytes.windows(4).skip(1).position(|w| w == b"PK\x03\x04").unwrap() + 1;
    bytes[second + 3] = 9;
    let archive = Archive::open(Bytes::from(bytes), &Limits::default()).unwrap();
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(read(&archive, "b").unwrap_err().code, Code::Unreadable);
    assert_eq!(codes(archive.faults()), ["entry_unreadable"]);
}

#[test]
fn a_data_descriptor_is_honest_or_noted() {
    let crc = crc32fast::hash(TEXT);
    let item = |name: &str, size: u32| {
        let item = deflated(name, TEXT);
        let descriptor = Some([crc, item.packed.len() as u32, size]);
        Item {
            flags: 8,
            descriptor,
            ..item
        }
    };
    let archive = open(&Zip::of([item("good", TEXT.len() as u32), item("bad", 1)]));
    assert_eq!(read(&archive, "good").unwrap(), TEXT);
    assert_eq!(read(&archive, "bad").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["descriptor_mismatch"]);
    assert_eq!(archive.anomalies()[0].place, "entry:bad");
}

#[test]
fn a_false_encryption_flag_hides_nothing() {
    let archive = open(&Zip::of([Item {
        flags: 1,
        ..deflated("AndroidManifest.xml", TEXT)
    }]));
    assert_eq!(read(&archive, "AndroidManifest.xml").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["false_encryption"]);
}

#[test]
fn an_unknown_method_is_read_as_stored() {
    let archive = open(&Zip::of([Item {
        method: 0x1234,
        ..stored("AndroidManifest.xml", TEXT)
    }]));
    assert_eq!(archive.entries()[0].method, Method::Unknown(0x1234));
    assert_eq!(archive.entries()[0].method.name(), "stored");
    assert_eq!(read(&archive, "AndroidManifest.xml").unwrap(), TEXT);
    assert_eq!(codes(archive.anomalies()), ["unknown_method"]);
}

#[test]
fn a_stored_entry_is_as_long_as_its_unpacked_size() {
    let archive = open(&Zip::of([Item {
        size: 9,
        ..stored("a", TEXT)
    }]));
    assert_eq!(read(&archive, "a").unwrap(), &TEXT[..9]);
    assert_eq!(archive.crc_ok(0), Some(false));
    assert_eq!(codes(archive.anomalies()), ["stored_size_mismatch"]);
}

#[test]
fn of_two_entries_with_one_name_the_first_is_found_and_both_can_be_read() {
    let archive = open(&Zip::of([
        stored("a", b"first"),
        stored("b", b"-"),
        stored("a", b"second"),
    ]));
    assert_eq!(read(&archive, "a").unwrap(), "first");
    assert_eq!(
        archive.read(2, &Budget::new(&Limits::default())).unwrap(),
        "second"
    );
    assert_eq!(codes(archive.anomalies()), ["duplicate_name"]);
}

#[test]
fn names_that_climb_or_are_no_text_are_noted() {
    let mut odd = stored("x", TEXT);
    odd.name = b"a\0\xff".to_vec();
    let archive = open(&Zip::of([
        stored("../../etc/passwd", TEXT),
        stored("/abs", TEXT),
        stored("a\\..\\b", TEXT),
        odd,
    ]));
    assert_eq!(
        codes(archive.anomalies()),
        ["path_escape", "path_escape", "path_escape", "bad_name"]
    );
    assert_eq!(read(&archive, "a\0\u{fffd}").unwrap(), TEXT);
    let harmless = open(&Zip::of([stored("a..b/c...", TEXT)]));
    assert_eq!(harmless.anomalies(), []);
}

#[test]
fn a_wrong_checksum_is_told_and_decides_nothing() {
    let archive = open(&Zip::of([Item {
        crc: 1,
        ..deflated("a", TEXT)
    }]));
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(archive.crc_ok(0), Some(false));
}

#[test]
fn damaged_data_is_an_error_not_a_shorter_entry() {
    let whole = deflated("a", &[TEXT, &[7; 5000]].concat());
    let cut = Item {
        packed: whole.packed[..whole.packed.len() / 2].to_vec(),
        ..whole.clone()
    };
    let mut broken = whole.clone();
    broken.packed[0] = 0x07;
    let archive = open(&Zip::of([cut]));
    assert_eq!(read(&archive, "a").unwrap_err().code, Code::Unreadable);
    assert_eq!(
        read(&open(&Zip::of([broken])), "a").unwrap_err().code,
        Code::Unreadable
    );
    let head = archive.head(0, 8, &Budget::new(&Limits::default())).unwrap();
    assert_eq!(head, &TEXT[..8]);
}

#[test]
fn data_that_reaches_past_the_directory_costs_the_entry() {
    let archive = open(&Zip::of([
        stored("a", TEXT),
        Item {
            declared_packed: Some(1 << 30),
            ..deflated("b", TEXT)
        },
    ]));
    assert_eq!(read(&archive, "a").unwrap(), TEXT);
    assert_eq!(read(&archive, "b").unwrap_err().code, Code::Unreadable);
}

#[test]
fn of_overlapping_entries_only_what_starts_the_app_is_served() {
    // A stored entry that swallows the local header and the data of classes.dex.
    let inner = Zip::of([stored("classes.dex", TEXT)]).bytes();
    let record = inner.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let shell = stored("aaa.bin", &inner[..record]);
    let shell_header = 30 + shell.name.len();
    let mut bytes = Zip::of([shell, stored("classes.dex", TEXT)]).bytes();
    let entry = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[entry + 42..entry + 46].copy_from_slice(&(shell_header as u32).to_le_bytes());
    let archive = Archive::open(Bytes::from(bytes), &Limits::default()).unwrap();
    assert_eq!(read(&archive, "classes.dex").unwrap(), TEXT);
    assert_eq!(read(&archive, "aaa.bin").unwrap_err().code, Code::Limit);
    assert_eq!(codes(archive.faults()), ["entry_overlaps"]);
}

#[test]
fn a_thousand_names_for_one_entry_give_its_bytes_once() {
    let again = (1..1000).map(|number| Item {
        same_as: Some(0),
        ..stored(&format!("n{number:03}"), TEXT)
    });
    let archive = open(&Zip::of([stored("n000", TEXT)].into_iter().chain(again)));
    let budget = Budget::new(&Limits::default());
    let served = (0..1000)
        .filter(|&index| archive.read(index, &budget).is_ok())
        .count();
    assert_eq!(served, 1);
    let overlaps = archive
        .faults()
        .iter()
        .filter(|fault| fault.code == "entry_overlaps");
    assert_eq!(
        overlaps.count(),
        apk::FaultLog::KEPT + 1,
        "a flood of one fault is counted, not listed"
    );
    assert!(archive
        .faults()
        .iter()
        .any(|fault| fault.what == "967 more of the same kind"));
}

#[test]
fn an_archive_cut_anywhere_is_read_or_refused() {
    let whole = Zip {
        comment: b"comment".to_vec(),
        zip64: true,
        ..Zip::of([
            stored("a", TEXT),
            Item {
                zip64: true,
                ..deflated("b", TEXT)
            },
            deflated("c", &deflate(TEXT)),
        ])
    };
    let whole = whole.bytes();
    let budget = Budget::new(&Limits::default());
    let record_end = whole.len() - b"comment".len();
    for end in 0..whole.len() {
        match Archive::open(Bytes::copy_from_slice(&whole[..end]), &Limits::default()) {
            Ok(archive) => {
                assert!(end >= record_end, "cut at {end}");
                assert_eq!(codes(archive.anomalies()), ["bad_comment_length", "zip64"]);
            }
            Err(error) => assert!(end < record_end && !error.message.is_empty(), "cut at {end}"),
        }
    }
    for start in 1..whole.len() {
        if let Ok(archive) = Archive::open(Bytes::copy_from_slice(&whole[start..]), &Limits::default()) {
            (0..archive.entries().len()).for_each(|index| drop(archive.read(index, &budget)));
        }
    }
}

#[test]
fn an_archive_with_any_byte_changed_is_read_or_refused() {
    let whole = Zip {
        zip64: true,
        ..Zip::of([
            stored("a", TEXT),
            Item {
                zip64: true,
                ..deflated("b", TEXT)
            },
        ])
    }
    .bytes();
    let budget = Budget::new(&Limits::default());
    let mut opened = 0;
    for at in 0..whole.len() {
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            if let Ok(archive) = Archive::open(Bytes::from(bytes), &Limits::default()) {
                opened += 1;
                (0..archive.entries().len()).for_each(|index| drop(archive.read(index, &budget)));
            }
        }
    }
    assert!(
        opened > whole.len(),
        "most changes leave an archive that opens: {opened}"
    );
}
