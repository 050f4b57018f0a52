//! Names of tables, and SQLite's quoting of identifiers.

use std::fmt;

/// The name of a table or view, with or without the schema it is in.
///
/// The parts are names, not SQL: they are quoted where they become part of a statement.
///
/// ```
/// use clib::TableName;
///
/// assert_eq!(TableName::from("flights").to_string(), "flights");
/// assert_eq!(TableName::in_schema("aux", "flights").to_string(), "aux.flights");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableName {
    schema: Option<String>,
    name: String,
}

impl TableName {
    /// A table that SQLite looks for in `temp`, `main` and the attached databases, in this order, and creates in `main`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// A table in `main`, `temp` or the attached database of that name.
    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: Some(schema.into()),
            name: name.into(),
        }
    }

    /// The schema, where one was named.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as SQL.
    pub(super) fn to_sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quote(schema), quote(&self.name)),
            None => quote(&self.name),
        }
    }
}

impl From<&str> for TableName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for TableName {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<&String> for TableName {
    fn from(name: &String) -> Self {
        Self::new(name.as_str())
    }
}

impl From<&TableName> for TableName {
    fn from(name: &TableName) -> Self {
        name.clone()
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// An identifier as SQL: in double quotes, with those inside doubled.
pub(super) fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(quote(r#"a"b"#), r#""a""b""#);
        assert_eq!(quote(""), r#""""#);
        assert_eq!(
            TableName::in_schema("a.b", "c d").to_sql(),
            r#""a.b"."c d""#
        );
    }
}
