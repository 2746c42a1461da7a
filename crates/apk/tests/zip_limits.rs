//! Every limit holds on what really comes out, whatever is declared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod zip_writer;

use apk::zip::Archive;
use apk::{Budget, Bytes, Code, Error, Limits};
use zip_writer::{deflated, stored, Item, Zip};

const MIB: usize = 1 << 20;

fn read(items: impl IntoIterator<Item = Item>, limits: &Limits) -> Result<Bytes, Error> {
    Archive::open(Zip::of(items).shared(), limits)
        .unwrap()
        .read(0, &Budget::new(limits))
}

#[test]
fn entries_are_counted_before_any_is_built() {
    let limits = Limits {
        entries: 2,
        ..Limits::default()
    };
    let items = |count: usize| Zip::of((0..count).map(|number| stored(&format!("{number}"), b"x")));
    assert!(Archive::open(items(2).shared(), &limits).is_ok());
    assert_eq!(
        Archive::open(items(3).shared(), &limits).unwrap_err().code,
        Code::Limit
    );
    let claimed = Zip {
        count: Some(60_000),
        ..items(1)
    };
    assert_eq!(
        Archive::open(claimed.shared(), &limits).unwrap_err().code,
        Code::Limit
    );
}

#[test]
fn the_directory_is_bounded() {
    let limits = Limits {
        directory_bytes: 100,
        ..Limits::default()
    };
    let long = "n".repeat(60);
    assert_eq!(
        Archive::open(Zip::of([stored(&long, b"x")]).shared(), &limits)
            .unwrap_err()
            .code,
        Code::Limit
    );
    assert!(Archive::open(Zip::of([stored("n", b"x")]).shared(), &limits).is_ok());
}

#[test]
fn a_name_too_long_costs_its_entry_only() {
    let limits = Limits {
        name_bytes: 4,
        ..Limits::default()
    };
    let archive = Archive::open(
        Zip::of([stored("12345", b"x"), stored("1234", b"y")]).shared(),
        &limits,
    )
    .unwrap();
    assert_eq!(archive.entries().len(), 1);
    assert_eq!(archive.find("1234"), Some(0));
    assert_eq!(archive.faults()[0].code, "name_too_long");
}

#[test]
fn a_bomb_stops_at_the_ratio_after_its_first_mebibyte() {
    let limits = Limits::default();
    assert_eq!(
        read([deflated("zeros", &vec![0; MIB])], &limits).unwrap().len(),
        MIB
    );
    let over = read([deflated("zeros", &vec![0; 4 * MIB])], &limits).unwrap_err();
    assert_eq!(over.code, Code::Limit);
    assert!(over.message.contains("200 times"), "{over}");
    assert_eq!(over.place, "entry:zeros");
}

#[test]
fn a_bomb_that_declares_ten_bytes_stops_all_the_same() {
    let bomb = Item {
        size: 10,
        ..deflated("zeros", &vec![0; 4 * MIB])
    };
    assert_eq!(read([bomb], &Limits::default()).unwrap_err().code, Code::Limit);
}

#[test]
fn an_entry_is_bounded_to_the_byte() {
    let data: Vec<u8> = (0..5000u32).flat_map(u32::to_le_bytes).collect();
    let limits = |entry_bytes| Limits {
        entry_bytes,
        ..Limits::default()
    };
    for item in [stored("a", &data), deflated("a", &data)] {
        assert_eq!(read([item.clone()], &limits(data.len())).unwrap(), data);
        assert_eq!(
            read([item], &limits(data.len() - 1)).unwrap_err().code,
            Code::Limit
        );
    }
}

#[test]
fn a_declared_size_decides_nothing() {
    let data: Vec<u8> = (0..50_000u32).flat_map(u32::to_le_bytes).collect();
    for size in [0, 1, 4096, u64::from(u32::MAX - 1)] {
        let lying = Item {
            size,
            ..deflated("a", &data)
        };
        assert_eq!(
            read([lying], &Limits::default()).unwrap(),
            data,
            "declared {size}"
        );
    }
}

#[test]
fn one_budget_covers_all_entries_and_archives() {
    let limits = Limits {
        total_bytes: 250,
        ..Limits::default()
    };
    let budget = Budget::new(&limits);
    let archive = || {
        Archive::open(
            Zip::of([stored("a", &[1; 100]), deflated("b", &[2; 100])]).shared(),
            &limits,
        )
        .unwrap()
    };
    let first = archive();
    assert!(first.read(0, &budget).is_ok() && first.read(1, &budget).is_ok());
    assert_eq!(budget.left(), 50);
    assert_eq!(archive().read(0, &budget).unwrap_err().code, Code::Limit);
    assert_eq!(archive().head(1, 50, &budget).unwrap().len(), 50);
    assert_eq!(budget.left(), 0);
    assert!(
        archive().read(0, &Budget::new(&limits)).is_ok(),
        "another question has its own budget"
    );
}
