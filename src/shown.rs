//! [`Shown`]: what an adapter shows, events or items, and the one place where each is made.

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::error::DecodeError;
use crate::event::{Event, Item};

/// An [`Event`] or an [`Item`], which adapters get from an input of this kind.
pub(crate) trait Shown<I>: Sized {
    /// Returns the next one, and moves `input` past it.
    fn decode(decoder: &mut Decoder, input: &mut I) -> Result<Option<Self>, DecodeError>;
}

impl Shown<&[u8]> for Event {
    fn decode(decoder: &mut Decoder, input: &mut &[u8]) -> Result<Option<Self>, DecodeError> {
        decoder.decode_owned(input)
    }
}

impl Shown<&[u8]> for Item {
    fn decode(decoder: &mut Decoder, input: &mut &[u8]) -> Result<Option<Self>, DecodeError> {
        decoder.decode_item_owned(input)
    }
}

impl Shown<Bytes> for Event {
    fn decode(decoder: &mut Decoder, input: &mut Bytes) -> Result<Option<Self>, DecodeError> {
        decoder.decode_bytes(input)
    }
}

impl Shown<Bytes> for Item {
    fn decode(decoder: &mut Decoder, input: &mut Bytes) -> Result<Option<Self>, DecodeError> {
        decoder.decode_item_bytes(input)
    }
}
