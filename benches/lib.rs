//! Benchmarks live in the files beside this one; see `docs/PERFORMANCE.md`.
