//! What the demo's programs share.

pub mod follow;
pub mod server;
