//! polyfolio runs many weighted trading strategies as one book, in one process.
