//! ports::Clock over tokio: live, faster, or as fast as it goes.
