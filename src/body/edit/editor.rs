//! [`Editor`], which says what becomes of a block, and [`Edit`], what it says.

use alloc::vec::Vec;

use crate::block::Block;
use crate::frame::{EncodedFrames, Frame};

/// What an [`Editor`] makes of a block.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Edit {
    /// It goes on as it is.
    #[default]
    Keep,
    /// It does not go on.
    Drop,
    /// This block takes its place: the same with other data, as [`Block::with_data`] makes it, or one that was held back.
    Replace(Block),
    /// These frames take its place.
    Frames(EncodedFrames),
    /// All of these, one after another; [`Edit::Keep`] among them is the block itself.
    ///
    /// ```
    /// use sse_wire::{Frame, body::Edit};
    ///
    /// let with_notice_before_it = Edit::Many(vec![Frame::new().data("next: an answer").into(), Edit::Keep]);
    /// # let _ = with_notice_before_it;
    /// ```
    Many(Vec<Self>),
}

/// Puts the block in the place of another.
impl From<Block> for Edit {
    fn from(block: Block) -> Self {
        Self::Replace(block)
    }
}

/// Puts the frames in the place of a block.
impl From<EncodedFrames> for Edit {
    fn from(frames: EncodedFrames) -> Self {
        Self::Frames(frames)
    }
}

/// Puts the frame in the place of a block.
impl From<Frame<'_>> for Edit {
    fn from(frame: Frame<'_>) -> Self {
        Self::Frames(frame.to_encoded())
    }
}

/// How an edited body ends; `E` is its error.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a body ends with an error, or in one of two places")]
pub enum Ending<'a, E> {
    /// After a whole block, or without any.
    Complete,
    /// In the middle of a block.
    CutOff,
    /// With this error, between two blocks or in the middle of one.
    Failed(&'a E),
}

/// An editor says what becomes of the blocks of a body, and what comes after them; `E` is the error of the body.
///
/// A closure that takes a [`&Block`](Block) is an editor that adds nothing at the end. A type of your own can:
///
/// ```
/// use sse_wire::{Block, Frame, body::{BodyChunks, Edit, Editor, Ending, edit}};
/// use futures_util::TryStreamExt;
///
/// #[derive(Default)]
/// struct EndWithDone {
///     is_done: bool,
/// }
///
/// impl<E> Editor<E> for EndWithDone {
///     fn block(&mut self, block: &Block) -> Edit {
///         self.is_done |= block.fields().data.as_deref() == Some("[DONE]");
///         Edit::Keep
///     }
///
///     fn end(&mut self, ending: Ending<'_, E>) -> Edit {
///         match ending {
///             Ending::Complete if self.is_done => Edit::Keep,
///             Ending::Complete => Frame::new().data("[DONE]").into(),
///             Ending::CutOff | Ending::Failed(_) => Frame::new().data("{\"error\":\"upstream\"}").into(),
///         }
///     }
/// }
///
/// let body = edit(String::from("data: 1\n\ndata: 2"), EndWithDone::default());
/// let sent: Vec<_> = futures_executor::block_on(BodyChunks::new(body).try_collect())?;
/// assert_eq!(sent.concat(), b"data: 1\n\ndata: {\"error\":\"upstream\"}\n\n");
/// # Ok::<(), core::convert::Infallible>(())
/// ```
///
/// # Holding back
///
/// A guardrail judges some blocks together before it lets them go. It drops each into a queue of its own, and puts the
/// ones that it lets go in the place of others:
///
/// ```
/// use std::collections::VecDeque;
/// use sse_wire::{Block, body::{BodyChunks, Edit, Editor, Ending, edit}};
/// use futures_util::TryStreamExt;
///
/// /// Lets nothing go on that is one of the last three words, unless they are harmless together.
/// #[derive(Default)]
/// struct Guard(VecDeque<Block>);
///
/// impl Guard {
///     fn is_harmless(&self) -> bool {
///         let words: String = self.0.iter().filter_map(|block| block.fields().data.map(String::from)).collect();
///         !words.contains("secret")
///     }
/// }
///
/// impl<E> Editor<E> for Guard {
///     fn block(&mut self, block: &Block) -> Edit {
///         self.0.push_back(block.clone());
///         if !self.is_harmless() {
///             self.0.clear();
///         }
///         if self.0.len() > 3 { self.0.pop_front().map_or(Edit::Drop, Edit::Replace) } else { Edit::Drop }
///     }
///
///     fn end(&mut self, _ending: Ending<'_, E>) -> Edit {
///         Edit::Many(self.0.drain(..).map(Edit::Replace).chain([Edit::Keep]).collect())
///     }
/// }
///
/// let body = edit(String::from("data: a\n\ndata: sec\n\ndata: ret\n\ndata: b\n\n"), Guard::default());
/// let sent: Vec<_> = futures_executor::block_on(BodyChunks::new(body).try_collect())?;
/// assert_eq!(sent.concat(), b"data: b\n\n");
/// # Ok::<(), core::convert::Infallible>(())
/// ```
pub trait Editor<E> {
    /// Returns what becomes of a block.
    fn block(&mut self, block: &Block) -> Edit;

    /// Returns what becomes of a block that was cut off before any of it was sent, and so what comes last:
    /// [`Edit::Keep`] is what came of it, or nothing. Nothing follows that, since it would land in the middle of the
    /// block. Trailers come after all this, and so does the error.
    ///
    /// If a part of the block has been sent, because it is above the limit, the rest of it goes on, and what this
    /// returns does not.
    fn end(&mut self, ending: Ending<'_, E>) -> Edit {
        let _ = ending;
        Edit::Keep
    }
}

impl<E, F: FnMut(&Block) -> Edit> Editor<E> for F {
    fn block(&mut self, block: &Block) -> Edit {
        self(block)
    }
}
