//! What does not fit the table.
