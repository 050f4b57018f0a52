//! The project's own commands. `cargo xtask help` lists them; each has a file of its own.

mod bench;
mod binaries;
mod bindgen;
mod chroot;
mod ci;
mod cmake;
mod cross;
mod dependencies;
mod dockerfile;
mod functions;
mod fuzz;
mod host;
#[cfg(test)]
mod layout;
mod linked;
mod lto;
mod matrix;
mod oldest;
mod package;
mod pin;
mod process;
mod readme;
mod root;
mod sanitize;
mod soak;
mod source;
mod symbols;
mod test_binaries;
mod vendor;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Time our cases against peers, and print ratios
    Bench(bench::Arguments),
    /// Link a static and a hardened program, look at them and run them
    Binaries,
    /// Make the raw bindings from the pinned header
    Bindgen(bindgen::Arguments),
    /// Check everything that must hold, step by step
    Ci(ci::Arguments),
    /// Compile for other machines, and run the kernel's check and aarch64's tests under an emulator
    Cross(cross::Arguments),
    /// Say what ours depends on and why, and whether licences and sources are allowed
    Dependencies(dependencies::Arguments),
    /// Read damaged database files by every path, under AddressSanitizer and UBSan
    Fuzz(fuzz::Arguments),
    /// Measure what optimising across Rust and C is worth
    Lto,
    /// Measure and test every link mode that this machine can run
    Matrix(matrix::Arguments),
    /// Make the packages, and build from them alone: a user's program, and the documentation as docs.rs does
    Package,
    /// Run the tests that reach C under AddressSanitizer and valgrind
    Sanitize(sanitize::Arguments),
    /// Compare every path of reading and loading on random databases, millions of rows
    Soak(soak::Arguments),
    /// Say what of SQLite's interface clib wraps, what it leaves out and why, and what older libraries lack
    Symbols(symbols::Arguments),
    /// Bring the pinned source of SQLite to vendor/sqlite3, check it, or move the pin
    Vendor(vendor::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Binaries => binaries::run(),
        Command::Bindgen(arguments) => bindgen::run(&arguments),
        Command::Ci(arguments) => ci::run_all(&arguments),
        Command::Cross(arguments) => cross::run(&arguments),
        Command::Dependencies(arguments) => dependencies::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Lto => lto::run(),
        Command::Matrix(arguments) => matrix::run(&arguments),
        Command::Package => package::run(true).map(|lacks| {
            if let Some(lacks) = lacks {
                println!("{lacks}");
            }
        }),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::Sanitize(arguments) => sanitize::run(&arguments),
        Command::Symbols(arguments) => symbols::run(&arguments),
        Command::Vendor(arguments) => vendor::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
