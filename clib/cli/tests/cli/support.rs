//! A folder of its own for each test, and the program run in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use clib::Connection;

pub(crate) const CLIB: &str = env!("CARGO_BIN_EXE_clib");

/// A temporary folder, in which the program runs, so that messages name files without their folder.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Sandbox {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Every file, sorted: what should not be left behind would show.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.program(CLIB, arguments)
    }

    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// Runs with `input` on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let feeder = std::thread::spawn(move || {
            // The program may stop reading early.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Run::of(output)
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Runs what must work.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stderr, "", "{arguments:?}");
        run.stdout
    }

    /// Runs what must fail with exit code 1, and gives its one line without the `clib: `.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        self.run(arguments).failure()
    }

    pub(crate) fn open(&self, db: &str) -> Connection {
        Connection::open_with_flags(self.path(db), clib::OpenFlags::READ_WRITE).unwrap()
    }

    pub(crate) fn sql(&self, db: &str, script: &str) {
        Connection::open(self.path(db))
            .unwrap()
            .execute_batch(script)
            .unwrap();
    }

    /// The rows of a query as `csv` prints them, without the header.
    pub(crate) fn rows(&self, db: &str, sql: &str) -> String {
        let text = self.ok(&["query", db, sql, "--format", "csv"]);
        text.split_once('\n').unwrap().1.to_owned()
    }

    /// Columns and declared types: `a INTEGER, b TEXT`.
    pub(crate) fn columns(&self, db: &str, table: &str) -> String {
        let sql = format!(
            "SELECT group_concat(trim(name || ' ' || type), ', ') FROM pragma_table_info('{table}')"
        );
        self.open(db).query_row(&sql, (), |row| row.get(0)).unwrap()
    }
}

/// What a run left.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn failure(self) -> String {
        assert_eq!(self.code, Some(1), "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        let line = self
            .stderr
            .strip_prefix("clib: ")
            .expect("the program's name");
        let line = line.strip_suffix('\n').expect("a line break");
        assert!(!line.contains('\n'), "one line: {line}");
        line.to_owned()
    }
}

/// Waits until something is so; a test should not hang.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited for {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends SIGINT, as Ctrl-C does.
pub(crate) fn press_ctrl_c(child: &Child) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(status.success());
}

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}

/// The committed cut of the flights.
pub(crate) fn sample() -> String {
    workspace()
        .join("tests/data/flights.csv.gz")
        .into_os_string()
        .into_string()
        .unwrap()
}
