//! Sizes and offsets of every public structure, as C has them: a C program prints them, and they are compared with those in the
//! bindings. The compiler of Rust compares the bindings' numbers with Rust's own (the layout tests that bindgen writes), so all three agree.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::root::root;
use crate::source;

/// What is told, such as `sqlite3_vfs` for a size and `sqlite3_vfs.zName` for an offset, with the number.
type Layout = BTreeMap<String, usize>;

/// Structures within structures, which bindgen names after both.
const WITHIN: &str = "sqlite3_index_info_sqlite3_";

/// What the layout tests of the bindings say.
fn of_bindings(text: &str) -> Layout {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let number = |rest: &str| -> Option<usize> {
        let digits = rest.split("usize").next()?;
        digits.parse().ok()
    };
    let sizes = text
        .split("::core::mem::size_of::<")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once(">()-")?;
            Some((name.trim_matches(',').to_owned(), number(rest)?))
        });
    let offsets = text
        .split("::core::mem::offset_of!(")
        .skip(1)
        .filter_map(|rest| {
            let (names, rest) = rest.split_once(")-")?;
            let (name, field) = names.trim_end_matches(',').split_once(',')?;
            Some((format!("{name}.{field}"), number(rest)?))
        });
    sizes.chain(offsets).collect()
}

/// What C says of the same.
fn of_c(wanted: &Layout) -> Layout {
    let mut program = String::from(
        "#include <stdio.h>\n#include <stddef.h>\n#include \"sqlite3.h\"\n#include \"kernel.h\"\nint main(void){\n",
    );
    for name in wanted.keys() {
        let c = name.replace(WITHIN, "sqlite3_");
        let value = match c.split_once('.') {
            Some((name, field)) => format!("offsetof(struct {name}, {field})"),
            None => format!("sizeof(struct {c})"),
        };
        program += &format!("  printf(\"{name} %zu\\n\", {value});\n");
    }
    program += "  return 0;\n}\n";
    let folder = tempfile::tempdir().unwrap();
    let (file, binary) = (folder.path().join("layout.c"), folder.path().join("layout"));
    fs::write(&file, program).unwrap();
    let compiled = Command::new("cc")
        .arg(format!("-I{}", source::folder().unwrap().display()))
        .arg(format!("-I{}", root().join("clib-sys/kernel").display()))
        .arg(&file)
        .arg("-o")
        .arg(&binary)
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let said = Command::new(&binary).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines()
        .map(|line| {
            let (name, number) = line.split_once(' ').unwrap();
            (name.to_owned(), number.parse().unwrap())
        })
        .collect()
}

/// The structures of the bindings whose fields are known.
fn structures(text: &str) -> impl Iterator<Item = &str> {
    text.split("\npub struct ").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once(" {")?;
        let fields = rest.split('}').next()?;
        (!fields.contains("_unused: [u8; 0]")).then_some(name)
    })
}

/// The numbers in the bindings are those of a 64-bit target.
#[cfg(target_pointer_width = "64")]
#[test]
fn every_structure_is_laid_out_as_in_c() {
    let mut wanted = Layout::new();
    for file in [
        "clib-sys/src/bindings.rs",
        "clib-sys/src/kernel/bindings.rs",
    ] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let layout = of_bindings(&text);
        let names: Vec<_> = structures(&text).collect();
        assert!(names.len() > 10, "{file}: {names:?}");
        for name in names {
            assert!(
                layout.contains_key(name),
                "{file}: no layout test of {name}"
            );
            let start = format!("{name}.");
            assert!(
                layout.keys().any(|key| key.starts_with(&start)),
                "{file}: no offset in {name}"
            );
        }
        wanted.extend(layout);
    }
    assert!(wanted.len() > 250, "only {}", wanted.len());
    assert_eq!(of_c(&wanted), wanted);
}

#[test]
fn layout_tests_are_read() {
    let text = "[\"Size of a\"][::core::mem::size_of::<a>() - 8usize];\n[\n  \"Offset\",\n][::core::mem::offset_of!(\n  a, b,\n) - 16usize];";
    let found = of_bindings(text);
    assert_eq!(
        found,
        Layout::from([("a".to_owned(), 8), ("a.b".to_owned(), 16)])
    );
}
