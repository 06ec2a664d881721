//! Durable intents: the journal against a bare file, in the same run.
//!
//! The reference appends the same bytes to a file and calls `fdatasync`: no envelope, no chain, no
//! order, no replay. The journal is given batches of 1 and of 50 records of about 300 bytes and is
//! timed from `append` to its answer. First a table (orders per second, p50, p99, and the ratio of
//! the throughputs, both sides taking turns so that they share the disk's moods), then criterion's
//! own measurement.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use polyfolio_benches::{Bare, now, on_disk, row};
use polyfolio_ports::{Blob, Journal};
use polyfolio_store::SledJournal;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const TARGET: &str = env!("CARGO_TARGET_TMPDIR");

const BATCHES: [usize; 2] = [1, 50];

/// Rounds of the table; in each both sides take so many batches in turn.
const ROUNDS: usize = 20;
const BATCHES_PER_ROUND: usize = 100;

criterion_group!(benches, by_criterion);

fn main() {
    for batch in BATCHES {
        table(batch);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}

/// A side of the comparison: makes a batch durable.
trait Side {
    fn make_durable(&mut self, batch: Vec<Blob>);
}

struct InJournal {
    runtime: Runtime,
    journal: SledJournal,
    _dir: TempDir,
}

impl InJournal {
    fn new() -> Self {
        let dir = on_disk(TARGET);
        let journal = SledJournal::open(dir.path()).expect("a new journal");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        Self {
            runtime,
            journal,
            _dir: dir,
        }
    }
}

impl Side for InJournal {
    fn make_durable(&mut self, batch: Vec<Blob>) {
        self.runtime
            .block_on(self.journal.append(batch))
            .expect("a durable batch");
    }
}

impl Side for Bare {
    fn make_durable(&mut self, batch: Vec<Blob>) {
        let bytes: Vec<u8> = batch.into_iter().flat_map(|blob| blob.bytes).collect();
        self.write(&bytes);
    }
}

/// An order as the router writes it down before it is sent.
fn intent(child: usize) -> Blob {
    let bytes = format!(
        r#"{{"kind":"intent","order":{{"cl_ord_id":"5f0c1a7e000000010000000c{child:08x}","instrument":"AAPL","side":"buy","order_qty":"{}","ord_type":"limit","price":"125.{:02}","time_in_force":"day","reduce_only":false}},"parent":"5f0c1a7e000000010000000c","sent_at_mid":"125.995","time":"2022-12-28T21:00:01.500Z"}}"#,
        1 + child % 90,
        child % 100,
    );
    Blob {
        kind: "intent".to_owned(),
        version: 1,
        bytes: bytes.into_bytes(),
    }
}

fn intents(count: usize) -> Vec<Blob> {
    (0..count).map(intent).collect()
}

fn table(batch: usize) {
    let (mut journal, mut file) = (InJournal::new(), Bare::new(TARGET));
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.extend(timed(&mut journal, batch));
        bare.extend(timed(&mut file, batch));
    }
    let size = intents(batch)
        .iter()
        .map(|blob| blob.bytes.len())
        .sum::<usize>()
        / batch;
    println!("durable intents, batch of {batch}, {size} bytes each");
    let (ours, bare) = (row("journal", batch, ours), row("bare file", batch, bare));
    println!("  ratio       {:>10.2}\n", ours / bare);
}

fn timed(side: &mut impl Side, batch: usize) -> Vec<Duration> {
    let time = |_| {
        let batch = intents(batch);
        let began = now();
        side.make_durable(batch);
        now().duration_since(began)
    };
    (0..BATCHES_PER_ROUND).map(time).collect()
}

fn by_criterion(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("durable_intents");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    for batch in BATCHES {
        group.throughput(Throughput::Elements(batch as u64));
        let (mut journal, mut file) = (InJournal::new(), Bare::new(TARGET));
        group.bench_function(BenchmarkId::new("journal", batch), |bencher| {
            bencher.iter(|| journal.make_durable(intents(batch)));
        });
        group.bench_function(BenchmarkId::new("bare_file", batch), |bencher| {
            bencher.iter(|| file.make_durable(intents(batch)));
        });
    }
    group.finish();
}
