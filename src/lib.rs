//! The wire format of server-sent events.
#![no_std]
// Here and not in Cargo.toml: tests and examples may use std.
#![warn(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod assemble;
mod decoder;
mod error;
mod event;
mod frame;
mod line;
mod lines;
mod options;
mod scan;
mod scratch;
mod utf8;

pub use crate::{
    decoder::Decoder,
    error::{DecodeError, InvalidField},
    event::{Event, EventRef, Item, ItemRef},
    frame::{Chunks, DataWriter, Frame, FrameBuf},
    line::Line,
    lines::LineDecoder,
    options::{DecodeOptions, Utf8Policy},
    utf8::Utf8Bytes,
};
