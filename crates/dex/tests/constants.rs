//! What is known of the arguments of a call.
#![allow(clippy::unwrap_used, clippy::panic)]

mod assembler;

use assembler::assemble;
use dex::{CallQuery, DexSource, Find, Limits, Query, Value};

/// The calls of `LT;->take…` in a static method with this prototype, frame and code.
fn calls_in(signature: &str, registers: u32, code: &str, limits: &Limits) -> dex::Finds {
    let text = format!(
        ".class La/B;
         .field static final KEY:Ljava/lang/String; = \"android_id\"
         .field static final PERIOD:J = 1000L
         .field static final RATIO:F = 1.5f
         .field static final NOTHING:Ljava/lang/String; = null
         .field static final TYPE:Ljava/lang/Class; = La/B;
         .field static CHANGES:I = 5
         .method static {signature} registers {registers}
         {code}
         .end
         .class La/C;
         .field static final ASSIGNED:I = 0
         .field static final LATER:Ljava/lang/String; = null
         .field static final LIST:[Ljava/lang/String; = null
         .field static final BRANCH:I = 0
         .field static VARIES:I = 0
         .method static <clinit>()V registers 3
         const/4 v0, 7
         sput v0, La/C;->ASSIGNED:I
         sput v0, La/C;->VARIES:I
         const/4 v0, 1
         new-array v0, v0, [Ljava/lang/String;
         const/4 v1, 0
         const-string v2, \"CAMERA\"
         aput-object v2, v0, v1
         sput-object v0, La/C;->LIST:[Ljava/lang/String;
         sget v0, Lx/Y;->FLAG:I
         if-eqz v0, :other
         sput v0, La/C;->BRANCH:I
         return-void
         :other
         const/4 v0, 3
         sput v0, La/C;->BRANCH:I
         return-void
         .end"
    );
    let bytes = assemble(&text);
    let names = [
        "take",
        "takeLong",
        "takeFloat",
        "takeDouble",
        "takeInt",
        "takeArray",
        "takeInts",
        "takeTwo",
        "takeBoth",
    ];
    let query = Query {
        calls: names
            .iter()
            .map(|name| CallQuery {
                id: "Q".into(),
                class: "LT;".into(),
                name: (*name).into(),
                proto: None,
            })
            .collect(),
        ..Query::default()
    };
    dex::find(
        &[DexSource {
            path: "classes.dex".into(),
            bytes: &bytes,
            group: 0,
        }],
        &query,
        limits,
    )
}

fn finds(signature: &str, registers: u32, code: &str) -> Vec<Find> {
    let finds = calls_in(signature, registers, code, &Limits::default());
    assert_eq!(finds.faults, []);
    finds.finds
}

fn args(signature: &str, registers: u32, code: &str) -> Vec<Value> {
    let finds = finds(signature, registers, code);
    assert_eq!(finds.len(), 1);
    finds[0].args.clone()
}

fn text(value: &str) -> Value {
    Value::Str { v: value.into() }
}

fn int(v: i32) -> Value {
    Value::Int { v }
}

const TAKE: &str = "LT;->take(Ljava/lang/Object;)V";

fn taken(code: &str) -> Value {
    let code = format!("{code}\ninvoke-static {{v0}}, {TAKE}\nreturn-void");
    args("m()V", 6, &code).remove(0)
}

#[test]
fn constants_are_what_their_declared_type_makes_of_them() {
    assert_eq!(taken("const-string v0, \"通讯录\""), text("通讯录"));
    assert_eq!(taken("const-string/jumbo v0, \"a\""), text("a"));
    assert_eq!(taken("const/4 v0, 0"), Value::Null);
    assert_eq!(taken("const-class v0, Lx/Y;"), Value::Class { v: "Lx/Y;".into() });
    assert_eq!(taken("new-instance v0, Lx/Y;"), Value::New { v: "Lx/Y;".into() });
    assert_eq!(taken("move-exception v0"), Value::Unknown);
    let number = |code: &str, call: &str| args("m()V", 4, &format!("{code}\n{call}\nreturn-void")).remove(0);
    assert_eq!(
        number("const/16 v0, -300", "invoke-static {v0}, LT;->takeInt(I)V"),
        int(-300)
    );
    assert_eq!(
        number("const/4 v0, 1", "invoke-static {v0}, LT;->takeInt(Z)V"),
        int(1)
    );
    assert_eq!(
        number(
            "const/high16 v0, 2139095040",
            "invoke-static {v0}, LT;->takeFloat(F)V"
        ),
        Value::Unknown
    );
    assert_eq!(
        number(
            "const/high16 v0, 1069547520",
            "invoke-static {v0}, LT;->takeFloat(F)V"
        ),
        Value::Float { v: 1.5 }
    );
    let long = "invoke-static {v0, v1}, LT;->takeLong(J)V";
    assert_eq!(number("const-wide/16 v0, -5", long), Value::Long { v: -5 });
    assert_eq!(
        number("const/16 v2, 60\nint-to-long v0, v2", long),
        Value::Long { v: 60 }
    );
    assert_eq!(
        number("const-wide v0, 5000000000", long),
        Value::Long { v: 5_000_000_000 }
    );
    let double = "invoke-static {v0, v1}, LT;->takeDouble(D)V";
    assert_eq!(
        number("const-wide/high16 v0, 4611686018427387904", double),
        Value::Double { v: 2.0 }
    );
}

#[test]
fn a_wide_argument_takes_two_registers_and_the_next_is_not_shifted() {
    let code = "const-wide/16 v0, 9
                const-string v2, \"s\"
                const-string v3, \"t\"
                invoke-static {v2, v0, v1, v3}, LT;->takeBoth(Ljava/lang/String;JLjava/lang/String;)V
                return-void";
    assert_eq!(
        args("m()V", 4, code),
        [text("s"), Value::Long { v: 9 }, text("t")]
    );
    let range = code.replace(
        "invoke-static {v2, v0, v1, v3}",
        "move-object v4, v2\nmove-wide v5, v0\nmove-object v7, v3\ninvoke-static/range {v4 .. v7}",
    );
    assert_eq!(
        args("m()V", 8, &range),
        [text("s"), Value::Long { v: 9 }, text("t")]
    );
}

#[test]
fn half_a_pair_overwritten_is_no_longer_a_number() {
    let code = "const-wide/16 v0, 9
                const/4 v1, 0
                invoke-static {v0, v1}, LT;->takeLong(J)V
                return-void";
    assert_eq!(args("m()V", 2, code), [Value::Unknown]);
}

#[test]
fn parameters_are_counted_with_this_as_the_first() {
    let code = "invoke-static {v3, v0}, LT;->takeTwo(Ljava/lang/Object;I)V\nreturn-void";
    let static_ = args("m(IJLjava/lang/Object;)V", 4, code);
    assert_eq!(static_, [Value::Param { v: 2 }, Value::Param { v: 0 }]);
    let bytes = assemble(
        ".class La/B;
         .method public m(JLjava/lang/String;)V registers 5
         invoke-virtual {v1, v4}, LT;->take(Ljava/lang/String;)V
         return-void
         .end",
    );
    let call = CallQuery {
        id: "Q".into(),
        class: "LT;".into(),
        name: "take".into(),
        proto: None,
    };
    let query = Query {
        calls: vec![call],
        ..Query::default()
    };
    let source = [DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    }];
    let found = dex::find(&source, &query, &Limits::default()).finds;
    assert_eq!(found[0].on, Some(Value::Param { v: 0 }));
    assert_eq!(found[0].args, [Value::Param { v: 2 }]);
}

#[test]
fn static_final_constants_of_the_package_are_replaced_and_others_named() {
    let sget = |field: &str| taken(&format!("sget-object v0, {field}"));
    assert_eq!(sget("La/B;->KEY:Ljava/lang/String;"), text("android_id"));
    assert_eq!(
        sget("La/B;->TYPE:Ljava/lang/Class;"),
        Value::Class { v: "La/B;".into() }
    );
    assert_eq!(sget("La/B;->NOTHING:Ljava/lang/String;"), Value::Null);
    let later = "La/C;->LATER:Ljava/lang/String;";
    assert_eq!(sget(later), Value::Field { v: later.into() });
    let uri = "Lp/Contacts;->CONTENT_URI:Landroid/net/Uri;";
    assert_eq!(sget(uri), Value::Field { v: uri.into() });
    let number = |get: &str, call: &str| args("m()V", 2, &format!("{get}\n{call}\nreturn-void")).remove(0);
    let long = "invoke-static {v0, v1}, LT;->takeLong(J)V";
    assert_eq!(
        number("sget-wide v0, La/B;->PERIOD:J", long),
        Value::Long { v: 1000 }
    );
    let float = "invoke-static {v0}, LT;->takeFloat(F)V";
    assert_eq!(number("sget v0, La/B;->RATIO:F", float), Value::Float { v: 1.5 });
}

#[test]
fn a_field_that_code_may_still_assign_is_not_a_constant() {
    let int = "invoke-static {v0}, LT;->takeInt(I)V";
    for field in ["La/B;->CHANGES:I", "La/C;->VARIES:I", "La/C;->BRANCH:I"] {
        let code = format!("sget v0, {field}\n{int}\nreturn-void");
        assert_eq!(args("m()V", 2, &code), [Value::Field { v: field.into() }]);
    }
}

#[test]
fn a_final_field_holds_what_its_class_initialiser_left_there() {
    let list = Value::Array {
        v: vec![text("CAMERA")],
    };
    assert_eq!(taken("sget-object v0, La/C;->LIST:[Ljava/lang/String;"), list);
    let code = "sget v0, La/C;->ASSIGNED:I\ninvoke-static {v0}, LT;->takeInt(I)V\nreturn-void";
    assert_eq!(args("m()V", 2, code), [Value::Int { v: 7 }]);
    // Within a value as well.
    assert_eq!(
        taken(
            "sget-object v1, La/C;->LIST:[Ljava/lang/String;
             invoke-static {v1}, Lx/Y;->m([Ljava/lang/String;)Lx/Z;
             move-result-object v0"
        ),
        Value::Call {
            v: "Lx/Y;->m([Ljava/lang/String;)Lx/Z;".into(),
            a: vec![list]
        }
    );
}

#[test]
fn results_of_calls_carry_their_arguments_to_depth_three() {
    let parse = "const-string v1, \"content://sms\"
                 invoke-static {v1}, Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;
                 move-result-object v0";
    let uri = Value::Call {
        v: "Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;".into(),
        a: vec![text("content://sms")],
    };
    assert_eq!(taken(parse), uri);
    let wrap = "invoke-static {v0}, Lx/Y;->w(Ljava/lang/Object;)Ljava/lang/Object;\nmove-result-object v0\n";
    let wrapped = |inner| Value::Call {
        v: "Lx/Y;->w(Ljava/lang/Object;)Ljava/lang/Object;".into(),
        a: vec![inner],
    };
    assert_eq!(
        taken(&format!("const-string v0, \"s\"\n{}", wrap.repeat(3))),
        wrapped(wrapped(wrapped(text("s"))))
    );
    assert_eq!(
        taken(&format!("const-string v0, \"s\"\n{}", wrap.repeat(4))),
        wrapped(wrapped(wrapped(Value::Unknown)))
    );
}

#[test]
fn arrays_are_known_by_element() {
    let strings = Value::Array {
        v: vec![text("CAMERA"), text("SMS")],
    };
    assert_eq!(
        taken(
            "const/4 v1, 2
             new-array v0, v1, [Ljava/lang/String;
             const/4 v1, 0
             const-string v2, \"CAMERA\"
             aput-object v2, v0, v1
             const/4 v1, 1
             const-string v2, \"SMS\"
             aput-object v2, v0, v1"
        ),
        strings
    );
    assert_eq!(
        taken(
            "const-string v1, \"CAMERA\"
             const-string v2, \"SMS\"
             filled-new-array {v1, v2}, [Ljava/lang/String;
             move-result-object v0"
        ),
        strings
    );
    assert_eq!(
        taken("const/4 v1, 3\nnew-array v0, v1, [I\nfill-array-data v0, :data\ngoto :on\n:data .array 4 10 -20 30\n:on nop"),
        Value::Array { v: vec![int(10), int(-20), int(30)] }
    );
    assert_eq!(
        taken("const/4 v1, 1\nnew-array v0, v1, [J\nfill-array-data v0, :data\ngoto :on\n:data .array 8 -5000000000\n:on nop"),
        Value::Array { v: vec![Value::Long { v: -5_000_000_000 }] }
    );
    assert_eq!(
        taken("const-string v1, \"a\"\nfilled-new-array {v1}, [Ljava/lang/String;\nmove-result-object v2\nconst/4 v3, 0\naget-object v0, v2, v3"),
        text("a")
    );
}

#[test]
fn a_store_at_an_unknown_place_forgets_all_elements() {
    let code = "const/4 v0, 1
                new-array v0, v0, [Ljava/lang/String;
                const-string v1, \"a\"
                aput-object v1, v0, v2
                invoke-static {v0}, LT;->takeArray([Ljava/lang/String;)V
                return-void";
    assert_eq!(
        args("m(I)V", 3, code),
        [Value::Array {
            v: vec![Value::Unknown]
        }]
    );
}

#[test]
fn a_call_may_change_numbers_in_an_array_but_keeps_its_objects() {
    let filled = |kind: &str| {
        taken(&format!(
            "const/4 v1, 1
             filled-new-array {{v1}}, {kind}
             move-result-object v0
             invoke-static {{v0}}, Lx/Y;->look({kind})V"
        ))
    };
    assert_eq!(
        filled("[I"),
        Value::Array {
            v: vec![Value::Unknown]
        }
    );
    // As a reference the 1 would be no valid program; it only stands for an element that stays.
    assert_eq!(
        filled("[[I"),
        Value::Array {
            v: vec![Value::Unknown]
        }
    );
    let kept = taken(
        "const-string v1, \"a\"
         filled-new-array {v1}, [Ljava/lang/String;
         move-result-object v0
         invoke-static {v0}, Lx/Y;->look([Ljava/lang/String;)V",
    );
    assert_eq!(kept, Value::Array { v: vec![text("a")] });
}

const NEW_BUILDER: &str = "new-instance v1, Ljava/lang/StringBuilder;
    invoke-direct {v1}, Ljava/lang/StringBuilder;-><init>()V";

fn append(kind: &str, register: &str) -> String {
    format!("invoke-virtual {{v1, {register}}}, Ljava/lang/StringBuilder;->append({kind})Ljava/lang/StringBuilder;")
}

const TO_STRING: &str =
    "invoke-virtual {v1}, Ljava/lang/StringBuilder;->toString()Ljava/lang/String;\nmove-result-object v0";

#[test]
fn a_string_builder_of_constants_is_its_text() {
    let folded = taken(&format!(
        "{NEW_BUILDER}
         const-string v2, \"content://\"
         {}
         move-result-object v3
         const/4 v2, 7
         {}
         {}
         const/4 v2, 0
         {}
         const-wide/16 v2, 12
         invoke-virtual {{v3, v2, v3}}, Ljava/lang/StringBuilder;->length()I
         {TO_STRING}",
        append("Ljava/lang/String;", "v2"),
        append("I", "v2"),
        append("C", "v2"),
        append("Z", "v2"),
    ));
    assert_eq!(folded, text("content://7\u{7}false"));
    let capacity = taken(&format!(
        "new-instance v1, Ljava/lang/StringBuilder;
         const-string v2, \"begin\"
         invoke-direct {{v1, v2}}, Ljava/lang/StringBuilder;-><init>(Ljava/lang/String;)V
         {TO_STRING}"
    ));
    assert_eq!(capacity, text("begin"));
}

#[test]
fn one_unknown_part_leaves_the_call_that_makes_the_string() {
    let call = Value::Call {
        v: "Ljava/lang/StringBuilder;->toString()Ljava/lang/String;".into(),
        a: vec![],
    };
    let code = |middle: &str| {
        taken(&format!(
            "{NEW_BUILDER}\nconst-string v2, \"a\"\n{}\n{middle}\n{TO_STRING}",
            append("Ljava/lang/String;", "v2")
        ))
    };
    assert_eq!(code("nop"), text("a"));
    assert_eq!(
        code(&format!(
            "sget-object v2, Lx/Y;->F:Ljava/lang/String;\n{}",
            append("Ljava/lang/String;", "v2")
        )),
        call
    );
    assert_eq!(
        code("invoke-static {v1}, Lx/Y;->fill(Ljava/lang/StringBuilder;)V"),
        call
    );
    assert_eq!(
        code("const/4 v2, 0\ninvoke-virtual {v1, v2}, Ljava/lang/StringBuilder;->setLength(I)V"),
        call
    );
}

#[test]
fn strings_are_joined_and_numbers_turned_into_strings() {
    assert_eq!(
        taken(
            "const-string v1, \"ro.\"
             const-string v2, \"serialno\"
             invoke-virtual {v1, v2}, Ljava/lang/String;->concat(Ljava/lang/String;)Ljava/lang/String;
             move-result-object v0"
        ),
        text("ro.serialno")
    );
    assert_eq!(
        taken("const/16 v1, 42\ninvoke-static {v1}, Ljava/lang/String;->valueOf(I)Ljava/lang/String;\nmove-result-object v0"),
        text("42")
    );
}

#[test]
fn strings_are_turned_round_and_cut_and_parts_of_them_put_for_others() {
    let reversed = |written: &str| {
        taken(&format!(
            "{NEW_BUILDER}
             const-string v2, \"{written}\"
             {}
             invoke-virtual {{v1}}, Ljava/lang/StringBuilder;->reverse()Ljava/lang/StringBuilder;
             move-result-object v1
             {TO_STRING}",
            append("Ljava/lang/String;", "v2"),
        ))
    };
    assert_eq!(reversed("dIteg"), text("getId"));
    assert!(
        matches!(reversed("号"), Value::Call { .. }),
        "characters are no bytes"
    );
    let part = |ends: &str| {
        let kinds = "I".repeat(ends.matches(',').count());
        taken(&format!(
            "const-string v1, \"pregetIdpost\"
             const/4 v2, 3
             const/16 v3, 8
             const/16 v4, 13
             const/4 v5, -1
             invoke-virtual {{v1{ends}}}, Ljava/lang/String;->substring({kinds})Ljava/lang/String;
             move-result-object v0"
        ))
    };
    assert_eq!(part(", v2, v3"), text("getId"));
    assert_eq!(part(", v3"), text("post"));
    for wrong in [", v4", ", v5", ", v3, v2", ", v2, v4"] {
        assert!(matches!(part(wrong), Value::Call { .. }), "{wrong} throws");
    }
    let replaced = |old: &str, new: &str| {
        taken(&format!(
            "const-string v1, \"g#etI#d#\"
             const-string v2, \"{old}\"
             const-string v3, \"{new}\"
             invoke-virtual {{v1, v2, v3}}, Ljava/lang/String;->replace(Ljava/lang/CharSequence;Ljava/lang/CharSequence;)Ljava/lang/String;
             move-result-object v0"
        ))
    };
    assert_eq!(replaced("#", ""), text("getId"));
    assert_eq!(replaced("#", "##"), text("g##etI##d##"));
    assert!(
        matches!(replaced("", "x"), Value::Call { .. }),
        "an empty text is everywhere"
    );
}

#[test]
fn a_value_that_depends_on_a_branch_is_one_of_several() {
    let code = "const-string v0, \"a\"
                if-eqz v1, :join
                const-string v0, \"b\"
                :join
                invoke-static {v0}, LT;->take(Ljava/lang/Object;)V
                return-void";
    assert_eq!(
        args("m(I)V", 2, code),
        [Value::Any {
            v: vec![text("a"), text("b")]
        }]
    );
    let same = code.replace("\"b\"", "\"a\"");
    assert_eq!(args("m(I)V", 2, &same), [text("a")]);
}

#[test]
fn more_than_eight_values_are_unknown() {
    let code = |count: usize| {
        let labels: Vec<String> = (0..count).map(|n| format!(":c{n}")).collect();
        let cases: String = (0..count)
            .map(|n| format!(":c{n}\nconst-string v0, \"s{n}\"\ngoto :join\n"))
            .collect();
        format!(
            "packed-switch v1, :table
             return-void
             {cases}
             :join
             invoke-static {{v0}}, LT;->take(Ljava/lang/Object;)V
             return-void
             :table .packed 0 {}",
            labels.join(" ")
        )
    };
    let all = |count: usize| Value::Any {
        v: (0..count).map(|n| text(&format!("s{n}"))).collect(),
    };
    assert_eq!(args("m(I)V", 2, &code(8)), [all(8)]);
    assert_eq!(args("m(I)V", 2, &code(9)), [Value::Unknown]);
}

#[test]
fn elements_joined_by_branch_stay_in_their_array() {
    let code = "const/4 v0, 1
                new-array v0, v0, [Ljava/lang/String;
                const/4 v2, 0
                const-string v3, \"a\"
                if-eqz v4, :put
                const-string v3, \"b\"
                :put
                aput-object v3, v0, v2
                invoke-static {v0}, LT;->takeArray([Ljava/lang/String;)V
                return-void";
    let either = Value::Any {
        v: vec![text("a"), text("b")],
    };
    assert_eq!(args("m(I)V", 5, code), [Value::Array { v: vec![either] }]);
}

#[test]
fn a_loop_ends_and_what_it_changes_is_not_taken_for_constant() {
    let code = "const/4 v0, 0
                const-string v2, \"fixed\"
                new-instance v1, Ljava/lang/StringBuilder;
                invoke-direct {v1}, Ljava/lang/StringBuilder;-><init>()V
                :again
                if-ge v0, v4, :done
                invoke-virtual {v1, v2}, Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;
                add-int/lit8 v0, v0, 1
                goto :again
                :done
                invoke-virtual {v1}, Ljava/lang/StringBuilder;->toString()Ljava/lang/String;
                move-result-object v3
                invoke-static {v3, v2}, LT;->takeTwo(Ljava/lang/Object;Ljava/lang/Object;)V
                return-void";
    let call = Value::Call {
        v: "Ljava/lang/StringBuilder;->toString()Ljava/lang/String;".into(),
        a: vec![],
    };
    assert_eq!(args("m(I)V", 5, code), [call, text("fixed")]);
}

#[test]
fn a_counter_does_not_keep_its_first_value() {
    let code = "const/4 v0, 0
                :again
                invoke-static {v0}, LT;->takeInt(I)V
                add-int/lit8 v0, v0, 1
                if-lt v0, v1, :again
                return-void";
    let known = args("m(I)V", 2, code);
    assert_ne!(known, [int(0)]);
    assert!(
        matches!(&known[0], Value::Any { v } if v.contains(&Value::Unknown)) || known == [Value::Unknown]
    );
}

#[test]
fn a_handler_sees_what_any_instruction_it_guards_may_have_left() {
    let code = ".catch :from :to :handler
                const-string v0, \"before\"
                :from
                invoke-static {}, Lx/Y;->risk()V
                const-string v0, \"after\"
                invoke-static {}, Lx/Y;->risk()V
                :to
                return-void
                :handler
                move-exception v1
                invoke-static {v0}, LT;->take(Ljava/lang/Object;)V
                return-void";
    assert_eq!(
        args("m()V", 2, code),
        [Value::Any {
            v: vec![text("before"), text("after")]
        }]
    );
}

#[test]
fn code_that_nothing_reaches_has_unknown_arguments() {
    let code = "return-void
                const-string v0, \"dead\"
                invoke-static {v0}, LT;->take(Ljava/lang/Object;)V
                return-void";
    assert_eq!(args("m()V", 1, code), [Value::Unknown]);
}

#[test]
fn numbers_are_put_together() {
    let flags = args(
        "m()V",
        2,
        "const/16 v0, 64\nor-int/lit16 v0, v0, 4096\nconst/4 v1, 1\nadd-int/2addr v0, v1\nrsub-int/lit8 v0, v0, 0
         invoke-static {v0}, LT;->takeInt(I)V\nreturn-void",
    );
    assert_eq!(flags, [int(-4161)]);
}

#[test]
fn a_method_that_costs_too_much_is_a_fault_and_its_arguments_unknown() {
    let limits = Limits {
        steps: 5,
        ..Limits::default()
    };
    let code = "const-string v0, \"a\"\nnop\nnop\nnop\nnop\nnop\ninvoke-static {v0}, LT;->take(Ljava/lang/Object;)V\nreturn-void";
    let finds = calls_in("m()V", 1, code, &limits);
    assert_eq!(finds.finds[0].args, [Value::Unknown]);
    assert_eq!(finds.faults[0].code, "steps");
    assert_eq!(finds.faults[0].place, "dex:classes.dex!La/B;->m()V");
    assert!(!finds.complete);
}
