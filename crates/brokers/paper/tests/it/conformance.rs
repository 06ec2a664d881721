//! The paper broker in the suite that every broker passes.

mod rig;

use std::path::PathBuf;

use polyfolio_testkit::conformance::{self, matrix};

use rig::PaperRig;

/// The capability matrix.
fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs/brokers/conformance.md")
}

fn run(case: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let verdict = runtime.unwrap().block_on(async {
        let mut rig = PaperRig::new();
        conformance::run(case, &mut rig).await
    });
    matrix::check(&page(), "paper", case, &matrix::cell(&verdict));
}

polyfolio_testkit::conformance_tests!(run);
