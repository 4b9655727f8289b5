//! [`Statuses`]: a set of HTTP statuses, so small and plain that options with one can be copied, compared and shown.

use core::{fmt, ops::Range};

/// One bit for each status of three digits, which are all that HTTP has (RFC 9110, 15).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(super) struct Statuses([u64; WORDS]);

impl Statuses {
    pub(super) const NONE: Self = Self([0; WORDS]);

    pub(super) fn contains(&self, status: u16) -> bool {
        let status = usize::from(status);
        self.0.get(status / BITS).is_some_and(|word| word & bit(status) != 0)
    }

    fn insert(&mut self, status: u16) {
        if VALID.contains(&status) {
            let status = usize::from(status);
            self.0[status / BITS] |= bit(status);
        }
    }
}

impl FromIterator<u16> for Statuses {
    fn from_iter<I: IntoIterator<Item = u16>>(statuses: I) -> Self {
        let mut all = Self::NONE;
        statuses.into_iter().for_each(|status| all.insert(status));
        all
    }
}

impl fmt::Debug for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(VALID.filter(|&status| self.contains(status))).finish()
    }
}

fn bit(status: usize) -> u64 {
    1 << (status % BITS)
}

const BITS: usize = 64;

/// 16 words have a bit for each number below 1024.
const WORDS: usize = 16;

const VALID: Range<u16> = 100..1000;
