//! What std would bring: an allocator, and an end for a panic. C's library gives the start, the end and `memcpy`.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ffi::c_int,
    panic::PanicInfo,
    ptr,
    sync::atomic::{AtomicUsize, Ordering},
};

#[link(name = "c")]
unsafe extern "C" {
    fn _exit(code: c_int) -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: C's `_exit` may be called at any time.
    unsafe { _exit(101) }
}

/// `core` and `alloc` come compiled for unwinding and name this; nothing unwinds here, so that nobody calls it.
#[unsafe(no_mangle)]
pub extern "C" fn rust_eh_personality() {}

/// As above.
#[unsafe(no_mangle)]
pub extern "C" fn _Unwind_Resume() -> ! {
    // SAFETY: as above.
    unsafe { _exit(102) }
}

/// Gives memory out once and never takes it back, so that what the checks allocate in all has to fit.
struct Bump {
    memory: UnsafeCell<[u8; Self::SIZE]>,
    used: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: Bump = Bump { memory: UnsafeCell::new([0; Bump::SIZE]), used: AtomicUsize::new(0) };

impl Bump {
    const SIZE: usize = 16 << 20;
}

// SAFETY: `used` only grows, so that no byte of `memory` is given to two.
unsafe impl Sync for Bump {}

// SAFETY: each block lies in `memory`, is aligned, and overlaps no other.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.memory.get().cast::<u8>();
        let mut start = 0;
        let next = |used: usize| {
            let padding = (base.addr() + used).wrapping_neg() % layout.align();
            start = used.checked_add(padding)?;
            start.checked_add(layout.size()).filter(|&end| end <= Self::SIZE)
        };
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            // SAFETY: `start` is inside `memory`.
            Ok(_) => unsafe { base.add(start) },
            Err(_) => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
