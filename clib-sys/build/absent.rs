//! What bindings of an older header lack.

use std::collections::BTreeSet;

/// The constants and types of `committed` that `made` lacks, imported.
pub(crate) fn absent(committed: &str, made: &str) -> String {
    let made = names(made);
    let absent: Vec<_> = names(committed).difference(&made).copied().collect();
    format!("pub use crate::committed::{{{}}};\n", absent.join(", "))
}

/// The constants and types that bindings define.
fn names(bindings: &str) -> BTreeSet<&str> {
    bindings
        .lines()
        .filter_map(|line| {
            ["pub const ", "pub type ", "pub struct ", "pub union "]
                .iter()
                .find_map(|start| line.strip_prefix(start))
        })
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_header_lacks_is_imported() {
        let committed = "pub const A: i32 = 1;\npub const B: i32 = 2;\npub type t = u8;\n#[repr(C)]\npub struct s {\n    pub x: u8,\n}\nunsafe extern \"C\" {\n    pub fn f();\n}\n";
        let made = "pub const A: i32 = 7;\npub struct s {\n}\n";
        assert_eq!(
            absent(committed, made),
            "pub use crate::committed::{B, t};\n"
        );
        assert_eq!(
            absent(committed, committed),
            "pub use crate::committed::{};\n"
        );
    }
}
