//! The bindings that the build script has made from the header it found, and what they lack of the committed ones.

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
include!(concat!(env!("OUT_DIR"), "/absent.rs"));
