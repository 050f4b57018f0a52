//! The kinds of callbacks: how each is registered, run and removed.

use std::cmp::Ordering;

use clib::{
    Aggregate, ArgumentBatch, ArgumentType, Authorization, BatchAggregate, Collation, Connection,
    Context, Error, FromSql, FunctionFlags, Result, TraceEvents, WindowAggregate,
};

use super::probe::{Argument, Captured, HOLDER, Place, Value, at};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Typed,
    /// What is kept with an argument.
    Auxiliary,
    Aggregate,
    Window,
    Batch,
    /// In a statement that reads.
    Collation,
    /// In a statement that writes, to an index.
    CollationOfIndex,
    CollationNeeded,
    Commit,
    Rollback,
    Update,
    PreUpdate,
    Wal,
    Authorizer,
    Trace,
    Profile,
    Progress,
    Busy,
}

pub(crate) const KINDS: [Kind; 19] = [
    Kind::Scalar,
    Kind::Typed,
    Kind::Auxiliary,
    Kind::Aggregate,
    Kind::Window,
    Kind::Batch,
    Kind::Collation,
    Kind::CollationOfIndex,
    Kind::CollationNeeded,
    Kind::Commit,
    Kind::Rollback,
    Kind::Update,
    Kind::PreUpdate,
    Kind::Wal,
    Kind::Authorizer,
    Kind::Trace,
    Kind::Profile,
    Kind::Progress,
    Kind::Busy,
];

fn body() -> Result<()> {
    at(Place::Body).map_err(Error::other)
}

struct Sum(#[allow(dead_code, reason = "for its destructor")] Captured);

impl Aggregate for Sum {
    type State = Value;
    type Output = Value;

    fn init(&self) -> Result<Value> {
        Ok(Value(0))
    }

    fn step(&self, sum: &mut Value, context: &Context<'_>) -> Result<()> {
        body()?;
        sum.0 += context.get::<Argument>(0)?.0;
        Ok(())
    }

    fn finish(&self, sum: Value) -> Result<Value> {
        Ok(sum)
    }
}

impl WindowAggregate for Sum {
    fn value(&self, sum: &Value) -> Result<Value> {
        Ok(Value(sum.0))
    }

    fn inverse(&self, sum: &mut Value, context: &Context<'_>) -> Result<()> {
        body()?;
        sum.0 -= context.get::<Argument>(0)?.0;
        Ok(())
    }
}

impl BatchAggregate for Sum {
    type State = Value;
    type Output = Value;

    fn init(&self) -> Value {
        Value(0)
    }

    fn update(&self, sum: &mut Value, rows: &ArgumentBatch<'_>) -> Result<()> {
        body()?;
        sum.0 += rows.integers(0)?.values().iter().sum::<i64>();
        Ok(())
    }

    fn finish(&self, sum: Value) -> Result<Value> {
        Ok(sum)
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    // It has no way to return an error.
    let _ = at(Place::Body);
    a.cmp(b)
}

impl Kind {
    pub(crate) fn register(self, conn: &mut Connection) -> Result<()> {
        const FLAGS: FunctionFlags = FunctionFlags::DETERMINISTIC;
        let captured = Captured;
        match self {
            Self::Scalar => conn.create_scalar_function("f", 1, FLAGS, move |context| {
                let _captured = &captured;
                body()?;
                Ok(Value(context.get::<Argument>(0)?.0))
            }),
            Self::Typed => conn.create_typed_function("f", FLAGS, move |argument: Argument| {
                let _captured = &captured;
                body()?;
                Ok(Value(argument.0))
            }),
            Self::Auxiliary => conn.create_scalar_function("f", 1, FLAGS, move |context| {
                let _captured = &captured;
                let value = context.get_or_create_aux(0, |value| {
                    body()?;
                    Ok(Value(i64::from_sql(value)?))
                })?;
                Ok(value.0)
            }),
            Self::Aggregate => conn.create_aggregate_function("f", 1, FLAGS, Sum(captured)),
            Self::Window => conn.create_window_function("f", 1, FLAGS, Sum(captured)),
            Self::Batch => {
                conn.create_batch_aggregate("f", &[ArgumentType::Integer], Sum(captured))
            }
            Self::Collation | Self::CollationOfIndex => conn.create_collation("c", move |a, b| {
                let _captured = &captured;
                compare(a, b)
            }),
            Self::CollationNeeded => conn.collation_needed(move |name| {
                let _captured = &captured;
                body()?;
                Ok((name == "c").then(|| Collation::new(str::cmp)))
            }),
            Self::Commit => {
                conn.commit_hook(move || {
                    let _captured = &captured;
                    body()
                });
                Ok(())
            }
            Self::Rollback => {
                conn.rollback_hook(move || {
                    let _captured = &captured;
                    let _ = at(Place::Body);
                });
                Ok(())
            }
            Self::Update => {
                conn.update_hook(move |_, schema, table, _| {
                    let _captured = &captured;
                    assert_eq!((schema, table), ("main", "t"));
                    let _ = at(Place::Body);
                });
                Ok(())
            }
            Self::PreUpdate => conn.preupdate_hook(move |change| {
                let _captured = &captured;
                assert_eq!((change.schema(), change.table()), ("main", "t"));
                let _ = at(Place::Body);
                // It has no way to return an error of this either.
                let _ = change.after().map(|new| new.get::<Argument>(0));
            }),
            Self::Wal => {
                conn.wal_hook(move |commit| {
                    let _captured = &captured;
                    assert_eq!(commit.schema(), "main");
                    body()
                });
                Ok(())
            }
            Self::Authorizer => conn.authorizer(move |_| {
                let _captured = &captured;
                let _ = at(Place::Body);
                Authorization::Allow
            }),
            Self::Trace => conn.trace(TraceEvents::STATEMENT, move |_| {
                let _captured = &captured;
                let _ = at(Place::Body);
            }),
            Self::Profile => conn.trace(TraceEvents::PROFILE, move |_| {
                let _captured = &captured;
                let _ = at(Place::Body);
            }),
            Self::Progress => conn.progress_handler(
                1,
                Some(move || {
                    let _captured = &captured;
                    let _ = at(Place::Body);
                    false
                }),
            ),
            Self::Busy => conn.busy_handler(Some(move |_| {
                let _captured = &captured;
                let _ = at(Place::Body);
                // The lock is gone when SQLite tries again.
                drop(HOLDER.take());
                true
            })),
        }
    }

    pub(crate) fn remove(self, conn: &mut Connection) -> Result<()> {
        match self {
            Self::Scalar
            | Self::Typed
            | Self::Auxiliary
            | Self::Aggregate
            | Self::Window
            | Self::Batch => conn.remove_function("f", 1),
            Self::Collation | Self::CollationOfIndex => conn.remove_collation("c"),
            Self::CollationNeeded => {
                conn.remove_collation("c")?;
                conn.remove_collation_needed()
            }
            Self::Commit => {
                conn.remove_commit_hook();
                Ok(())
            }
            Self::Rollback => {
                conn.remove_rollback_hook();
                Ok(())
            }
            Self::Update => {
                conn.remove_update_hook();
                Ok(())
            }
            Self::PreUpdate => {
                conn.remove_preupdate_hook();
                Ok(())
            }
            Self::Wal => conn.remove_wal_hook(),
            Self::Authorizer => conn.remove_authorizer(),
            Self::Trace | Self::Profile => conn.remove_trace(),
            Self::Progress => conn.progress_handler(0, None::<fn() -> bool>),
            Self::Busy => conn.busy_handler(None::<fn(u32) -> bool>),
        }
    }

    /// What happens before the statement that runs it.
    pub(crate) fn before(self) -> &'static str {
        match self {
            Self::Rollback => "BEGIN; INSERT INTO t VALUES (7, 'seven')",
            _ => "",
        }
    }

    /// The statement that runs it. The table `t` has the rows 1, 2, 3.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Scalar | Self::Typed | Self::Aggregate | Self::Batch => "SELECT f(a) FROM t",
            Self::Auxiliary => "SELECT f(7) FROM t",
            Self::Window => "SELECT f(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t",
            Self::Collation => "SELECT a FROM t ORDER BY s COLLATE c",
            Self::CollationOfIndex => "CREATE INDEX i ON t (s COLLATE c)",
            Self::CollationNeeded => "SELECT 'a' = 'b' COLLATE c",
            Self::Commit | Self::Update | Self::PreUpdate | Self::Wal | Self::Busy => {
                "INSERT INTO t VALUES (4, 'four')"
            }
            Self::Rollback => "ROLLBACK",
            Self::Authorizer | Self::Trace | Self::Profile | Self::Progress => "SELECT a FROM t",
        }
    }

    /// Whether user code runs at the place.
    pub(crate) fn has(self, place: Place) -> bool {
        match place {
            Place::Body | Place::Captured => true,
            Place::Arguments => matches!(
                self,
                Self::Scalar | Self::Typed | Self::Aggregate | Self::Window | Self::PreUpdate
            ),
            Place::Result => {
                self.has(Place::Arguments) && self != Self::PreUpdate || self == Self::Batch
            }
            Place::Value => self.has(Place::Result) || self == Self::Auxiliary,
        }
    }

    /// Whether it can return an error there.
    pub(crate) fn returns_errors(self, place: Place) -> bool {
        match place {
            Place::Arguments => self != Self::PreUpdate,
            Place::Result => true,
            Place::Value | Place::Captured => false,
            Place::Body => !matches!(
                self,
                Self::Collation
                    | Self::CollationOfIndex
                    | Self::Rollback
                    | Self::Update
                    | Self::PreUpdate
                    | Self::Authorizer
                    | Self::Trace
                    | Self::Profile
                    | Self::Progress
                    | Self::Busy
            ),
        }
    }

    /// Whether the library in use can.
    pub(crate) fn is_there(self) -> bool {
        self != Self::PreUpdate || crate::preupdate::is_there()
    }

    /// Whether the database is a file, because others see it.
    pub(crate) fn wants_file(self) -> bool {
        matches!(self, Self::Wal | Self::Busy)
    }

    /// Whether what it is called for is committed in spite of a panic or an error.
    pub(crate) fn is_committed(self) -> bool {
        self == Self::Wal
    }
}
