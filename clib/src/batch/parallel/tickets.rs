//! Which thread reads which rows next: ranges of rowids, small enough that no thread is left with much at the end, and
//! that batches in order need not wait in great numbers; large enough that what is done once for each does not count.
//!
//! Ranges cover all 2^64 rowids without a gap, whatever the table holds, so none can be lost by a bad guess. Where the
//! batch kernel is there, they are made at once from the keys in the interior of the table's b-tree, which tell where a
//! number of pages ends. Otherwise each is found when it is asked for: SQLite walks over its rows without looking at them,
//! which takes a fifteenth of the time of reading them, and it ends at exactly the row where a batch would.

use std::collections::VecDeque;

use crate::connection::Connection;
use crate::error::Result;
use crate::types::ValueRef;

/// How many batches a range has, about. More, and with batches in order a thread would wait long for its turn.
const BATCHES: usize = 2;

/// How many rows a range has at least.
const ROWS: usize = 64;

/// Rowids, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) last: i64,
}

/// What is still to be read.
#[derive(Debug)]
pub(super) enum Tickets {
    /// These ranges.
    List(VecDeque<Range>),
    /// From this rowid on; `None` at the end.
    Walk { from: Option<i64>, rows: u64 },
}

/// How many rows a range has, about: whole batches.
pub(super) fn rows_for(batch_rows: usize) -> u64 {
    let batch_rows = batch_rows.max(1);
    let batches = ROWS.div_ceil(batch_rows).max(BATCHES);
    u64::try_from(batches.saturating_mul(batch_rows)).unwrap_or(u64::MAX)
}

impl Tickets {
    /// Ranges between the given rowids, each of which is the last of its range.
    pub(super) fn list(dividers: &[i64]) -> Self {
        let mut ranges = VecDeque::with_capacity(dividers.len() + 1);
        let mut next = Some(i64::MIN);
        for divider in dividers {
            // What is not in order divides nothing.
            if let Some(first) = next
                && *divider >= first
            {
                ranges.push_back(Range {
                    first,
                    last: *divider,
                });
                next = divider.checked_add(1);
            }
        }
        if let Some(first) = next {
            ranges.push_back(Range {
                first,
                last: i64::MAX,
            });
        }
        Self::List(ranges)
    }

    /// Ranges of so many rows each.
    pub(super) fn walk(rows: u64) -> Self {
        Self::Walk {
            from: Some(i64::MIN),
            rows: rows.max(1),
        }
    }

    /// How many ranges there are, where that is known.
    pub(super) fn count(&self) -> Option<usize> {
        match self {
            Self::List(ranges) => Some(ranges.len()),
            Self::Walk { .. } => None,
        }
    }

    /// Leaves out all up to a rowid.
    pub(super) fn skip_to(&mut self, last: i64) {
        let after = last.checked_add(1);
        match (self, after) {
            (Self::List(ranges), None) => ranges.clear(),
            (Self::Walk { from, .. }, after) => *from = after,
            (Self::List(ranges), Some(after)) => {
                while ranges.front().is_some_and(|range| range.last < after) {
                    ranges.pop_front();
                }
                if let Some(range) = ranges.front_mut() {
                    range.first = range.first.max(after);
                }
            }
        }
    }

    /// The next range, and whether it is the last one.
    pub(super) fn next(&mut self, walker: &mut Walker<'_>) -> Option<(Range, bool)> {
        match self {
            Self::List(ranges) => {
                let range = ranges.pop_front()?;
                Some((range, ranges.is_empty()))
            }
            Self::Walk { from, rows } => {
                let first = from.take()?;
                // Where that fails, reading will say why, after the rows before.
                let next = walker.walk(first, *rows).unwrap_or(None);
                let next = next.filter(|next| *next > first);
                *from = next;
                let last = next.map_or(i64::MAX, |next| next - 1);
                Some((Range { first, last }, next.is_none()))
            }
        }
    }
}

/// Finds where ranges end, on one connection.
pub(super) struct Walker<'conn> {
    conn: &'conn Connection,
    sql: &'conn str,
    stmt: Option<crate::Statement<'conn>>,
}

impl<'conn> Walker<'conn> {
    /// `sql` gives the rowid that comes `?2` rows after the first one of at least `?1`.
    pub(super) fn new(conn: &'conn Connection, sql: &'conn str) -> Self {
        Self {
            conn,
            sql,
            stmt: None,
        }
    }

    /// The rowid that comes so many rows after the first one of at least `first`.
    pub(super) fn walk(&mut self, first: i64, rows: u64) -> Result<Option<i64>> {
        let stmt = match &mut self.stmt {
            Some(stmt) => stmt,
            none => none.insert(self.conn.prepare(self.sql)?),
        };
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let mut bound = stmt.bind_copies((first, rows))?;
        if !bound.step()? {
            return Ok(None);
        }
        match bound.stmt().value(0)? {
            ValueRef::Integer(rowid) => Ok(Some(rowid)),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(tickets: Tickets) -> Vec<(i64, i64)> {
        match tickets {
            Tickets::List(ranges) => ranges
                .iter()
                .map(|range| (range.first, range.last))
                .collect(),
            Tickets::Walk { .. } => panic!(),
        }
    }

    const MIN: i64 = i64::MIN;
    const MAX: i64 = i64::MAX;

    #[test]
    fn ranges_cover_everything() {
        assert_eq!(ranges(Tickets::list(&[])), [(MIN, MAX)]);
        assert_eq!(
            ranges(Tickets::list(&[-5, 7])),
            [(MIN, -5), (-4, 7), (8, MAX)]
        );
        assert_eq!(
            ranges(Tickets::list(&[MIN, MAX])),
            [(MIN, MIN), (MIN + 1, MAX)]
        );
        // A corrupt file's.
        assert_eq!(
            ranges(Tickets::list(&[7, 7, 3, 9])),
            [(MIN, 7), (8, 9), (10, MAX)]
        );
        assert_eq!(ranges(Tickets::list(&[MAX, 3])), [(MIN, MAX)]);
    }

    #[test]
    fn what_was_read_is_left_out() {
        let skipped = |dividers: &[i64], last| {
            let mut tickets = Tickets::list(dividers);
            tickets.skip_to(last);
            ranges(tickets)
        };
        assert_eq!(skipped(&[0, 10], 4), [(5, 10), (11, MAX)]);
        assert_eq!(skipped(&[0, 10], 10), [(11, MAX)]);
        assert_eq!(skipped(&[0, 10], 20), [(21, MAX)]);
        assert_eq!(skipped(&[0, 10], MAX), []);
        assert_eq!(skipped(&[], MIN), [(MIN + 1, MAX)]);
    }

    #[test]
    fn ranges_are_whole_batches() {
        assert_eq!(rows_for(8192), 16_384);
        assert_eq!(rows_for(10), 70);
        assert_eq!(rows_for(1), 64);
        assert_eq!(rows_for(0), 64);
        assert_eq!(rows_for(usize::MAX), u64::MAX);
    }

    #[test]
    fn a_walk_ends_at_any_rowid() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!(
            "CREATE TABLE t (a); INSERT INTO t (rowid) VALUES ({MIN}), (-3), (0), (1), (70), ({MAX})"
        ))
        .unwrap();
        let sql = "SELECT rowid FROM t WHERE rowid >= ?1 ORDER BY rowid LIMIT 1 OFFSET ?2";
        let walk = |rows| {
            let mut walker = Walker::new(&conn, sql);
            let mut tickets = Tickets::walk(rows);
            let mut all = Vec::new();
            while let Some((range, last)) = tickets.next(&mut walker) {
                all.push((range.first, range.last, last));
            }
            all
        };
        assert_eq!(walk(4), [(MIN, 69, false), (70, MAX, true)]);
        assert_eq!(
            walk(1),
            [
                (MIN, -4, false),
                (-3, -1, false),
                (0, 0, false),
                (1, 69, false),
                (70, MAX - 1, false),
                (MAX, MAX, true)
            ]
        );
        assert_eq!(walk(6), [(MIN, MAX, true)]);
        assert_eq!(walk(100), [(MIN, MAX, true)]);
    }

    #[test]
    fn skewed_rowids_are_cut_evenly() {
        for page_size in [512, 4096, 65_536] {
            let conn = Connection::open_in_memory().unwrap();
            // Most of them negative and close together, some far apart, and the two extremes.
            conn.execute_batch(&format!(
                "PRAGMA page_size = {page_size};
                 CREATE TABLE t (a);
                 WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
                 INSERT INTO t (rowid, a) SELECT -1000000 + i, 'some text' FROM n;
                 WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
                 INSERT INTO t (rowid, a) SELECT i * 800000000000000, 'some text' FROM n;
                 INSERT INTO t (rowid) VALUES ({MIN}), ({MAX})"
            ))
            .unwrap();
            let mut stmt = conn.prepare("SELECT rowid FROM t").unwrap();
            let mut bound = stmt.bind_copies(()).unwrap();
            assert!(bound.step().unwrap());
            let Some(dividers) = bound.stmt().split(2000) else {
                assert_ne!(crate::LINK_MODE, "vendored");
                return;
            };
            // It stands where it stood.
            assert_eq!(bound.stmt().value(0).unwrap(), ValueRef::Integer(MIN));
            assert!(dividers.is_sorted_by(|a, b| a < b));
            let sql = "SELECT count(*) FROM t WHERE rowid BETWEEN ?1 AND ?2";
            let counts: Vec<u64> = ranges(Tickets::list(&dividers))
                .into_iter()
                .map(|range| conn.query_row(sql, range, |row| row.get(0)).unwrap())
                .collect();
            assert_eq!(counts.iter().sum::<u64>(), 40_002);
            assert!(counts.iter().all(|count| *count <= 5000), "{counts:?}");
            assert!((10..=40).contains(&counts.len()), "{counts:?}");
        }
    }
}
