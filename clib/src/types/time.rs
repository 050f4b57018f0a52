//! Feature `time`.
