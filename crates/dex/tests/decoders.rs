//! What calls receive that code decodes: constants worked out by methods of the platform and of the package.
#![allow(clippy::unwrap_used, clippy::panic)]

mod assembler;

use assembler::assemble;
use dex::{CallQuery, DexSource, Limits, Query, Value};

/// What `LT;->take` receives in `v0`, behind this code of a method with six registers, with more methods of its class.
fn taken(code: &str, more: &str) -> Value {
    let bytes = assemble(&format!(
        ".class La/B;
         .method static m()V registers 6
         {code}
         invoke-static {{v0}}, LT;->take(Ljava/lang/Object;)V
         return-void
         .end
         {more}"
    ));
    let query = Query {
        calls: vec![CallQuery {
            id: "Q".into(),
            class: "LT;".into(),
            name: "take".into(),
            proto: None,
        }],
        ..Query::default()
    };
    let source = DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    };
    let finds = dex::find(&[source], &query, &Limits::default());
    assert_eq!(finds.faults, []);
    finds.finds[0].args[0].clone()
}

fn text(value: &str) -> Value {
    Value::Str { v: value.into() }
}

/// A string made of the bytes in `v0`.
const NEW_STRING: &str = "new-instance v1, Ljava/lang/String;
    invoke-direct {v1, v0}, Ljava/lang/String;-><init>([B)V
    move-object v0, v1";

#[test]
fn base64_of_either_class_is_read() {
    let android = |coded: &str| {
        taken(
            &format!(
                "const-string v0, \"{coded}\"
                 const/4 v1, 0
                 invoke-static {{v0, v1}}, Landroid/util/Base64;->decode(Ljava/lang/String;I)[B
                 move-result-object v0
                 {NEW_STRING}"
            ),
            "",
        )
    };
    assert_eq!(android("YW5kcm9pZF9pZA=="), text("android_id"));
    assert!(!matches!(android("YW5*"), Value::Str { .. }));
    let java = taken(
        &format!(
            "const-string v0, \"6YCa6K6v5b2V\"
             invoke-static {{}}, Ljava/util/Base64;->getDecoder()Ljava/util/Base64$Decoder;
             move-result-object v1
             invoke-virtual {{v1, v0}}, Ljava/util/Base64$Decoder;->decode(Ljava/lang/String;)[B
             move-result-object v0
             {NEW_STRING}"
        ),
        "",
    );
    assert_eq!(java, text("通讯录"));
}

#[test]
fn an_array_that_is_filled_becomes_a_string() {
    let filled = |between: &str| {
        taken(
            &format!(
                "const/4 v0, 3
                 new-array v0, v0, [B
                 fill-array-data v0, :data
                 {between}
                 {NEW_STRING}
                 goto :over
                 :data .array 1 115 109 115
                 :over"
            ),
            "",
        )
    };
    assert_eq!(filled(""), text("sms"));
    let known = filled("const/4 v2, 1\nconst/16 v3, 110\naput-byte v3, v0, v2");
    assert_eq!(known, text("sns"));
    // What a method that nobody knows did to the array is not known.
    let unknown = filled("invoke-static {v0}, Lx/Y;->change([B)V");
    assert!(!matches!(unknown, Value::Str { .. }));
}

/// Masks the characters of a text with a number, in a loop; `turn` is the operation.
fn mask(turn: &str) -> String {
    format!(
        ".method static read(Ljava/lang/String;I)Ljava/lang/String; registers 5
         invoke-virtual {{v3}}, Ljava/lang/String;->toCharArray()[C
         move-result-object v0
         const/4 v1, 0
         :next
         array-length v2, v0
         if-ge v1, v2, :end
         aget-char v2, v0, v1
         {turn}
         int-to-char v2, v2
         aput-char v2, v0, v1
         add-int/lit8 v1, v1, 1
         goto :next
         :end
         new-instance v1, Ljava/lang/String;
         invoke-direct {{v1, v0}}, Ljava/lang/String;-><init>([C)V
         return-object v1
         .end"
    )
}

fn masked(coded: &str, turn: &str) -> Value {
    taken(
        &format!(
            "const-string v0, \"{coded}\"
             const/4 v1, 1
             invoke-static {{v0, v1}}, La/B;->read(Ljava/lang/String;I)Ljava/lang/String;
             move-result-object v0"
        ),
        &mask(turn),
    )
}

#[test]
fn a_decoder_of_the_package_is_run_for_constants() {
    // Each character with its lowest bit turned over.
    assert_eq!(masked("hlrh", "xor-int/2addr v2, v4"), text("imsi"));
    assert_eq!(masked("hlrh", "add-int/2addr v2, v4"), text("imsi"));
    // What is not only computed is not guessed.
    let outside = masked("hlrh", "invoke-static {v2}, Lx/Y;->turn(I)I\nmove-result v2");
    assert!(matches!(outside, Value::Call { .. }), "{outside:?}");
    let throws = masked("hlrh", "const/4 v3, 0\ndiv-int/2addr v2, v3");
    assert!(matches!(throws, Value::Call { .. }), "{throws:?}");
}

#[test]
fn a_decoder_that_does_not_end_or_calls_itself_ends_without_an_answer() {
    let calls = |body: &str| {
        taken(
            "invoke-static {}, La/B;->own()Ljava/lang/String;
             move-result-object v0",
            &format!(".method static own()Ljava/lang/String; registers 2\n{body}\n.end"),
        )
    };
    assert!(matches!(calls(":again\ngoto :again"), Value::Call { .. }));
    let itself = "invoke-static {}, La/B;->own()Ljava/lang/String;\nmove-result-object v0\nreturn-object v0";
    assert!(matches!(calls(itself), Value::Call { .. }));
    let long = "const v0, 2000000000\nnew-array v0, v0, [B\nconst-string v0, \"a\"\nreturn-object v0";
    assert!(matches!(calls(long), Value::Call { .. }));
    assert_eq!(calls("const-string v0, \"mac\"\nreturn-object v0"), text("mac"));
}
