//! The oldest SQLite that `clib` works with.

use crate::version::Version;

pub(crate) const MINIMUM: Version = Version::new(3, 34, 1);
