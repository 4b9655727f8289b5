//! What the demo's programs share.

pub mod client;
pub mod server;
