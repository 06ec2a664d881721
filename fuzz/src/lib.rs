//! The fuzz targets as an engine runs them; what they do is in [`targets`].

pub mod targets;

pub use cap::Cap;
pub use libfuzzer_sys::fuzz_target;
pub use targets::*;

/// More than any honest input of these targets needs, and far less than a machine has.
pub const MEMORY_MAX: usize = 512 << 20;

/// An entry for the engine. The allocator refuses what is beyond [`MEMORY_MAX`], so that an input
/// that asks for too much is a crash with that input, and not a machine that swaps.
#[macro_export]
macro_rules! fuzz {
    ($run:path) => {
        #[global_allocator]
        static ALLOCATOR: $crate::Cap<std::alloc::System> =
            $crate::Cap::new(std::alloc::System, $crate::MEMORY_MAX);

        $crate::fuzz_target!(|data: &[u8]| $run(data));
    };
}
