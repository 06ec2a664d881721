#![allow(clippy::all, clippy::disallowed_methods, clippy::unwrap_used)]
use std::sync::{Arc, Mutex};
use std::time::Instant;
use polyfolio_store::*;
use polyfolio_ports::*;
struct P(Mutex<Vec<(Step, bool, Instant)>>);
impl SyncProbe for P {
    fn before(&self, s: Step, _: u64) -> std::io::Result<()> { self.0.lock().unwrap().push((s, true, Instant::now())); Ok(()) }
    fn after(&self, s: Step, _: u64) { self.0.lock().unwrap().push((s, false, Instant::now())); }
}
fn main() {
    let dir = tempfile::tempdir_in("/work/main/target/tmp").unwrap();
    let p = Arc::new(P(Mutex::new(vec![])));
    let j = SledJournal::open_with(dir.path(), Options::default().probe(p.clone())).unwrap();
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut cols: Vec<[f64; 7]> = vec![];
    for _ in 0..2000 {
        let batch: Vec<Blob> = (0..50).map(|n| Blob { kind: "intent".into(), version: 1, bytes: format!(r#"{{"kind":"intent","n":{n},"x":"{}"}}"#, "y".repeat(265)).into_bytes() }).collect();
        p.0.lock().unwrap().clear();
        let t0 = Instant::now();
        rt.block_on(j.append(batch)).unwrap();
        let t1 = Instant::now();
        let v = p.0.lock().unwrap();
        let mut pts = vec![t0]; pts.extend(v.iter().map(|x| x.2)); pts.push(t1);
        let mut c = [0.0; 7];
        for i in 0..7 { c[i] = (pts[i+1]-pts[i]).as_secs_f64()*1e6; }
        cols.push(c);
    }
    for (i, n) in ["hop+encode","write","-","flush","-","sync","tail+hop"].iter().enumerate() {
        let mut c: Vec<f64> = cols.iter().map(|c| c[i]).collect(); c.sort_by(f64::total_cmp);
        println!("{n}: p50 {:.0} mean {:.0}", c[1000], c.iter().sum::<f64>()/2000.0);
    }
}
