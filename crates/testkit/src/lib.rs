//! Simulation and doubles for tests; nothing depends on it in a build.
