//! A counter of bytes looked at, so that tests and fuzz targets can show linear work without a timer. Elsewhere it is
//! nothing.

/// Counts bytes that are searched or checked.
#[cfg(any(test, fuzzing))]
pub(crate) fn count_looked_at(bytes: usize) {
    LOOKED_AT.with(|count| count.set(count.get() + bytes as u64));
}

#[cfg(not(any(test, fuzzing)))]
#[inline]
pub(crate) fn count_looked_at(_: usize) {}

#[cfg(any(test, fuzzing))]
std::thread_local! {
    /// How many bytes this thread has looked at.
    pub static LOOKED_AT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}
