//! The kinds of callbacks: what each may do, and what C is told where it fails.

use libc::c_int;

use super::registration::Failure;

/// A kind of callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Destructor = 1,
    Function,
    Collation,
    CollationNeeded,
    CommitHook,
    RollbackHook,
    UpdateHook,
    PreUpdateHook,
    WalHook,
    Authorizer,
    Trace,
    ProgressHandler,
    BusyHandler,
}

impl Kind {
    const ALL: [Self; 13] = [
        Self::Destructor,
        Self::Function,
        Self::Collation,
        Self::CollationNeeded,
        Self::CommitHook,
        Self::RollbackHook,
        Self::UpdateHook,
        Self::PreUpdateHook,
        Self::WalHook,
        Self::Authorizer,
        Self::Trace,
        Self::ProgressHandler,
        Self::BusyHandler,
    ];

    /// Whether it may use the connection. SQLite allows it to functions too, but a statement that writes, or is being planned,
    /// has pointers into the schema, which any use can replace: even a query, where another connection has changed it.
    #[inline]
    pub(super) fn may_use_connection(self) -> bool {
        matches!(self, Self::WalHook)
    }

    /// Whether what happens after a panic must not be committed, and C has no way to be told.
    pub(super) fn dooms(self) -> bool {
        matches!(
            self,
            Self::Collation | Self::UpdateHook | Self::PreUpdateHook
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::Destructor => "destructor",
            Self::Function => "function",
            Self::Collation => "collation",
            Self::CollationNeeded => "collation-needed callback",
            Self::CommitHook => "commit hook",
            Self::RollbackHook => "rollback hook",
            Self::UpdateHook => "update hook",
            Self::PreUpdateHook => "pre-update hook",
            Self::WalHook => "WAL hook",
            Self::Authorizer => "authorizer",
            Self::Trace => "trace callback",
            Self::ProgressHandler => "progress handler",
            Self::BusyHandler => "busy handler",
        }
    }
}

/// The name of a kind, by its number.
pub(super) fn name(kind: u8) -> &'static str {
    Kind::ALL
        .into_iter()
        .find(|this| *this as u8 == kind)
        .map_or("callback", Kind::name)
}

/// A kind of callback, as a type: what it returns, and what that is where it fails.
pub(crate) trait Contained {
    type Value;
    const KIND: Kind;
    /// Where user code panics, or is not run because a panic is on its way.
    const FAILED: Self::Value;
}

/// Functions and aggregates fail, which their callbacks tell C. `None` is a panic.
pub(crate) enum Function {}

impl Contained for Function {
    type Value = Option<Result<(), Failure>>;
    const KIND: Kind = Kind::Function;
    const FAILED: Self::Value = None;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $value:ty = $failed:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl Contained for $name {
            type Value = $value;
            const KIND: Kind = Kind::$name;
            const FAILED: Self::Value = $failed;
        }
    )*};
}

kinds! {
    /// Texts compare as equal, in a statement that cannot succeed any more.
    Collation: c_int = 0;
    /// No collation is registered, so that preparing fails.
    CollationNeeded: () = ();
    /// The transaction is rolled back.
    CommitHook: c_int = 1;
    /// There is nothing left to refuse.
    RollbackHook: () = ();
    /// The statement fails, and its transaction.
    UpdateHook: () = ();
    /// As for an update hook.
    PreUpdateHook: () = ();
    /// The statement fails. It has been committed before.
    WalHook: c_int = clib_sys::SQLITE_ERROR;
    /// What was asked for is denied.
    Authorizer: c_int = clib_sys::SQLITE_DENY;
    /// Tracing changes nothing.
    Trace: () = ();
    /// The statement stops.
    ProgressHandler: bool = true;
    /// The lock is given up.
    BusyHandler: bool = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for kind in Kind::ALL {
            assert_eq!(name(kind as u8), kind.name());
        }
        assert_eq!(name(0), "callback");
    }
}
