//! [`Batch`]: the bytes of one HTTP data frame: one piece where it is, or several small ones in a buffer.

use core::{mem, ops::ControlFlow};

use bytes::{Buf, Bytes, BytesMut};

/// Pieces of frames, in order: at most as many bytes as it is told, unless they are all of one frame; and never more
/// than that or [`MAX_LEN`], unless there is only one piece.
#[derive(Debug, Default)]
pub(super) enum Batch {
    /// Nothing yet.
    #[default]
    Empty,
    /// One piece, in the memory in which it came.
    Shared(Bytes),
    /// Several pieces, copied.
    Joined(BytesMut),
}

impl Batch {
    /// Takes as much of a frame as it can; breaks if the batch has to go out before more is taken.
    pub(super) fn take(&mut self, frame: &mut impl Buf, max_shared: usize) -> ControlFlow<()> {
        // A frame that comes first shares the batch with nobody so far: it is not to be cut into pieces.
        let max_len = if self.is_empty() { max_shared.max(MAX_LEN) } else { max_shared };
        while frame.has_remaining() {
            let length = frame.chunk().len();
            let is_large = length >= LARGE_PIECE;
            if let Self::Empty = self {
                *self = Self::Shared(frame.copy_to_bytes(length));
                if is_large {
                    return ControlFlow::Break(());
                }
                continue;
            }
            if is_large || self.len() + length > max_len {
                return ControlFlow::Break(());
            }
            self.join(frame, max_len);
        }
        if !self.is_empty() && self.len() >= max_shared { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Returns the bytes; `None` if there are none.
    pub(super) fn into_bytes(self) -> Option<Bytes> {
        match self {
            Self::Empty => None,
            Self::Shared(piece) => Some(piece),
            Self::Joined(buffer) => Some(buffer.freeze()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Shared(piece) => piece.len(),
            Self::Joined(buffer) => buffer.len(),
        }
    }

    /// Appends a copy of the frame's current piece.
    fn join(&mut self, frame: &mut impl Buf, max_len: usize) {
        let mut buffer = match mem::take(self) {
            Self::Joined(buffer) => buffer,
            first => {
                // Room for all of this frame, which more often than not is the last.
                let capacity = (first.len() + frame.remaining()).min(max_len);
                let mut buffer = BytesMut::with_capacity(capacity);
                buffer.extend(first.into_bytes());
                buffer
            }
        };
        buffer.extend_from_slice(frame.chunk());
        frame.advance(frame.chunk().len());
        *self = Self::Joined(buffer);
    }
}

/// The longest DATA frame that every HTTP/2 peer accepts (RFC 9113, 4.2), and the most that one TLS record holds: the
/// layers below would cut anything longer again.
pub(super) const MAX_LEN: usize = 16 * 1024;

/// From this length on, a piece is not copied, but becomes a data frame of its own. That makes two more data frames:
/// this one, and another for what comes after it. Each costs hyper about 55 ns with HTTP/1.1 and a few hundred with
/// HTTP/2; copying 8 KiB takes about 200 ns.
const LARGE_PIECE: usize = 8 * 1024;
