//! Input that can be read only once: standard input, pipes, devices.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::BUFFER;
use crate::failure::{self, Failure, Result};
use crate::human;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// How long Ctrl-C may go unnoticed while nothing comes in.
const PATIENCE: Duration = Duration::from_millis(50);

/// Copies everything to a temporary file that has no name, and rewinds it.
///
/// A thread does the reading, because a read of a silent pipe cannot be told to stop; after Ctrl-C
/// the thread is left to its read and ends with the program.
pub(crate) fn spool(
    mut input: impl Read + Send + 'static,
    subject: &str,
    interrupt: &Interrupt,
    quiet: bool,
) -> Result<File> {
    let progress = Progress::over_bytes(quiet, "receiving", None);
    let (sender, receiver) = mpsc::sync_channel::<io::Result<Vec<u8>>>(4);
    thread::spawn(move || {
        loop {
            let mut chunk = vec![0; BUFFER];
            let read = input.read(&mut chunk).map(|length| {
                chunk.truncate(length);
                chunk
            });
            let last = match &read {
                Ok(chunk) => chunk.is_empty(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => true,
            };
            if sender.send(read).is_err() || last {
                break;
            }
        }
    });

    let fail_spool = |error: io::Error| {
        Failure::about(
            subject,
            format!(
                "cannot keep it in a temporary file in {}: {}",
                failure::show(&std::env::temp_dir()),
                failure::io(&error)
            ),
        )
    };
    let mut file = tempfile::tempfile().map_err(fail_spool)?;
    let mut received: u64 = 0;
    loop {
        interrupt.check()?;
        match receiver.recv_timeout(PATIENCE) {
            Ok(Ok(chunk)) if chunk.is_empty() => break,
            Ok(Ok(chunk)) => {
                file.write_all(&chunk).map_err(fail_spool)?;
                let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                received = received.saturating_add(length);
                progress.advance(length);
            }
            Ok(Err(error)) => return Err(Failure::about(subject, failure::io(&error))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::about(
                    subject,
                    format!("reading stopped after {}", human::bytes(received)),
                ));
            }
        }
    }
    file.seek(SeekFrom::Start(0)).map_err(fail_spool)?;
    Ok(file)
}
