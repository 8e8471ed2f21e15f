//! On what machine a table was made.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::work::Done;

/// Processor, number of cores, memory and system, as far as they can be told.
pub(crate) fn describe() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{}, {cores} cores, memory {}, {} {}",
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        std::env::consts::OS,
        kernel.trim().splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
    )
}

/// Seconds of a processor that this process has used, with all its threads: an import has a second one.
pub(crate) fn processor() -> Done<f64> {
    let used = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime))?;
    Ok(used.as_secs_f64())
}

/// The most memory this process has had, and what it has now, in KiB.
pub(crate) fn memory() -> (f64, f64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(f64::NAN)
    };
    (of("VmHWM:"), of("VmRSS:"))
}
