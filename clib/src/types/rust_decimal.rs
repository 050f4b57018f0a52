//! Feature `rust_decimal`.
