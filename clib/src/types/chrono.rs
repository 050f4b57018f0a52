//! Feature `chrono`.
