//! The paper broker: an account and a tape of its own over matching's venue.
