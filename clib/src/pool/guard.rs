//! [`PooledConnection`]: a connection of a pool in use, and what is done when it comes back.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::gate::Grant;
use super::{Inner, Role};
use crate::connection::Connection;
use crate::error::{Error, Result};

/// The right to use a connection. Dropping it gives it back, whatever happens.
pub(crate) struct Permit {
    pool: Arc<Inner>,
    role: Role,
    /// What the next one gets.
    conn: Option<Connection>,
}

impl Permit {
    pub(super) fn new(pool: Arc<Inner>, role: Role, grant: Grant<Connection>) -> Self {
        Self {
            pool,
            role,
            conn: match grant {
                Grant::Item(conn) => Some(conn),
                Grant::Vacancy => None,
            },
        }
    }

    /// The connection, opened where there is none, with a deadline.
    pub(crate) fn connect(mut self, deadline: Option<Instant>) -> Result<PooledConnection> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.pool.builder.connect(&self.pool.path, self.role)?,
        };
        let conn = PooledConnection {
            identity: conn.db().identity(),
            conn: Some(conn),
            permit: self,
        };
        if deadline.is_some() {
            conn.set_deadline(deadline)?;
        }
        Ok(conn)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let conn = self.conn.take();
        self.pool.gate(self.role).give_back(conn);
    }
}

/// A connection of a [`Pool`](super::Pool). It dereferences to [`Connection`]; dropping it gives it back.
pub struct PooledConnection {
    /// Before `permit`: a connection that does not go back is closed before another one may be opened.
    conn: Option<Connection>,
    permit: Permit,
    /// The connection's, and how much was registered on it.
    identity: (u64, u64),
}

impl PooledConnection {
    /// What the connection is for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.permit.role
    }

    /// Closes the connection instead of giving it back; another one is opened when it is needed.
    pub fn discard(mut self) {
        drop(self.conn.take());
    }
}

impl Deref for PooledConnection {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "there from the beginning until drop")]
    fn deref(&self) -> &Connection {
        self.conn
            .as_ref()
            .expect("a connection until it is dropped")
    }
}

impl DerefMut for PooledConnection {
    #[expect(clippy::expect_used, reason = "there from the beginning until drop")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.conn
            .as_mut()
            .expect("a connection until it is dropped")
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        let is_sound = !thread::panicking()
            && conn.db().identity() == self.identity
            && clean(&conn, self.permit.pool.builder.busy_timeout).is_ok();
        if is_sound {
            self.permit.conn = Some(conn);
        } else {
            // Closed here: if a destructor of user code panics, the permit is given back all the same.
            drop(conn);
        }
    }
}

/// Makes the connection what it was. An error: it cannot be.
fn clean(conn: &Connection, busy_timeout: std::time::Duration) -> Result<()> {
    conn.db().clear_limits()?;
    if !conn.is_autocommit() {
        conn.roll_back()?;
    }
    if conn.is_in_use() {
        return Err(Error::other("a statement or a load was leaked"));
    }
    conn.busy_timeout(busy_timeout)
}

impl fmt::Debug for PooledConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledConnection")
            .field("role", &self.permit.role)
            .field("conn", &self.conn)
            .finish_non_exhaustive()
    }
}
