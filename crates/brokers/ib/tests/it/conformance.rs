//! The connector of Interactive Brokers in the suite that every broker passes, over TCP against the
//! simulated gateway.

mod real;
mod rig;

use std::path::PathBuf;

use polyfolio_testkit::conformance::{self, matrix};

use rig::IbRig;

/// The capability matrix.
fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs/brokers/conformance.md")
}

fn run(case: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let verdict = runtime.unwrap().block_on(async {
        let mut rig = IbRig::open().await;
        conformance::run(case, &mut rig).await
    });
    matrix::check(&page(), "ib, simulator", case, &matrix::cell(&verdict));
    matrix::check(&page(), "real TWS", case, real::known(case));
}

polyfolio_testkit::conformance_tests!(run);

#[test]
fn the_matrix_has_every_case() {
    matrix::check_rows(&page());
}
