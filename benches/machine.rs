//! What the system says of a process.

use std::path::PathBuf;

/// A process of this machine.
pub struct Process(PathBuf);

impl Process {
    /// This one.
    pub fn this() -> Self {
        Self("/proc/self".into())
    }

    /// Another one.
    pub fn of(pid: u32) -> Self {
        Self(format!("/proc/{pid}").into())
    }

    /// The resident set in megabytes.
    pub fn resident(&self) -> f64 {
        let pages = self.read("statm");
        let pages: f64 = pages
            .split(' ')
            .nth(1)
            .and_then(|n| n.parse().ok())
            .expect("a count");
        pages * 4096.0 / 1e6
    }

    /// The processor's seconds that it has used.
    pub fn cpu(&self) -> f64 {
        let stat = self.read("stat");
        let behind = stat.rsplit(')').next().expect("fields");
        let field = |n: usize| behind.split(' ').nth(n).and_then(|n| n.parse::<f64>().ok());
        (field(12).expect("ticks") + field(13).expect("ticks")) / 100.0
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).expect("a Linux system")
    }
}

/// The resident set of this process in megabytes.
pub fn resident() -> f64 {
    Process::this().resident()
}

/// The processor's seconds that this process has used.
pub fn cpu() -> f64 {
    Process::this().cpu()
}
