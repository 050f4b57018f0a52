//! What `import` makes of types, NULLs, names and tables that are there.

use crate::support::Sandbox;

#[test]
fn says_what_it_did() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "people.csv",
        "id,name,height\n1,Ada,1.65\n2,,\n3,Grace,1.7\n",
    );
    let said = sandbox.ok(&["import", "people.csv", "p.db"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "imported people.csv into p.db, table people");
    assert_eq!(lines[1], "  rows      3");
    assert_eq!(lines[2], "  columns   3");
    assert_eq!(lines[3], "    id      INTEGER  Int64");
    assert_eq!(lines[4], "    name    TEXT     Utf8     1 NULL");
    assert_eq!(lines[5], "    height  REAL     Float64  1 NULL");
    assert!(lines[6].starts_with("  time      "), "{said}");
    assert!(lines[6].ends_with(" rows per second)"), "{said}");
    assert_eq!(lines[7], "  size      42 bytes read, database 8.1 kB");
    assert!(lines[8].starts_with("  calls     "), "{said}");
    assert_eq!(lines.len(), 9);
    assert_eq!(sandbox.files(), ["p.db", "people.csv"]);
}

#[test]
fn quiet_says_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "x\n1\n");
    assert_eq!(sandbox.ok(&["import", "a.csv", "a.db", "--quiet"]), "");
    assert_eq!(
        sandbox.ok(&["--quiet", "export", "a.db", "a", "a.parquet"]),
        ""
    );
}

#[test]
fn no_digit_is_lost() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.csv",
        "zip,phone,big,id,ratio,long,flag\n\
         01234,+5,9223372036854775807,1,1,9007199254740993,true\n\
         10000,7,-9223372036854775808,2,0.5,0.5,False\n",
    );
    sandbox.ok(&["import", "a.csv", "a.db"]);
    assert_eq!(
        sandbox.columns("a.db", "a"),
        "zip TEXT, phone TEXT, big INTEGER, id INTEGER, ratio REAL, long TEXT, flag BOOLEAN"
    );
    assert_eq!(
        sandbox.rows("a.db", "SELECT * FROM a"),
        "01234,+5,9223372036854775807,1,1.0,9007199254740993,1\n\
         10000,7,-9223372036854775808,2,0.5,0.5,0\n"
    );
}

#[test]
fn dates_and_timestamps() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.csv",
        "day,at,utc,bad\n\
         2024-02-29,2024-02-29 23:59:59,2024-02-29T23:59:59.5Z,2023-02-29\n\
         1969-12-31,1969-12-31 00:00:00,1969-12-31T00:00:00Z,2023-02-28\n",
    );
    sandbox.ok(&["import", "a.csv", "a.db"]);
    assert_eq!(
        sandbox.columns("a.db", "a"),
        "day DATE, at TIMESTAMP(0), utc TIMESTAMPTZ(3), bad TEXT"
    );
    assert_eq!(
        sandbox.ok(&["export", "a.db", "a", "-", "--format", "csv"]),
        "day,at,utc,bad\n\
         2024-02-29,2024-02-29T23:59:59,2024-02-29T23:59:59.500Z,2023-02-29\n\
         1969-12-31,1969-12-31T00:00:00,1969-12-31T00:00:00Z,2023-02-28\n"
    );
}

#[test]
fn null_is_what_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "x,y\nNA,a\n,-\n1,NA\n");
    // By default the empty field, and nothing else.
    sandbox.ok(&["import", "a.csv", "a.db", "--table", "plain"]);
    // Named: exactly these, so that the empty field is a text.
    sandbox.ok(&["import", "a.csv", "a.db", "--table", "one", "--null", "NA"]);
    sandbox.ok(&[
        "import", "a.csv", "a.db", "--table", "all", "--null", "NA", "--null=-", "--null", "",
    ]);
    let nulls = |table: &str| {
        sandbox.rows(
            "a.db",
            &format!("SELECT quote(x), quote(y) FROM \"{table}\""),
        )
    };
    assert_eq!(nulls("plain"), "'NA','a'\nNULL,'-'\n'1','NA'\n");
    assert_eq!(nulls("one"), "NULL,'a'\n'','-'\n'1',NULL\n");
    assert_eq!(nulls("all"), "NULL,'a'\nNULL,NULL\n1,NULL\n");
    assert_eq!(sandbox.columns("a.db", "all"), "x INTEGER, y TEXT");
}

#[test]
fn a_column_of_nulls_is_text() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "x,y\n,1\n,2\n");
    sandbox.ok(&["import", "a.csv", "a.db"]);
    assert_eq!(sandbox.columns("a.db", "a"), "x TEXT, y INTEGER");
}

#[test]
fn quoted_newlines_quotes_and_byte_order_mark() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.csv",
        "\u{feff}id,text\r\n1,\"two\nlines\"\r\n2,\"a \"\"word\"\", a comma\"\r\n",
    );
    sandbox.ok(&["import", "a.csv", "a.db"]);
    assert_eq!(sandbox.columns("a.db", "a"), "id INTEGER, text TEXT");
    assert_eq!(
        sandbox.rows("a.db", "SELECT quote(text) FROM a ORDER BY id"),
        "'two\nlines'\n'a \"word\", a comma'\n"
            .replace("'two\nlines'", "\"'two\nlines'\"")
            .replace("'a \"word\", a comma'", "\"'a \"\"word\"\", a comma'\"")
    );
}

#[test]
fn other_delimiters_and_no_header() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "1;x\n2;y\n");
    sandbox.ok(&["import", "a.csv", "a.db", "--delimiter", ";", "--no-header"]);
    assert_eq!(
        sandbox.columns("a.db", "a"),
        "column1 INTEGER, column2 TEXT"
    );
    assert_eq!(sandbox.rows("a.db", "SELECT * FROM a"), "1,x\n2,y\n");
}

#[test]
fn header_only_makes_an_empty_table() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "x,y\n");
    sandbox.ok(&["import", "a.csv", "a.db"]);
    assert_eq!(sandbox.columns("a.db", "a"), "x TEXT, y TEXT");
    assert_eq!(sandbox.rows("a.db", "SELECT count(*) FROM a"), "0\n");
}

#[test]
fn odd_names_are_names() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "select,\"a \"\"b\"\"\",é\n1,2,3\n");
    sandbox.ok(&["import", "a.csv", "a.db", "--table", "order \"by\""]);
    assert_eq!(
        sandbox.columns("a.db", "order \"by\""),
        "select INTEGER, a \"b\" INTEGER, é INTEGER"
    );
}

#[test]
fn a_table_that_is_there() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", "x\n1\n2\n");
    sandbox.write("more.csv", "x\n3\n");
    sandbox.write("other.csv", "y\nz\n");
    sandbox.ok(&["import", "t.csv", "t.db"]);
    assert_eq!(
        sandbox.fails(&["import", "more.csv", "t.db", "--table", "T"]),
        "t.db: there is a table `T` already: --if-exists append adds the rows, \
         --if-exists replace puts them in its place, --if-exists upsert updates those whose key is there, \
         --table gives another name"
    );
    assert_eq!(sandbox.rows("t.db", "SELECT count(*) FROM t"), "2\n");
    sandbox.ok(&[
        "import",
        "more.csv",
        "t.db",
        "--table",
        "t",
        "--if-exists",
        "append",
    ]);
    assert_eq!(sandbox.rows("t.db", "SELECT x FROM t"), "1\n2\n3\n");
    sandbox.ok(&[
        "import",
        "other.csv",
        "t.db",
        "--table",
        "t",
        "--if-exists",
        "replace",
    ]);
    assert_eq!(sandbox.columns("t.db", "t"), "y TEXT");
    assert_eq!(sandbox.rows("t.db", "SELECT y FROM t"), "z\n");
    // Both make the table where there is none.
    sandbox.ok(&[
        "import",
        "t.csv",
        "t.db",
        "--table",
        "u",
        "--if-exists",
        "append",
    ]);
    sandbox.ok(&[
        "import",
        "t.csv",
        "t.db",
        "--table",
        "v",
        "--if-exists",
        "replace",
    ]);
    assert_eq!(
        sandbox.rows(
            "t.db",
            "SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM v)"
        ),
        "4\n"
    );
}

#[test]
fn a_failed_replace_keeps_the_old_table() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", "x\n1\n");
    sandbox.write("short.csv", "a,b\n1,2\n3\n");
    sandbox.ok(&["import", "t.csv", "t.db"]);
    let before = sandbox.read("t.db");
    sandbox.fails(&[
        "import",
        "short.csv",
        "t.db",
        "--table",
        "t",
        "--if-exists",
        "replace",
    ]);
    assert_eq!(sandbox.read("t.db"), before);
    assert_eq!(sandbox.files(), ["short.csv", "t.csv", "t.db"]);
}

#[test]
fn a_constraint_in_the_middle_leaves_nothing() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "t.db",
        "CREATE TABLE t (x INTEGER UNIQUE, y TEXT); INSERT INTO t VALUES (20000, 'old')",
    );
    let mut text = String::from("x,y\n");
    for i in 1..=30_000 {
        text.push_str(&format!("{i},new\n"));
    }
    sandbox.write("t.csv", text);
    let message = sandbox.fails(&["import", "t.csv", "t.db", "--if-exists", "append"]);
    assert!(
        message.starts_with("t.csv: row 20000: column `x`: UNIQUE constraint failed: t.x"),
        "{message}"
    );
    assert_eq!(sandbox.rows("t.db", "SELECT x, y FROM t"), "20000,old\n");
    assert_eq!(sandbox.files(), ["t.csv", "t.db"]);
}

#[test]
fn types_of_the_first_rows_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "n,x\n1,1\n2,2\n\n3,\"no\nnumber\"\n");
    assert_eq!(
        sandbox.fails(&["import", "a.csv", "a.db", "--infer-rows", "2"]),
        "a.csv: row 3 (line 5): column `x`: `no\\nnumber` does not fit Int64, the type of the first 2 rows; \
         leave --infer-rows out, or name a text that means NULL with --null"
    );
    assert_eq!(sandbox.files(), ["a.csv"]);
    sandbox.ok(&["import", "a.csv", "a.db"]);
    assert_eq!(sandbox.columns("a.db", "a"), "n INTEGER, x TEXT");
}

#[test]
fn memory_names_are_file_names() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "x\n1\n");
    sandbox.ok(&["import", "a.csv", ":memory:"]);
    assert_eq!(sandbox.rows(":memory:", "SELECT x FROM a"), "1\n");
    sandbox.ok(&["import", "a.csv", "file:b.db"]);
    assert_eq!(sandbox.files(), [":memory:", "a.csv", "file:b.db"]);
}

#[cfg(unix)]
#[test]
fn a_new_database_has_a_new_files_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "x\n1\n");
    sandbox.ok(&["import", "a.csv", "a.db"]);
    let mode = |name: &str| sandbox.path(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("a.db"), mode("a.csv"));
}

#[test]
fn upsert_updates_what_is_there_and_adds_the_rest() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "t.db",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER DEFAULT 7);
         INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)",
    );
    sandbox.write("t.csv", "id,n\n2,20\n3,30\n");
    sandbox.ok(&["import", "t.csv", "t.db", "--if-exists", "upsert"]);
    assert_eq!(
        sandbox.rows("t.db", "SELECT * FROM t"),
        "1,one,1\n2,two,20\n3,,30\n"
    );
    // By another key.
    sandbox.write("t.csv", "name,n\none,100\nfour,400\n");
    let upsert = |key: &'static str| {
        let words = ["import", "t.csv", "t.db", "--if-exists", "upsert", "--key"];
        words.into_iter().chain([key]).collect::<Vec<_>>()
    };
    sandbox.ok(&upsert("name"));
    let after = "1,one,100\n2,two,20\n3,,30\n4,four,400\n";
    assert_eq!(sandbox.rows("t.db", "SELECT * FROM t"), after);
    // All or nothing.
    sandbox.write("t.csv", "id,name\n1,other\n2,other\n");
    assert_eq!(
        sandbox.fails(&upsert("id")),
        "t.csv: row 2: column `name`: UNIQUE constraint failed: t.name (SQLITE_CONSTRAINT_UNIQUE)"
    );
    assert_eq!(sandbox.rows("t.db", "SELECT * FROM t"), after);
}

#[test]
fn upsert_that_cannot_be() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", "id,n\n2,20\n");
    sandbox.sql("t.db", "CREATE TABLE t (id INTEGER, n INTEGER)");
    let upsert = ["import", "t.csv", "t.db", "--if-exists", "upsert"];
    assert_eq!(
        sandbox.fails(&upsert),
        "t.db: table `t`: the table has no primary key: name the columns of a UNIQUE constraint as the upsert's key"
    );
    let with = |more: &[&'static str]| {
        let words: Vec<_> = upsert.iter().chain(more).copied().collect();
        sandbox.fails(&words)
    };
    assert_eq!(
        with(&["--table", "u"]),
        "t.db: there is no table `u` whose rows could be updated: create it with a primary key or UNIQUE columns first"
    );
    assert_eq!(
        with(&["--key", "z"]),
        "t.db: table `t`: column `z`: is in the key of the upsert, and not in the batches"
    );
    let message = with(&["--key", "n"]);
    assert!(
        message.contains("does not match any PRIMARY KEY or UNIQUE constraint"),
        "{message}"
    );
    assert_eq!(
        sandbox.fails(&["import", "t.csv", "t.db", "--key", "id"]),
        "t.csv: --key is for --if-exists upsert, and something else is asked for"
    );
}
