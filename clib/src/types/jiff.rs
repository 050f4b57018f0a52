//! Feature `jiff`.
