use apk::xml::Pool;
use apk::{Code, Limits};

use crate::build::{pool, pool_of, set_u32, stored, u32s};

fn strings(bytes: &[u8]) -> Vec<Option<String>> {
    let pool = Pool::parse(bytes, &Limits::default()).unwrap();
    (0..pool.len() as u32)
        .map(|at| pool.get(at).map(|text| text.into_owned()))
        .collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

#[test]
fn both_encodings_hold_the_same_strings() {
    let long = "长".repeat(200);
    let texts = ["", "a", "同意并继续", "😀 emoji", &long];
    assert_eq!(strings(&pool(&texts, true)), some(&texts));
    assert_eq!(strings(&pool(&texts, false)), some(&texts));
}

#[test]
fn an_index_outside_is_no_string() {
    let bytes = pool(&["a"], true);
    let pool = Pool::parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(pool.get(1), None);
    assert_eq!(pool.get(u32::MAX), None);
}

#[test]
fn a_utf16_string_may_need_two_length_words() {
    let long = "x".repeat(0x8001);
    assert_eq!(strings(&pool(&[&long, "b"], false)), some(&[&long, "b"]));
}

#[test]
fn a_utf8_string_beyond_fifteen_bits_of_length_is_found_by_its_terminator() {
    let long = "x".repeat(0x8000 + 5);
    let mut lossy = vec![0x80, 5, 0x80, 5];
    lossy.extend(long.as_bytes());
    lossy.push(0);
    assert_eq!(strings(&pool_of(&[lossy], true)), some(&[&long]));
}

#[test]
fn java_surrogates_of_three_bytes_are_one_character() {
    let grinning = [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80];
    let stored = [vec![2, 6], grinning.to_vec(), vec![0]].concat();
    assert_eq!(strings(&pool_of(&[stored], true)), some(&["😀"]));
}

#[test]
fn bytes_in_no_encoding_are_replaced() {
    assert_eq!(
        strings(&pool_of(&[vec![3, 3, b'a', 0xff, b'b', 0]], true)),
        some(&["a\u{fffd}b"])
    );
    assert_eq!(
        strings(&pool_of(&[vec![1, 0, 0x3d, 0xd8, 0, 0]], false)),
        some(&["\u{fffd}"])
    );
}

#[test]
fn a_utf8_length_in_characters_may_lie_and_one_in_bytes_may_not() {
    let (characters, bytes) = (vec![99, 1, b'a', 0], vec![1, 3, b'a', b'b', b'c', b'd', 0]);
    assert_eq!(
        strings(&pool_of(&[characters, bytes], true)),
        [Some("a".to_owned()), None]
    );
}

#[test]
fn a_utf16_length_may_not_lie() {
    let longer = [vec![2, 0], stored("abc", false)[2..].to_vec()].concat();
    let outside = vec![0xff, 0x7f, b'a', 0, 0, 0];
    assert_eq!(
        strings(&pool_of(&[longer, outside, stored("b", false)], false)),
        [None, None, Some("b".to_owned())]
    );
}

#[test]
fn a_utf8_string_ends_at_a_zero_inside() {
    assert_eq!(
        strings(&pool_of(&[vec![5, 5, b'a', b'b', 0, b'c', b'd', 0]], true)),
        some(&["ab"])
    );
}

#[test]
fn an_offset_outside_costs_one_string() {
    let mut bytes = pool(&["a", "b"], true);
    set_u32(&mut bytes, 28, 0x7fff_fff0);
    assert_eq!(strings(&bytes), [None, Some("b".to_owned())]);
}

#[test]
fn the_sorted_flag_changes_nothing() {
    let mut bytes = pool(&["b", "a"], true);
    set_u32(&mut bytes, 16, 0x101);
    assert_eq!(strings(&bytes), some(&["b", "a"]));
}

/// A pool of one string and one style, whose spans are closed by three words of ones.
fn styled(close: u32) -> Vec<u8> {
    let text = stored("bold", true);
    let padded = [text.clone(), vec![0; text.len().next_multiple_of(4) - text.len()]].concat();
    let start = 28 + 8;
    let styles = start + padded.len() as u32;
    let spans = u32s(&[0, 0, 3, u32::MAX, close, close]);
    let body = [u32s(&[0, 0]), padded, spans].concat();
    let header = u32s(&[1, 1, 0x100, start, styles]);
    crate::build::chunk(1, &header, &body)
}

#[test]
fn a_styled_pool_is_read_and_needs_an_end() {
    assert_eq!(strings(&styled(u32::MAX)), some(&["bold"]));
    let refused = Pool::parse(&styled(7), &Limits::default()).unwrap_err();
    assert_eq!(refused.code, Code::Unreadable);
}

#[test]
fn what_android_refuses_is_an_error() {
    let good = pool(&["a", "b"], true);
    let end = good.len() as u32;
    // Where, what: string count, strings' start, style count without styles, chunk size.
    for (at, value) in [
        (8, 0x4000_0001),
        (8, 40),
        (20, end),
        (20, u32::MAX),
        (12, 1),
        (4, end + 4),
        (4, 8),
        (4, end - 1),
    ] {
        let mut bytes = good.clone();
        set_u32(&mut bytes, at, value);
        let refused = Pool::parse(&bytes, &Limits::default()).unwrap_err();
        assert_eq!(refused.code, Code::Unreadable, "{at} = {value:#x}");
    }
    let mut unended = good.clone();
    let last = unended.len() - 1;
    unended[last] = b'x';
    assert!(Pool::parse(&unended, &Limits::default()).is_err());
}

#[test]
fn the_limit_of_strings_holds() {
    let limits = Limits {
        strings: 2,
        ..Limits::default()
    };
    assert!(Pool::parse(&pool(&["a", "b"], true), &limits).is_ok());
    assert_eq!(
        Pool::parse(&pool(&["a", "b", "c"], true), &limits)
            .unwrap_err()
            .code,
        Code::Limit
    );
}

#[test]
fn an_empty_pool_is_a_pool() {
    let bytes = pool(&[], true);
    assert!(Pool::parse(&bytes, &Limits::default()).unwrap().is_empty());
}
