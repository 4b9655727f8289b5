//! What the hub locks and shares with: the standard library's, or loom's, which goes through every interleaving.
//!
//! Only the unit tests of this crate see loom, and only with `--cfg sse_wire_loom`: see `models.rs`.

#[cfg(all(test, sse_wire_loom))]
mod primitives {
    pub(in super::super) use loom::sync::{Arc, Mutex, MutexGuard, atomic::AtomicUsize};
}
#[cfg(not(all(test, sse_wire_loom)))]
mod primitives {
    pub(in super::super) use alloc::sync::Arc;
    pub(in super::super) use core::sync::atomic::AtomicUsize;
    pub(in super::super) use std::sync::{Mutex, MutexGuard};
}

pub(super) use self::primitives::{Arc, AtomicUsize, Mutex, MutexGuard};
