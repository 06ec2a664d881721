//! What the system says of this process.

/// The resident set in megabytes.
pub fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("a Linux system");
    let pages: f64 = pages
        .split(' ')
        .nth(1)
        .and_then(|n| n.parse().ok())
        .expect("a count");
    pages * 4096.0 / 1e6
}

/// The processor's seconds that this process has used.
pub fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a Linux system");
    let behind = stat.rsplit(')').next().expect("fields");
    let field = |n: usize| behind.split(' ').nth(n).and_then(|n| n.parse::<f64>().ok());
    (field(12).expect("ticks") + field(13).expect("ticks")) / 100.0
}
