//! The project's own commands. `cargo xtask help` lists them; each has a file of its own.

mod bindgen;
mod root;
mod source;
mod symbols;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the raw bindings from the pinned header
    Bindgen(bindgen::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Bindgen(arguments) => bindgen::run(&arguments),
    }
}
