//! What the cases read, as vectors, and the checksums of it.

use rusqlite::{Connection, Result, Row};

use crate::checksum::{Column, finish};
use crate::data;

/// The checksums of ten columns.
pub type Sums = [Column; 10];

/// The columns of table `t`.
#[derive(Default)]
pub struct Columns {
    pub a: Vec<Option<i64>>,
    pub b: Vec<Option<i64>>,
    pub c: Vec<Option<i64>>,
    pub d: Vec<Option<i64>>,
    pub e: Vec<Option<f64>>,
    pub f: Vec<Option<f64>>,
    pub g: Vec<Option<String>>,
    pub h: Vec<Option<String>>,
    pub i: Vec<Option<String>>,
    pub j: Vec<Option<String>>,
}

impl Columns {
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            a: Vec::with_capacity(rows),
            b: Vec::with_capacity(rows),
            c: Vec::with_capacity(rows),
            d: Vec::with_capacity(rows),
            e: Vec::with_capacity(rows),
            f: Vec::with_capacity(rows),
            g: Vec::with_capacity(rows),
            h: Vec::with_capacity(rows),
            i: Vec::with_capacity(rows),
            j: Vec::with_capacity(rows),
        }
    }

    pub fn read(conn: &Connection, sql: &str) -> Result<Self> {
        let mut columns = Self::default();
        let mut stmt = conn.prepare(sql)?;
        let mut rows = stmt.query([])?;
        while let Some(row) = rows.next()? {
            columns.push(row)?;
        }
        Ok(columns)
    }

    pub fn push(&mut self, row: &Row<'_>) -> Result<()> {
        self.a.push(row.get(0)?);
        self.b.push(row.get(1)?);
        self.c.push(row.get(2)?);
        self.d.push(row.get(3)?);
        self.e.push(row.get(4)?);
        self.f.push(row.get(5)?);
        self.g.push(row.get(6)?);
        self.h.push(row.get(7)?);
        self.i.push(row.get(8)?);
        self.j.push(row.get(9)?);
        Ok(())
    }

    pub fn checksum(&self) -> String {
        let mut sums = Sums::default();
        self.add_to(&mut sums);
        finish(sums)
    }

    pub fn add_to(&self, sums: &mut Sums) {
        let [a, b, c, d, e, f, g, h, i, j] = sums;
        integers(a, &self.a);
        integers(b, &self.b);
        integers(c, &self.c);
        integers(d, &self.d);
        reals(e, &self.e);
        reals(f, &self.f);
        texts(g, &self.g);
        texts(h, &self.h);
        texts(i, &self.i);
        texts(j, &self.j);
    }
}

/// Two of the ten columns.
#[derive(Default)]
pub struct Two {
    pub b: Vec<Option<i64>>,
    pub e: Vec<Option<f64>>,
}

impl Two {
    pub fn push(&mut self, row: &Row<'_>) -> Result<()> {
        self.b.push(row.get(0)?);
        self.e.push(row.get(1)?);
        Ok(())
    }

    pub fn checksum(&self) -> String {
        let mut sums: [Column; 2] = Default::default();
        integers(&mut sums[0], &self.b);
        reals(&mut sums[1], &self.e);
        finish(sums)
    }
}

/// The columns of the join.
#[derive(Default)]
pub struct Joined {
    pub a: Vec<Option<i64>>,
    pub c: Vec<Option<i64>>,
    pub amount: Vec<Option<f64>>,
    pub label: Vec<Option<String>>,
    pub h: Vec<Option<String>>,
}

impl Joined {
    pub fn push(&mut self, row: &Row<'_>) -> Result<()> {
        self.a.push(row.get(0)?);
        self.c.push(row.get(1)?);
        self.amount.push(row.get(2)?);
        self.label.push(row.get(3)?);
        self.h.push(row.get(4)?);
        Ok(())
    }

    pub fn checksum(&self) -> String {
        let mut sums: [Column; 5] = Default::default();
        integers(&mut sums[0], &self.a);
        integers(&mut sums[1], &self.c);
        reals(&mut sums[2], &self.amount);
        texts(&mut sums[3], &self.label);
        texts(&mut sums[4], &self.h);
        finish(sums)
    }
}

/// The keys to look up.
#[derive(Default)]
pub struct Keys {
    pub ids: Vec<i64>,
    pub names: Vec<String>,
}

impl Keys {
    pub fn read(conn: &Connection) -> Result<Self> {
        let mut keys = Self::default();
        let mut stmt = conn.prepare(data::KEYS)?;
        let mut rows = stmt.query([])?;
        while let Some(row) = rows.next()? {
            keys.ids.push(row.get(0)?);
            keys.names.push(row.get(1)?);
        }
        Ok(keys)
    }
}

/// What the lookups found.
#[derive(Default)]
pub struct Found {
    pub c: Vec<Option<i64>>,
    pub e: Vec<Option<f64>>,
    pub h: Vec<Option<String>>,
}

impl Found {
    pub fn push(&mut self, (c, e, h): (Option<i64>, Option<f64>, Option<String>)) {
        self.c.push(c);
        self.e.push(e);
        self.h.push(h);
    }

    pub fn checksum(&self) -> String {
        let mut sums: [Column; 3] = Default::default();
        integers(&mut sums[0], &self.c);
        reals(&mut sums[1], &self.e);
        texts(&mut sums[2], &self.h);
        finish(sums)
    }
}

fn integers(sum: &mut Column, values: &[Option<i64>]) {
    values.iter().for_each(|value| sum.integer(*value));
}

fn reals(sum: &mut Column, values: &[Option<f64>]) {
    values.iter().for_each(|value| sum.real(*value));
}

fn texts(sum: &mut Column, values: &[Option<String>]) {
    values.iter().for_each(|value| sum.text(value.as_deref()));
}
