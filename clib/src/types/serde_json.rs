//! Feature `serde_json`.
