//! What crates much used offer, on this crate: what a project would write that cannot change its callers.
//!
//! Their tests drive each beside the crate whose API it has, and list every difference. No line is taken from there.

pub mod axum_sse;
pub mod eventsource;
