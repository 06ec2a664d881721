//! Durable intents through the router: from a fill heard to the next order's intent on the disk.
//!
//! A run of many parents; every round the venue fills each working child, and the router core
//! books and allocates the fills, decides the next children, passes them through the risk check
//! and returns one batch, which the real store makes durable. The reference writes the same bytes
//! to a file and calls `fdatasync`. Both sides take turns, so that they share the disk's moods.

use polyfolio_benches::{Bare, Desk, now, row};

const BATCHES: [usize; 2] = [1, 50];
const ROUNDS: usize = 20;
const BATCHES_PER_ROUND: usize = 50;

fn main() {
    for batch in BATCHES {
        compare(batch);
    }
}

fn compare(batch: usize) {
    let target = env!("CARGO_TARGET_TMPDIR");
    let (mut ours, mut bare) = (Desk::new(batch, target), Bare::new(target));
    let (mut our_times, mut bare_times) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let mut written = Vec::with_capacity(BATCHES_PER_ROUND);
        for _ in 0..BATCHES_PER_ROUND {
            let began = now();
            let batch = ours.next_orders();
            our_times.push(now().duration_since(began));
            written.push(batch);
        }
        for batch in &written {
            bytes += batch.len();
            let began = now();
            bare.write(batch);
            bare_times.push(now().duration_since(began));
        }
    }
    let size = bytes / our_times.len() / batch;
    println!("intents through the router, batch of {batch}, {size} bytes an order");
    let (ours, bare) = (
        row("router", batch, our_times),
        row("bare file", batch, bare_times),
    );
    println!("  ratio       {:>10.2}\n", ours / bare);
}
