//! [`put`]: text at the end of a buffer, in one look at the room there.

use bytes::{BufMut, buf::UninitSlice};

/// Appends `start`, `value` and `end` to a buffer, which panics if it has no room and cannot make it.
///
/// It is inlined, so that a `start` and an `end` known to the caller are single moves.
#[inline(always)]
#[expect(unsafe_code, reason = "one look at the room for all three: a small frame in 20 ns, with three looks in 51")]
pub(crate) fn put(dst: &mut impl BufMut, start: &[u8], value: &[u8], end: &[u8]) {
    let (value_at, end_at) = (start.len(), start.len() + value.len());
    let length = end_at + end.len();
    let room = dst.chunk_mut();
    if length > room.len() {
        return [start, value, end].into_iter().for_each(|part| dst.put_slice(part));
    }
    room[..value_at].copy_from_slice(start);
    copy(value, &mut room[value_at..end_at]);
    room[end_at..length].copy_from_slice(end);
    // SAFETY: the first `length` bytes of the room have just been written.
    unsafe { dst.advance_mut(length) };
}

/// Copies a value into a room of its length; one of 4 to 16 bytes, or of 1, without a call.
#[inline(always)]
pub(super) fn copy(value: &[u8], room: &mut UninitSlice) {
    debug_assert_eq!(value.len(), room.len(), "a part of the room would not be written");
    match value.len() {
        1 => room.write_byte(0, value[0]),
        8..=16 => copy_twice::<8>(value, room),
        4..8 => copy_twice::<4>(value, room),
        _ => room.copy_from_slice(value),
    }
}

/// Copies the first and the last `N` bytes of a value that has `N` to `2 * N`.
#[inline(always)]
fn copy_twice<const N: usize>(value: &[u8], room: &mut UninitSlice) {
    if let (Some(first), Some(last)) = (value.first_chunk::<N>(), value.last_chunk::<N>()) {
        room[..N].copy_from_slice(first);
        room[value.len() - N..].copy_from_slice(last);
    }
}
