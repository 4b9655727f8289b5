//! A counter of bytes looked at, so that a test can show linear work without a timer. Outside of tests it is nothing.

/// Counts bytes that are searched or checked.
#[cfg(test)]
pub(crate) fn count_looked_at(bytes: usize) {
    LOOKED_AT.with(|count| count.set(count.get() + bytes as u64));
}

#[cfg(not(test))]
#[inline]
pub(crate) fn count_looked_at(_: usize) {}

#[cfg(test)]
std::thread_local! {
    pub(crate) static LOOKED_AT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}
