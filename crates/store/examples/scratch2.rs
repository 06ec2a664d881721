#![allow(clippy::all, clippy::disallowed_methods, clippy::unwrap_used)]
use std::io::Write; use std::time::Instant;
fn main() {
    let dir = tempfile::tempdir_in("/work/main/target/tmp").unwrap();
    for size in [300usize, 15_000, 23_000, 71_000, 110_000] {
        let mut f = std::fs::File::create(dir.path().join(format!("f{size}"))).unwrap();
        let b = vec![7u8; size];
        let mut v: Vec<f64> = (0..1000).map(|_| { let t = Instant::now(); f.write_all(&b).unwrap(); f.sync_data().unwrap(); t.elapsed().as_secs_f64()*1e6 }).collect();
        v.sort_by(f64::total_cmp);
        println!("{size}: p50 {:.0} mean {:.0}", v[500], v.iter().sum::<f64>()/1000.0);
    }
}
