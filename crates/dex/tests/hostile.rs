//! What broken and malicious files cost: the broken part, never the rest, and bounded time.
#![allow(clippy::unwrap_used, clippy::panic)]

mod assembler;

use assembler::{assemble, seal};
use dex::{CallQuery, DexSource, Finds, Header, HeaderFault, Limits, Match, Query, StringQuery};

const APP: &str = ".class La/Base; extends Landroid/app/Activity; source \"Base.java\"
    .field static final KEY:Ljava/lang/String; = \"android_id\"
    .field static final OTHER:J = 7L
    .method public m(IJ)V registers 8
    .catch :from :to :handler
    .line 3
    :from
    new-instance v0, Ljava/lang/StringBuilder;
    invoke-direct {v0}, Ljava/lang/StringBuilder;-><init>()V
    sget-object v1, La/Base;->KEY:Ljava/lang/String;
    .line 4
    invoke-virtual {v0, v1}, Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;
    invoke-virtual {v0}, Ljava/lang/StringBuilder;->toString()Ljava/lang/String;
    move-result-object v1
    :to
    packed-switch v5, :packed
    sparse-switch v5, :sparse
    :handler
    const/4 v2, 2
    new-array v2, v2, [I
    fill-array-data v2, :array
    invoke-static {v1}, LT;->get(Ljava/lang/String;)V
    if-eqz v5, :from
    return-void
    :packed .packed 1 :from :to
    :sparse .sparse -5 :from 9 :handler
    :array .array 4 1 2
    .end
    .class La/Main; extends La/Base;
    .method static c()V registers 1
    const-string v0, \"content://sms\"
    invoke-static {v0}, LT;->get(Ljava/lang/String;)V
    invoke-custom {}, LT;->bind()V
    return-void
    .end
    .method static d()V registers 1
    const-string v0, \"other\"
    invoke-static {v0}, LT;->get(Ljava/lang/String;)V
    return-void
    .end";

fn ask(bytes: &[u8]) -> Finds {
    let call = |name: &str| CallQuery {
        id: name.into(),
        class: "LT;".into(),
        name: name.into(),
        proto: None,
    };
    let mut query = Query {
        calls: vec![call("get"), call("bind")],
        strings: vec![StringQuery {
            id: "S".into(),
            value: "content".into(),
            how: Match::Contains,
        }],
        excerpts: true,
        ..Query::default()
    };
    query
        .supers
        .insert("Landroid/app/Activity;".into(), vec!["LT;".into()]);
    let source = [DexSource {
        path: "classes.dex".into(),
        bytes,
        group: 0,
    }];
    dex::find(&source, &query, &Limits::default())
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// The place of the only occurrence of these bytes.
fn place(bytes: &[u8], part: &[u8]) -> usize {
    let all: Vec<usize> = (0..bytes.len() - part.len())
        .filter(|at| bytes[*at..].starts_with(part))
        .collect();
    assert_eq!(all.len(), 1, "{part:x?}");
    all[0]
}

fn methods_of(finds: &Finds) -> Vec<&str> {
    finds
        .finds
        .iter()
        .filter(|find| find.q == "get")
        .filter_map(|find| find.method.as_deref())
        .collect()
}

fn codes(finds: &Finds) -> Vec<&str> {
    finds.faults.iter().map(|fault| fault.code.as_str()).collect()
}

#[test]
fn the_sound_file_has_no_fault() {
    let bytes = assemble(APP);
    let finds = ask(&bytes);
    assert_eq!(methods_of(&finds), ["m", "c", "d"]);
    assert_eq!(
        (finds.faults.len(), finds.anomalies.len(), finds.complete),
        (0, 0, true)
    );
    assert_eq!(dex::headers(&bytes).unwrap()[0].checks(&bytes), (true, true));
}

/// Changes the code of `La/Main;->c`, whose frame has one register: `const-string v0; invoke-static {v0}; …`.
fn broken_method(change: impl FnOnce(&mut [u8])) -> Finds {
    let mut bytes = assemble(APP);
    // A code item with 1 register, 0 arguments, 5 outs, no tries, no debug data and 9 code units.
    let item = place(&bytes, &[1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0]);
    change(&mut bytes[item..]);
    seal(&mut bytes);
    ask(&bytes)
}

#[test]
fn a_fault_in_one_method_costs_that_method() {
    type Change<'c> = &'c dyn Fn(&mut [u8]);
    let cases: [(&str, Change<'_>); 7] = [
        ("register_outside", &|item| item[17] = 1),
        ("index_outside", &|item| item[19] = 0xff),
        ("unknown_opcode", &|item| item[16] = 0x3e),
        ("code_truncated", &|item| {
            item[12..16].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f])
        }),
        ("code_truncated", &|item| item[12] = 4),
        ("branch_outside", &|item| {
            item[16..20].copy_from_slice(&[0x29, 0, 0x7f, 0])
        }),
        ("bad_payload", &|item| {
            item[16..22].copy_from_slice(&[0x2b, 0, 1, 0, 0, 0])
        }),
    ];
    for (code, change) in cases {
        let finds = broken_method(change);
        assert_eq!(methods_of(&finds), ["m", "d"], "{code}");
        assert_eq!(codes(&finds), [code]);
        assert_eq!(finds.faults[0].place, "dex:classes.dex!La/Main;->c()V");
        assert_eq!((finds.dex[0].faulty_methods, finds.complete), (1, false));
    }
}

#[test]
fn a_branch_into_the_middle_of_an_instruction_is_a_fault() {
    // goto/16 to the second unit of the invocation behind it.
    let finds = broken_method(|item| item[16..20].copy_from_slice(&[0x29, 0, 3, 0]));
    assert_eq!(codes(&finds), ["branch_outside"]);
}

#[test]
fn a_handler_list_that_claims_four_billion_entries_is_a_fault() {
    let finds = broken_method(|item| item[6] = 0xff);
    assert_eq!(methods_of(&finds), ["m", "d"]);
    assert_eq!(finds.dex[0].faulty_methods, 1);
}

#[test]
fn a_wrong_checksum_is_told_and_changes_nothing_else() {
    let mut bytes = assemble(APP);
    bytes[8] ^= 1;
    let header = &dex::headers(&bytes).unwrap()[0];
    assert_eq!(header.checks(&bytes), (false, true));
    bytes[8] ^= 1;
    bytes[12] ^= 1;
    assert_eq!(dex::headers(&bytes).unwrap()[0].checks(&bytes), (false, false));
    assert_eq!(methods_of(&ask(&bytes)), ["m", "c", "d"]);
}

#[test]
fn a_wrong_size_or_version_is_an_anomaly() {
    let mut bytes = assemble(APP);
    let anomaly = |bytes: &[u8]| {
        let finds = ask(bytes);
        assert_eq!(
            (methods_of(&finds).len(), finds.anomalies.len(), finds.complete),
            (3, 1, true)
        );
        finds.anomalies[0].code.clone()
    };
    bytes.extend([0; 4]);
    assert_eq!(anomaly(&bytes), "dex_file_size");
    bytes.truncate(bytes.len() - 4);
    bytes[4..7].copy_from_slice(b"036");
    assert_eq!(anomaly(&bytes), "dex_version");
    bytes[4..7].copy_from_slice(b"035");
    bytes[0x28] ^= 1;
    assert_eq!(anomaly(&bytes), "dex_endian_tag");
}

#[test]
fn a_file_shorter_than_its_header_states_has_lost_something() {
    let bytes = assemble(APP);
    let finds = ask(&bytes[..bytes.len() - 1]);
    assert_eq!(codes(&finds), ["dex_truncated"]);
    assert_eq!((methods_of(&finds).len(), finds.complete), (3, false));
}

#[test]
fn what_is_no_dex_is_one_fault() {
    let mut bytes = assemble(APP);
    assert_eq!(codes(&ask(b"")), ["dex_truncated"]);
    assert_eq!(codes(&ask(&bytes[..0x6f])), ["dex_truncated"]);
    assert_eq!(codes(&ask(b"PK\x03\x04 and more")), ["not_dex"]);
    bytes[0x28..0x2c].copy_from_slice(&0x7856_3412u32.to_le_bytes());
    assert_eq!(Header::parse(&bytes, 0), Err(HeaderFault::BigEndian));
    assert_eq!(codes(&ask(&bytes)), ["dex_big_endian"]);
}

#[test]
fn tables_that_overlap_or_lead_outside_are_told_and_read_as_far_as_they_go() {
    let sound = assemble(APP);
    let mut bytes = sound.clone();
    // The field table now begins where the type table does.
    bytes[0x54..0x58].copy_from_slice(&sound[0x44..0x48]);
    let finds = ask(&bytes);
    assert!(codes(&finds).contains(&"tables_overlap"), "{:?}", codes(&finds));
    assert!(methods_of(&finds).contains(&"d"));
    let mut bytes = sound.clone();
    bytes[0x60..0x64].copy_from_slice(&u32::MAX.to_le_bytes());
    let finds = ask(&bytes);
    assert!(codes(&finds).contains(&"table_outside"));
    assert_eq!(methods_of(&finds), ["m", "c", "d"]);
    let mut bytes = sound;
    bytes[0x5c..0x60].copy_from_slice(&u32::MAX.to_le_bytes());
    let finds = ask(&bytes);
    assert!(codes(&finds).contains(&"table_outside"));
    assert_eq!(methods_of(&finds), Vec::<&str>::new());
}

#[test]
fn a_class_whose_member_counts_lie_costs_that_class() {
    let mut bytes = assemble(APP);
    let classes = word(&bytes, 0x64);
    // The counts are five bytes long here, so the class gets a list of its own behind the file.
    let lie = bytes.len();
    bytes.extend([0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    bytes[classes + 24..classes + 28].copy_from_slice(&(lie as u32).to_le_bytes());
    seal(&mut bytes);
    let finds = ask(&bytes);
    assert_eq!(codes(&finds), ["class_data"]);
    assert_eq!(finds.faults[0].place, "dex:classes.dex!La/Base;");
    assert_eq!(methods_of(&finds), ["c", "d"]);
}

#[test]
fn code_that_all_methods_share_is_not_followed_without_end() {
    let filler = "nop\n".repeat(60_000);
    let methods: String = (0..400)
        .map(|n| format!(".method static m{n}()V registers 0\nreturn-void\n.end\n"))
        .collect();
    let text =
        format!(".class La/B;\n.method static big()V registers 0\n{filler}return-void\n.end\n{methods}");
    let mut bytes = assemble(&text);
    let big = place(&bytes, &[0x61, 0xea, 0, 0]) - 12;
    let data = word(&bytes, word(&bytes, 0x64) + 24);
    // Every method gets the long code: the members are written anew, behind the file.
    let count = 401u32;
    let mut members = vec![0, 0];
    let uleb = |out: &mut Vec<u8>, mut number: u32| {
        while number >= 0x80 {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    };
    uleb(&mut members, count);
    members.push(0);
    for row in 0..count {
        uleb(&mut members, u32::from(row > 0));
        uleb(&mut members, 8);
        uleb(&mut members, big as u32);
    }
    assert!(data > 0);
    let at = bytes.len() as u32;
    bytes.extend(members);
    let class = word(&bytes, 0x64);
    bytes[class + 24..class + 28].copy_from_slice(&at.to_le_bytes());
    seal(&mut bytes);
    let finds = ask(&bytes);
    assert!(codes(&finds).contains(&"code_repeated"));
    let walked = finds.dex[0].instructions;
    assert!(walked <= bytes.len() as u64 * 4, "{walked}");
}

#[test]
fn strings_that_share_their_bytes_are_not_compared_without_end() {
    let many: String = (0..3000)
        .map(|n| format!("const-string v0, \"{n:04}\"\n"))
        .collect();
    let long = "x".repeat(60_000);
    let text = format!(
        ".class La/B;\n.method static c()V registers 1\nconst-string v0, \"~{long}\"\n{many}return-void\n.end"
    );
    let mut bytes = assemble(&text);
    let (count, rows) = (word(&bytes, 0x38), word(&bytes, 0x3c));
    let last = bytes[rows + (count - 1) * 4..rows + count * 4].to_vec();
    for row in 0..count {
        bytes[rows + row * 4..rows + row * 4 + 4].copy_from_slice(&last);
    }
    assert!(codes(&ask(&bytes)).contains(&"strings_overlap"));
}

#[test]
fn a_truncated_file_is_read_as_far_as_it_goes() {
    let bytes = assemble(APP);
    for end in (0..bytes.len()).step_by(32) {
        let finds = ask(&bytes[..end]);
        assert!(!finds.complete, "{end}");
        assert!(!finds.faults.is_empty(), "{end}");
        dex::packages(&[DexSource {
            path: "classes.dex".into(),
            bytes: &bytes[..end],
            group: 0,
        }]);
    }
}

#[test]
fn no_flipped_bit_stops_the_reader() {
    let sound = assemble(APP);
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(ask(&bytes).finds.len() < 100, "{at}");
        for header in dex::headers(&bytes).unwrap_or_default() {
            header.checks(&bytes);
        }
    }
}

#[test]
fn no_overwritten_word_stops_the_reader() {
    let sound = assemble(APP);
    for at in (0..sound.len() - 4).step_by(4) {
        for word in [0u32, 1, 0x7fff_ffff, 0xffff_ffff, sound.len() as u32 - 1] {
            let mut bytes = sound.clone();
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
            assert!(ask(&bytes).finds.len() < 100, "{at} {word}");
        }
    }
}

#[test]
fn rows_that_refer_to_nothing_are_told() {
    let sound = assemble(APP);
    assert!(ask(&sound).faults.is_empty());
    // The tables of the header, and where in a row an index or offset stands.
    for (table, at, name) in [
        (56, 0, "string_ids"),
        (64, 0, "type_ids"),
        (72, 4, "proto_ids"),
        (80, 4, "field_ids"),
        (88, 4, "method_ids"),
    ] {
        let mut bytes = sound.clone();
        let row = word(&bytes, table + 4) + at;
        bytes[row..row + 4].copy_from_slice(&0x7fff_fff0_u32.to_le_bytes());
        seal(&mut bytes);
        let faults = ask(&bytes).faults;
        let told = |fault: &&dex::Fault| fault.code == "row_dangles" && fault.what.contains(name);
        assert_eq!(faults.iter().filter(told).count(), 1, "{name}: {faults:?}");
    }
}

#[test]
fn strings_without_an_end_are_told_and_not_looked_through_again_and_again() {
    let mut bytes = assemble(APP);
    let rows = word(&bytes, 0x3c);
    let endless = bytes.len() as u32;
    bytes.extend(vec![b'x'; 3 << 20]);
    bytes[rows..rows + 4].copy_from_slice(&endless.to_le_bytes());
    let told = |bytes: &[u8]| ask(bytes).faults.into_iter().map(|fault| fault.code);
    assert!(told(&bytes).any(|code| code == "strings_endless"));
    for row in 0..word(&bytes, 0x38) {
        bytes[rows + row * 4..rows + row * 4 + 4].copy_from_slice(&endless.to_le_bytes());
    }
    assert!(told(&bytes).any(|code| code == "strings_overlap"));
}

#[test]
fn tries_without_handlers_are_paid_for() {
    // Every method gets the code of the first, whose 60,000 tries share one empty list of handlers.
    let methods: String = (0..200)
        .map(|n| format!(".method static m{n:03}()V registers 0\nreturn-void\n.end\n"))
        .collect();
    let mut bytes = assemble(&format!(".class La/B;\n{methods}"));
    let data = word(&bytes, word(&bytes, 0x64) + 24);
    let item = bytes.len().next_multiple_of(4);
    bytes.resize(item, 0);
    bytes.extend([
        0, 0, 0, 0, 0, 0, 0x60, 0xea, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0x0e, 0,
    ]);
    bytes.extend([0, 0, 0, 0, 1, 0, 1, 0].repeat(60_000));
    bytes.extend([1, 0, 1]);
    let mut members = vec![0, 0, 200, 1, 0];
    for row in 0..200u8 {
        members.extend([u8::from(row > 0), 8]);
        members.extend([item as u8 | 0x80, (item >> 7) as u8 | 0x80, (item >> 14) as u8]);
    }
    assert!(data > 0 && item < 1 << 21);
    let at = bytes.len() as u32;
    bytes.extend(members);
    let class = word(&bytes, 0x64);
    bytes[class + 24..class + 28].copy_from_slice(&at.to_le_bytes());
    seal(&mut bytes);
    let finds = ask(&bytes);
    assert!(
        codes(&finds).contains(&"code_repeated"),
        "{:?}",
        finds.faults.first()
    );
}

#[test]
fn methods_defined_again_and_again_are_not_kept() {
    let mut bytes = assemble(".class La/B;\n.method static c()V registers 0\nreturn-void\n.end\n");
    let at = bytes.len() as u32;
    bytes.extend([0, 0, 0x90, 0x4e, 0]);
    bytes.extend([0, 8, 0].repeat(10_000));
    let class = word(&bytes, 0x64);
    bytes[class + 24..class + 28].copy_from_slice(&at.to_le_bytes());
    seal(&mut bytes);
    let finds = ask(&bytes);
    assert_eq!(codes(&finds), ["class_data"]);
    assert!(finds.dex[0].methods <= 2, "{}", finds.dex[0].methods);
}
