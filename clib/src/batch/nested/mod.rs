//! Lists, structs and maps as JSON text, by `arrow-json`.
//!
//! Its own reading and writing of what is inside differs from this crate's rules where something would be lost: it writes
//! `null` for NaN and an error's text for a date out of range, and cuts fractions off where an integer is wanted. So the
//! leaves are [encoded](encode) and [decoded](decode) here, as columns of their type would be.

mod decode;
mod encode;

pub(super) use decode::{check, decode};
pub(super) use encode::encode;

#[cfg(test)]
mod tests;
