//! [`Way`]: all that can be asked for the events of a stream: the drivers here, the adapters in `adapters.rs`.

use sse_wire::{BlockDecoder, DecodeOptions, Decoder, Event, Item, ItemRef, LineDecoder, Part};

use super::source::Source;

pub(crate) struct Way {
    pub(crate) name: &'static str,
    /// Takes the whole stream.
    pub(crate) run: fn(&mut Source, &mut Taken),
    pub(crate) shows: Shows,
}

impl Way {
    /// Whether its limit is that of events.
    pub(crate) fn is_comparable(&self) -> bool {
        !matches!(self.shows, Shows::Lines | Shows::Blocks | Shows::EditedBlocks)
    }
}

/// What is shown, which decides what is retained.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shows {
    Lines,
    /// As they were sent, with all that stands in them.
    Blocks,
    EditedBlocks,
    /// Events that are lent.
    Events,
    Items,
    /// Events that share their ID.
    OwnedEvents,
    OwnedItems,
    /// Likewise, with what means nothing to an event.
    AllItems,
    /// Copies of events that are lent, without their ID if it is a long one.
    Copies,
}

/// What a way has shown.
pub(crate) struct Taken {
    pub(crate) events: usize,
    /// The first events of those ways that give them away.
    pub(crate) kept: Vec<Event>,
    most: usize,
}

impl Taken {
    /// Keeps so many events.
    pub(crate) fn new(most: usize) -> Self {
        Self { events: 0, kept: Vec::with_capacity(most), most }
    }

    pub(crate) fn take(&mut self, event: Event) {
        self.events += 1;
        if self.kept.len() < self.most {
            self.kept.push(event);
        }
    }

    pub(crate) fn take_item(&mut self, item: Item) {
        if let Item::Event(event) = item {
            self.take(event);
        }
    }
}

pub(crate) const DRIVERS: &[Way] = &[
    Way { name: "decode", run: decode, shows: Shows::Events },
    Way { name: "decode_item", run: decode_item, shows: Shows::Items },
    Way { name: "decode_bytes", run: decode_bytes, shows: Shows::OwnedEvents },
    Way { name: "..item_bytes", run: decode_item_bytes, shows: Shows::OwnedItems },
    Way { name: "decode_owned", run: decode_owned, shows: Shows::OwnedEvents },
    Way { name: "..item_owned", run: decode_item_owned, shows: Shows::OwnedItems },
    Way { name: "all items", run: all_items, shows: Shows::AllItems },
    Way { name: "json", run: json, shows: Shows::Copies },
    Way { name: "LineDecoder", run: lines, shows: Shows::Lines },
    Way { name: "BlockDecoder", run: blocks, shows: Shows::Blocks },
];

// In each of them an error is an event that is rejected: decoding goes on.

fn decode(source: &mut Source, taken: &mut Taken) {
    let mut decoder = Decoder::new();
    for chunk in source {
        let mut input = &chunk[..];
        while let Some(event) = decoder.decode(&mut input).transpose() {
            taken.events += usize::from(event.is_ok());
        }
    }
}

fn decode_item(source: &mut Source, taken: &mut Taken) {
    let mut decoder = Decoder::new();
    for chunk in source {
        let mut input = &chunk[..];
        while let Some(item) = decoder.decode_item(&mut input).transpose() {
            taken.events += usize::from(matches!(item, Ok(ItemRef::Event(_))));
        }
    }
}

fn decode_bytes(source: &mut Source, taken: &mut Taken) {
    let mut decoder = Decoder::new();
    for mut chunk in source {
        while let Some(event) = decoder.decode_bytes(&mut chunk).transpose() {
            event.into_iter().for_each(|event| taken.take(event));
        }
    }
}

fn decode_item_bytes(source: &mut Source, taken: &mut Taken) {
    let mut decoder = Decoder::new();
    for mut chunk in source {
        while let Some(item) = decoder.decode_item_bytes(&mut chunk).transpose() {
            item.into_iter().for_each(|item| taken.take_item(item));
        }
    }
}

fn decode_owned(source: &mut Source, taken: &mut Taken) {
    let mut decoder = Decoder::new();
    for chunk in source {
        let mut input = &chunk[..];
        while let Some(event) = decoder.decode_owned(&mut input).transpose() {
            event.into_iter().for_each(|event| taken.take(event));
        }
    }
}

fn decode_item_owned(source: &mut Source, taken: &mut Taken) {
    take_items(Decoder::new(), source, taken);
}

fn all_items(source: &mut Source, taken: &mut Taken) {
    take_items(showing_all_items(), source, taken);
}

pub(crate) fn showing_all_items() -> Decoder {
    Decoder::with_options(DecodeOptions::new().with_all_items())
}

fn take_items(mut decoder: Decoder, source: &mut Source, taken: &mut Taken) {
    for chunk in source {
        let mut input = &chunk[..];
        while let Some(item) = decoder.decode_item_owned(&mut input).transpose() {
            item.into_iter().for_each(|item| taken.take_item(item));
        }
    }
}

/// No event here is a number: what is taken are errors, which bring their event along.
fn json(source: &mut Source, taken: &mut Taken) {
    let mut decoder = Decoder::new();
    for chunk in source {
        let mut input = &chunk[..];
        while let Some(event) = decoder.decode(&mut input).transpose() {
            let errors = event.ok().and_then(|event| event.json::<u64>().err());
            errors.into_iter().for_each(|error| taken.take(error.into_event()));
        }
    }
}

fn lines(source: &mut Source, _: &mut Taken) {
    let mut decoder = LineDecoder::new();
    for chunk in source {
        let mut input = &chunk[..];
        while decoder.decode(&mut input).transpose().is_some() {}
    }
}

/// All goes out that came in, the parts of large blocks included.
fn blocks(source: &mut Source, taken: &mut Taken) {
    let (mut decoder, mut passed) = (BlockDecoder::new(), 0);
    for mut chunk in source {
        while let Some(part) = decoder.decode_bytes(&mut chunk) {
            passed += match part {
                Part::Block(block) => {
                    taken.events += usize::from(block.is_event());
                    block.into_raw().len() as u64
                }
                Part::Oversized(bytes) => bytes.len() as u64,
            };
        }
    }
    assert_eq!(passed + decoder.buffered() as u64, decoder.position());
}
