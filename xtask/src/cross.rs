//! `cargo xtask cross [aarch64|i686|s390x|musl]...`: other machines, emulated.
//!
//! - The C side, for each: SQLite and the kernel compiled by a cross compiler, and the kernel's own check run
//!   (`tests/cross/kernel.c`). s390x is big-endian, i686 has 32 bits, musl is another libc.
//! - aarch64 in whole: the tests of `clib-sys`, `clib` and `clib-tests`. Debian carries a Rust, named `rustc-web`, with a standard
//!   library for each architecture. They are unpacked in `target/cross`: nothing is installed.
//!
//! What cannot be done here is said, with the reason; that fails only where it was asked for by name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process::{self, run as run_program};
use crate::root::{cargo, root};
use crate::source::{self, options, pin};
use crate::test_binaries::{self, LIBRARY};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The C side only
    #[arg(long)]
    c_only: bool,
    /// Only these
    #[arg(value_name = "MACHINE")]
    machines: Vec<String>,
}

/// A machine: how C is compiled for it, how that runs here, and the Debian packages for both.
struct Machine {
    name: &'static str,
    compiler: &'static str,
    emulator: &'static str,
    packages: &'static str,
    is: &'static str,
}

const MACHINES: [Machine; 4] = [
    Machine {
        name: "aarch64",
        compiler: "aarch64-linux-gnu-gcc",
        emulator: "qemu-aarch64",
        packages: "gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user",
        is: "64-bit, little endian",
    },
    Machine {
        name: "i686",
        compiler: "i686-linux-gnu-gcc",
        emulator: "qemu-i386",
        packages: "gcc-i686-linux-gnu libc6-dev-i386-cross qemu-user",
        is: "32-bit, little endian",
    },
    Machine {
        name: "s390x",
        compiler: "s390x-linux-gnu-gcc",
        emulator: "qemu-s390x",
        packages: "gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user",
        is: "64-bit, big endian",
    },
    Machine {
        name: "musl",
        compiler: "musl-gcc",
        // The same processor.
        emulator: "env",
        packages: "musl-tools",
        is: "64-bit, little endian",
    },
];

/// Tests that start themselves as another process, which an emulator of one process does not follow.
const OTHER_PROCESSES: [&str; 7] = [
    "a_commit_that_a_reader_of_another_process_holds_up",
    "a_load_that_is_killed_leaves_all_or_nothing",
    "a_missing_function_is_named",
    "a_reader_sees_one_state_while_another_process_writes",
    "locked_by_another_process",
    "one_state_beside_a_process",
    "threads_end_with_the_reader",
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let asked = &arguments.machines;
    if let Some(unknown) = asked
        .iter()
        .find(|a| !MACHINES.iter().any(|m| m.name == **a))
    {
        bail!("no machine `{unknown}`");
    }
    let mut said = Vec::new();
    for machine in MACHINES
        .iter()
        .filter(|m| asked.is_empty() || asked.iter().any(|a| a == m.name))
    {
        println!("\n=== {}", machine.name);
        if let Some(missing) = machine.missing() {
            let why = format!("no {missing} (Debian: {})", machine.packages);
            ensure!(asked.is_empty(), "{}: {why}", machine.name);
            said.push(format!("{}: SKIPPED: {why}", machine.name));
            continue;
        }
        said.push(format!("{}: C: {}", machine.name, check_kernel(machine)?));
        if machine.name == "aarch64" && !arguments.c_only {
            said.push(match Debian::unpack() {
                Ok(rust) => format!("aarch64: Rust: {}", rust.test(machine)?),
                Err(error) if asked.is_empty() => format!("aarch64: Rust: SKIPPED: {error:#}"),
                Err(error) => return Err(error.context("aarch64: Debian's Rust")),
            });
        }
    }
    println!("\n{}", said.join("\n"));
    Ok(())
}

impl Machine {
    /// The program that is not here, if one is not.
    fn missing(&self) -> Option<&'static str> {
        [self.compiler, self.emulator]
            .into_iter()
            .find(|program| process::output(Command::new(program).arg("--version")).is_none())
    }
}

/// Compiles SQLite and the kernel, and runs the kernel's check. Static, so that no libraries of that machine are needed.
fn check_kernel(machine: &Machine) -> Result<String> {
    let folder = root().join("target/cross/c");
    fs::create_dir_all(&folder)?;
    let program = folder.join(machine.name);
    let defines = options::OPTIONS.iter().map(|(name, value, _)| {
        if value.is_empty() {
            format!("-D{name}")
        } else {
            format!("-D{name}={value}")
        }
    });
    run_program(
        Command::new(machine.compiler)
            .current_dir(root())
            // Of SQLite's own warnings none are ours to mend.
            .args(["-O1", "-w", "-static"])
            .args(defines)
            .arg(format!("-I{}", source::folder()?.display()))
            .args([
                "-Iclib-sys/kernel",
                "clib-sys/kernel/unit.c",
                "tests/cross/kernel.c",
            ])
            .args(["-lm", "-o"])
            .arg(&program),
    )?;
    let said = process::output(Command::new(machine.emulator).arg(&program))
        .with_context(|| format!("{}: the kernel's check does not hold", machine.name))?;
    let expected = format!(
        "SQLite {}, {}: the kernel's check holds\n",
        pin::SQLITE_VERSION,
        machine.is
    );
    ensure!(
        said == expected,
        "{}: the program says `{said}`, expected `{expected}`",
        machine.name
    );
    Ok(said.trim().to_owned())
}

/// Debian's Rust, unpacked: the compiler for this machine, and the standard library for aarch64 too.
struct Debian {
    rustc: PathBuf,
}

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

impl Debian {
    fn unpack() -> Result<Self> {
        let folder = root().join("target/cross/debian");
        let rustc = folder.join("rustc");
        if rustc.exists() {
            return Ok(Self { rustc });
        }
        ensure!(
            cfg!(target_arch = "x86_64"),
            "the packages are those for x86_64"
        );
        // Lists of its own, as those of the system need not know other architectures.
        for part in ["lists/partial", "cache/archives/partial", "root"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let configuration = folder.join("apt.conf");
        fs::write(
            &configuration,
            format!(
                "Dir::State::lists \"{0}/lists\";\nDir::Cache \"{0}/cache\";\nAPT::Architectures {{ \"amd64\"; \"arm64\"; }};\n\
                 APT::Sandbox::User \"root\";\n",
                folder.display()
            ),
        )?;
        let apt = |program: &str| {
            let mut command = Command::new(program);
            command
                .current_dir(&folder)
                .env("APT_CONFIG", &configuration);
            command
        };
        run_program(apt("apt-get").args(["--quiet", "update"]))?;
        // The compiler's library is in a package with its version in the name, and so is LLVM's.
        let depends = |package: &str, start: &str| -> Result<String> {
            let list = process::output(apt("apt-cache").args(["depends", package]))
                .with_context(|| format!("Debian has no {package}"))?;
            let mut names = list
                .lines()
                .filter_map(|l| l.trim().strip_prefix("Depends: "));
            let name = names.find(|name| name.starts_with(start));
            Ok(name
                .with_context(|| format!("{package} needs no {start}*"))?
                .to_owned())
        };
        let driver = depends("libstd-rust-web-dev", "libstd-rust-web-")?;
        let llvm = depends(&driver, "libllvm")?;
        run_program(apt("apt-get").args([
            "--quiet",
            "download",
            "rustc-web",
            "libstd-rust-web-dev",
            "libstd-rust-web-dev:arm64",
            &driver,
            &llvm,
        ]))?;
        let unpacked = folder.join("root");
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "deb") {
                run_program(Command::new("dpkg").arg("-x").arg(&path).arg(&unpacked))?;
                fs::remove_file(&path)?;
            }
        }
        Self::write_wrapper(&rustc, &unpacked)?;
        Ok(Self { rustc })
    }

    /// The compiler finds its libraries where it would be installed, and so must be told.
    fn write_wrapper(rustc: &Path, unpacked: &Path) -> Result<()> {
        let text = format!(
            "#!/bin/sh\nexec env LD_LIBRARY_PATH='{0}/{LIBRARIES}' '{0}/usr/bin/rustc' \"$@\"\n",
            unpacked.display()
        );
        let ready = rustc.with_extension("new");
        fs::write(&ready, text)?;
        run_program(Command::new("chmod").arg("+x").arg(&ready))?;
        ensure!(
            process::output(Command::new(&ready).arg("-vV")).is_some(),
            "the unpacked rustc does not run"
        );
        fs::rename(&ready, rustc).context("cannot write the wrapper of rustc")
    }

    fn test(&self, machine: &Machine) -> Result<String> {
        let upper = TARGET.replace('-', "_").to_uppercase();
        let mut build = Command::new(cargo());
        build
            .args(["test", "--no-run", "--target", TARGET, "--target-dir"])
            .arg(root().join("target/cross/rust"))
            .args(LIBRARY.iter().flat_map(|package| ["--package", package]))
            .env("RUSTC", &self.rustc)
            .env(format!("CC_{}", TARGET.replace('-', "_")), machine.compiler)
            .env(format!("CARGO_TARGET_{upper}_LINKER"), machine.compiler);
        let binaries = test_binaries::build(&mut build, &LIBRARY)?;
        let totals = test_binaries::run(&binaries, machine.emulator, |binary| {
            let mut command = Command::new(machine.emulator);
            command
                .args(["-L", "/usr/aarch64-linux-gnu"])
                .arg(&binary.path)
                .args(OTHER_PROCESSES.iter().flat_map(|test| ["--skip", test]))
                // As under valgrind, which is as slow.
                .env("CLIB_TESTS_SLOW", "1")
                .env("PROPTEST_CASES", "8");
            command
        })?;
        Ok(format!(
            "{totals}; left out, as they start other processes: {}",
            OTHER_PROCESSES.join(", ")
        ))
    }
}
