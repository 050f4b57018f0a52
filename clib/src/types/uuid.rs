//! Feature `uuid`.
