//! What an import reads. A pipe can be silent for as long as it likes; Ctrl-C gets in between all the same.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Opens a file, or a pipe by its name without waiting for who writes into it.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    #[cfg(unix)]
    if waiting::can_be_silent(&std::fs::metadata(path)?.file_type()) {
        return Ok(Box::new(waiting::Patient(waiting::open(path)?)));
    }
    Ok(Box::new(File::open(path)?))
}

/// Standard input, nothing of it read ahead.
pub(crate) fn stdin() -> io::Result<Box<dyn Read>> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        Ok(Box::new(waiting::Patient(File::from(io::stdin().as_fd().try_clone_to_owned()?))))
    }
    #[cfg(not(unix))]
    Ok(Box::new(io::stdin().lock()))
}

#[cfg(unix)]
mod waiting {
    use std::fs::{File, FileType, OpenOptions};
    use std::io::{self, Read};
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    use std::path::Path;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use crate::stop;

    pub(super) fn can_be_silent(kind: &FileType) -> bool {
        kind.is_fifo() || kind.is_char_device() || kind.is_socket()
    }

    pub(super) fn open(path: &Path) -> io::Result<File> {
        let without_waiting = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
        OpenOptions::new().read(true).custom_flags(without_waiting).open(path)
    }

    /// Waits until something is there to read, or until the person asks to stop.
    pub(super) struct Patient(pub(super) File);

    impl Read for Patient {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            // The handler of Ctrl-C runs elsewhere and wakes nobody up: it is looked after five times a second.
            let a_moment = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
            loop {
                if stop::asked() {
                    return Err(io::Error::other("stopped"));
                }
                let mut here = [PollFd::new(&self.0, PollFlags::IN)];
                match poll(&mut here, Some(&a_moment)) {
                    Ok(0) | Err(rustix::io::Errno::INTR) => {}
                    Ok(_) => match self.0.read(buffer) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        read => return read,
                    },
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}
