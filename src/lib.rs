//! The wire format of server-sent events (`text/event-stream`): a zero-copy encoder and an incremental decoder.
//!
//! For servers, clients, proxies and gateways that have bytes and want events, or the other way round. The crate does
//! no I/O, knows no sockets and no clock, and needs no async runtime. It is not an HTTP client; `client` keeps one
//! connected, by the rules of `reconnect`.
//!
//! # Decoding
//!
//! ```
//! use sse_wire::Decoder;
//!
//! let mut decoder = Decoder::new();
//! let mut text = String::new();
//! // Pieces as they come from the network, cut anywhere.
//! for mut chunk in [&b"data: {\"token\":\"Hel"[..], b"lo\"}\n\ndata: [DONE]\n\n"] {
//!     while let Some(event) = decoder.decode(&mut chunk)? {
//!         if event.data() != "[DONE]" {
//!             text.push_str(event.data());
//!         }
//!     }
//! }
//! assert_eq!(text, r#"{"token":"Hello"}"#);
//! # Ok::<(), sse_wire::DecodeError>(())
//! ```
//!
//! # Encoding
//!
//! ```
//! use sse_wire::Frame;
//!
//! let mut buffer = Vec::new();
//! Frame::new().event_type("greeting")?.id("1")?.data("Hello,\nworld").encode(&mut buffer);
//! assert_eq!(buffer, b"event: greeting\nid: 1\ndata: Hello,\ndata: world\n\n");
//! // What would break out of its field is refused.
//! assert!(Frame::new().id("1\ndata: forged").is_err());
//! # Ok::<(), sse_wire::InvalidField>(())
//! ```
//!
//! # The feeding contract
//!
//! Hand a chunk to [`Decoder::decode`] until it returns `Ok(None)`; then the chunk is used up, and the next one is due.
//! After an error, call again: decoding goes on after the event that was rejected. An event is lent until the next
//! call; [`EventRef::to_event`] copies it, and [`Decoder::decode_bytes`] gives events that hold their own text, if it
//! is short, or share the memory of their chunk. At the end of the stream [`Decoder::finish`] tells whether an event
//! was cut off. [`Decoder::decode_item`] shows comments and reconnection times as well; [`LineDecoder`] shows every
//! line as it is.
//!
//! # Laws
//!
//! Each is a property test.
//!
//! 1. **Chunk invariance**: events, errors and offsets do not depend on how the stream is cut.
//! 2. **Drain**: `Ok(None)` leaves the input empty.
//! 3. **Agreement**: `decode`, `decode_bytes` and `decode_owned`, and the item form of each without its extras (errors
//!    of comments among them), give the same.
//! 4. **Totality**: no input makes a decoder panic.
//! 5. **Bound**: what is retained never passes the limit and a constant; comments and unknown fields nobody asked for
//!    are never retained.
//! 6. **Linear work**: each byte is looked at a constant number of times, one byte a call included.
//! 7. **Round trip**: decoding what a [`Frame`] wrote gives it back, up to line breaks (LF), whole milliseconds, and an
//!    empty type, which is `"message"`. One frame never becomes two events.
//! 8. **Promptness**: an event is out with the byte that ends it, a lone CR included.
//! 9. **Exactness**: [`Frame::encode`] writes exactly [`Frame::encoded_len`] bytes, and they are its joined chunks.
//! 10. **Equality with the standard**: the events are those of a plain transcription of WHATWG HTML, section 9.2.
//! 11. **Passing on**: the [blocks](BlockDecoder) of a stream, joined, are the stream, byte for byte, on any cut and
//!     with any limit.
//! 12. **Blocks** say what the decoder says.
//! 13. **Hub**: per subscriber, the events are in the order of their publication, none comes twice, and none is missing
//!     except in a gap that was told (feature `hub`).
//! 14. **Client**: where the server can resume, nothing is lost and nothing comes twice, across any sequence of breaks.
//!
//! # Limits
//!
//! An event may retain 16 MiB, unless [`DecodeOptions::with_max_event_len`] says otherwise;
//! [`DecodeOptions::unlimited`] lifts the limit. An event that passes it gives one [`DecodeError::EventTooLong`],
//! however it is cut.
//!
//! # Where the standard leaves a choice
//!
//! * Bytes that are not UTF-8 become U+FFFD, as the standard says; [`Utf8Policy::Reject`] turns them into an error.
//! * A `retry` above 2<sup>64</sup>-1 milliseconds, or an empty one, is ignored.
//! * The last event ID and the reconnection time outlive [`Decoder::reset`], as they do a connection.
//! * The event at the end of a stream that lacks its blank line is discarded, unless [`Decoder::finish`] is asked for
//!   it.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `std` | yes | `io::Write` for [`DataWriter`], `IoSlice`s from [`FrameBuf`], the widest vectors that the processor has |
//! | `simdutf8` | yes | UTF-8 validation with vectors: about seven times as fast on text that is not ASCII |
//! | `read` | no | `read::EventReader`: a blocking iterator over any `io::Read` |
//! | `stream` | no | `stream::EventStream`: events from any `Stream` of bytes, like an HTTP client's; needs no `std` |
//! | `codec` | no | `codec::EventCodec` for `FramedRead` and `FramedWrite` of tokio-util |
//! | `http-body` | no | `body`: an HTTP body from a stream of frames, with keep-alive; the events of any HTTP response |
//! | `tokio` | no | tokio's timer for that keep-alive |
//! | `json` | no | typed data: `json` on [`EventRef`], [`Event`] and [`FrameHead`]; with `stream`, on `EventStream` |
//! | `serde` | no | `Serialize` and `Deserialize` for [`Event`] and [`Utf8Bytes`], `Serialize` for [`EventRef`] |
//! | `hub` | no | `hub::Hub`: events for any number of subscribers, which come back and get what they missed; no runtime |
//! | `reconnect` | no | `reconnect::Reconnect`: the standard's rules for connecting again, with backoff, without I/O |
//! | `client` | no | `client::EventSource`: a client that stays connected, over any HTTP client and on any runtime |
//!
//! Without `std` the crate is `no_std` and needs `alloc`. The minimum Rust version is 1.88; it may rise with a minor
//! release.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Here and not in Cargo.toml: tests and examples may use std.
#![warn(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;
#[cfg(any(test, fuzzing, feature = "std"))]
extern crate std;

mod block;
mod count;
mod decoder;
mod engine;
mod error;
mod event;
mod frame;
mod last_event_id;
mod line;
mod line_decoder;
mod options;
mod scan;
mod seam;
#[cfg(any(feature = "read", feature = "stream"))]
mod session;
#[cfg(any(feature = "codec", feature = "read", feature = "stream"))]
mod shown;
mod stream_error;
mod text;

#[cfg(feature = "http-body")]
pub mod body;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "codec")]
pub mod codec;
pub mod header;
#[cfg(feature = "hub")]
pub mod hub;
#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "read")]
pub mod read;
#[cfg(feature = "reconnect")]
pub mod reconnect;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "stream")]
pub mod stream;
#[cfg(feature = "stream")]
pub mod timer;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use crate::count::LOOKED_AT;
pub use crate::{
    block::{Block, BlockDecoder, BlockFields, Part},
    decoder::Decoder,
    error::{DecodeError, InvalidField},
    event::{Event, EventParts, EventRef, Item, ItemRef},
    frame::{DataWriter, EncodedFrames, Frame, FrameBuf, FrameHead, PartialFrames, Pieces},
    line::Line,
    line_decoder::LineDecoder,
    options::{DecodeOptions, Utf8Policy},
    stream_error::StreamError,
    text::utf8_bytes::Utf8Bytes,
};
