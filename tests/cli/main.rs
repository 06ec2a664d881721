//! The binary, tested as a binary: config layers and their errors, exit codes, answers.

mod config;
mod environment;
mod errors;
mod quote;
mod support;
mod talk;
