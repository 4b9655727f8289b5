//! `Serialize` and `Deserialize` for events and their text.
//!
//! An event is a structure of three strings, in this order: `event`, `data`, `id`. All three are always written,
//! because formats that do not name their fields have no way to leave one out.
//!
//! These are the names of the fields on the wire (9.2.6), and not those of our methods or of the `MessageEvent` in a
//! browser: what is written goes to other programs, which know the wire, and `event` and `id` are what a frame calls
//! them, so that a frame can be made from what an event was written as.
//!
//! The implementations are written by hand: a derive would make every user of the feature build a procedural macro and
//! its parser.

use alloc::string::String;
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeStruct,
};

use crate::event::{Event, EventRef};
use crate::text::utf8_bytes::Utf8Bytes;

/// Serializes as a structure of three strings: `event`, `data` and `id`, which is the last event ID.
impl Serialize for EventRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct(NAME, FIELDS.len())?;
        fields.serialize_field(FIELDS[0], self.event_type())?;
        fields.serialize_field(FIELDS[1], self.data())?;
        fields.serialize_field(FIELDS[2], self.last_event_id())?;
        fields.end()
    }
}

/// Serializes as a structure of three strings: `event`, `data` and `id`, which is the last event ID.
///
/// ```
/// use sse_wire::{Decoder, Event};
///
/// let mut chunk: &[u8] = b"id: 7\ndata: text\n\n";
/// let event = Decoder::new().decode(&mut chunk)?.expect("a whole event").to_event();
/// let json = serde_json::to_string(&event)?;
/// assert_eq!(json, r#"{"event":"message","data":"text","id":"7"}"#);
/// assert_eq!(serde_json::from_str::<Event>(&json)?, event);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_event_ref().serialize(serializer)
    }
}

/// Deserializes from a structure of three strings. Without `event`, or with an empty one, the type is `"message"`;
/// without `id` there is no ID. Unknown fields are ignored.
///
/// The strings are taken as they are. A type or an ID that no stream can have brought is refused when the event becomes
/// a [`Frame`](crate::Frame).
///
/// ```
/// use sse_wire::Event;
///
/// let event: Event = serde_json::from_str(r#"{"data":"text"}"#)?;
/// assert_eq!((event.event_type(), event.data(), event.last_event_id()), ("message", "text", ""));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(NAME, &FIELDS, EventVisitor)
    }
}

/// Serializes as a string.
impl Serialize for Utf8Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// Deserializes from a string: a borrowed one is copied, the memory of an owned one is taken over.
impl<'de> Deserialize<'de> for Utf8Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_string(TextVisitor)
    }
}

struct EventVisitor;

impl EventVisitor {
    /// Returns the event as a decoder would have made it.
    fn event(event_type: &str, data: &str, last_event_id: &str) -> Event {
        EventRef::new(event_type, data, last_event_id).to_event()
    }
}

impl<'de> Visitor<'de> for EventVisitor {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    /// For formats that do not name the fields: all are there, in order.
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Event, A::Error> {
        let mut next = |index| -> Result<Utf8Bytes, A::Error> {
            values.next_element()?.ok_or_else(|| de::Error::invalid_length(index, &"an event of 3 strings"))
        };
        Ok(Self::event(&next(0)?, &next(1)?, &next(2)?))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let mut values = [const { None::<Utf8Bytes> }; FIELDS.len()];
        while let Some(Field(index)) = map.next_key()? {
            let Some((value, name)) = values.get_mut(index).zip(FIELDS.get(index)) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if value.is_some() {
                return Err(de::Error::duplicate_field(name));
            }
            *value = Some(map.next_value()?);
        }
        let [event_type, data, last_event_id] = values;
        let data = data.ok_or_else(|| de::Error::missing_field(FIELDS[1]))?;
        Ok(Self::event(&event_type.unwrap_or_default(), &data, &last_event_id.unwrap_or_default()))
    }
}

/// The index of a field in `FIELDS`; past its end for an unknown field.
struct Field(usize);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(FieldVisitor)
    }
}

struct FieldVisitor;

impl Visitor<'_> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field of an event")
    }

    /// For formats that number the fields.
    fn visit_u64<E: de::Error>(self, index: u64) -> Result<Field, E> {
        Ok(Field(usize::try_from(index).unwrap_or(FIELDS.len())))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Field, E> {
        self.visit_bytes(name.as_bytes())
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<Field, E> {
        let index = FIELDS.iter().position(|field| field.as_bytes() == name);
        Ok(Field(index.unwrap_or(FIELDS.len())))
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Utf8Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Utf8Bytes, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Utf8Bytes, E> {
        Ok(text.into())
    }
}

const NAME: &str = "Event";

const FIELDS: [&str; 3] = ["event", "data", "id"];

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, format, string::ToString};

    use serde::{
        de::{
            Deserialize, Deserializer, Error as _, IntoDeserializer, Visitor,
            value::{Error, MapDeserializer, SeqDeserializer, StringDeserializer},
        },
        forward_to_deserialize_any,
    };

    use crate::decoder::Decoder;
    use crate::event::{Event, EventRef};
    use crate::text::utf8_bytes::Utf8Bytes;

    #[test]
    fn what_decoders_give_survives_a_round_trip() {
        let mut stream: &[u8] =
            b"data: a\n\nevent: tick\nid: 7\ndata: \"q\"\ndata: \xED\x95\x9C\ndata: \x01\n\nid\ndata\n\n";
        let mut decoder = Decoder::new();
        let mut seen = 0;
        while let Some(event) = decoder.decode(&mut stream).expect("no limit is passed") {
            let owned = event.to_event();
            let json = serde_json::to_string(&owned).expect("strings");
            assert_eq!(json, serde_json::to_string(&event).expect("strings"));
            // From text, which lends its strings, and from a value, which gives them away.
            assert_eq!(serde_json::from_str::<Event>(&json).expect("an event"), owned);
            let value = serde_json::to_value(event).expect("strings");
            assert_eq!(serde_json::from_value::<Event>(value).expect("an event"), owned);
            seen += 1;
        }
        assert_eq!(seen, 3);
    }

    #[test]
    fn events_are_read_leniently_and_as_a_decoder_would_have_made_them() {
        let plain = EventRef { event_type: "message", data: "d", last_event_id: "" }.to_event();
        let full = EventRef { event_type: "t", data: "d", last_event_id: "i" }.to_event();
        for (json, event) in [
            (r#"{"data":"d"}"#, &plain),
            (r#"{"data":"d","event":"message","id":""}"#, &plain),
            (r#"{"event":"","data":"d"}"#, &plain),
            (r#"{"retry":[{"x":1}],"data":"d","comment":null}"#, &plain),
            (r#"{" data":"x","Data":"x","data":"d","dat":"x"}"#, &plain),
            (r#"{"id":"i","data":"\u0064","event":"t"}"#, &full),
            (r#"["t","d","i"]"#, &full),
            (r#"["message","d",""]"#, &plain),
        ] {
            assert_eq!(serde_json::from_str::<Event>(json).ok().as_ref(), Some(event), "{json}");
        }
    }

    #[test]
    fn what_is_no_event_is_refused_and_the_error_says_why() {
        for (json, why) in [
            ("{}", "missing field `data`"),
            (r#"{"event":"t"}"#, "missing field `data`"),
            (r#"{"data":1}"#, "invalid type: integer `1`, expected a string"),
            (r#"{"data":null}"#, "invalid type: null, expected a string"),
            (r#"{"data":["d"]}"#, "invalid type: sequence, expected a string"),
            (r#"{"data":"d","event":null}"#, "invalid type: null, expected a string"),
            (r#"{"data":"d","id":7}"#, "invalid type: integer `7`, expected a string"),
            (r#"{"data":"d","data":"d"}"#, "duplicate field `data`"),
            (r#"["t","d"]"#, "invalid length 2, expected an event of 3 strings"),
            (r#""d""#, "invalid type: string \"d\", expected an event"),
        ] {
            let error = serde_json::from_str::<Event>(json).expect_err(json).to_string();
            assert!(error.starts_with(why), "{json}: {error}");
        }
    }

    #[test]
    fn fields_may_be_numbered_and_names_may_be_bytes_but_nothing_else() {
        let event = EventRef { event_type: "t", data: "d", last_event_id: "i" }.to_event();
        let numbered = [(2_u64, "i"), (1, "d"), (u64::MAX, "?"), (3, "?"), (0, "t")];
        let read = Event::deserialize(MapDeserializer::<_, Error>::new(numbered.into_iter()));
        assert_eq!(read.as_ref(), Ok(&event));
        let named: [(&[u8], &str); 3] = [(b"data", "d"), (b"event", "t"), (b"id", "i")];
        let read = Event::deserialize(MapDeserializer::<_, Error>::new(named.into_iter()));
        assert_eq!(read.as_ref(), Ok(&event));
        let read = Event::deserialize(SeqDeserializer::<_, Error>::new(["t", "d", "i"].into_iter()));
        assert_eq!(read.as_ref(), Ok(&event));
        let wrong = MapDeserializer::<_, Error>::new([(true, "d")].into_iter());
        let error = Event::deserialize(wrong).expect_err("a field without a name");
        assert_eq!(error.to_string(), "invalid type: boolean `true`, expected a field of an event");
    }

    /// A format that does not describe its values: one has to ask for a string.
    struct Terse(&'static str);

    impl<'de> Deserializer<'de> for Terse {
        type Error = Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("not asked for a string"))
        }

        fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_string(self.0.into())
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str bytes byte_buf option unit unit_struct newtype_struct
            seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    #[test]
    fn text_is_a_string_and_an_owned_one_is_taken_over() {
        for text in ["", "a", "\"\n\\", "한국어"] {
            let json = serde_json::to_string(&Utf8Bytes::from(text)).expect("a string");
            assert_eq!(json, serde_json::to_string(text).expect("a string"));
            assert_eq!(serde_json::from_str::<Utf8Bytes>(&json).expect("a string"), text);
        }
        for other in ["1", "null", "[]", "{}", "true", "[97]"] {
            assert!(serde_json::from_str::<Utf8Bytes>(other).is_err(), "{other}");
        }
        let owned = format!("{:100}", "x");
        let at = owned.as_ptr();
        let deserializer: StringDeserializer<Error> = owned.into_deserializer();
        assert_eq!(Utf8Bytes::deserialize(deserializer).expect("a string").as_bytes().as_ptr(), at);
        assert_eq!(Utf8Bytes::deserialize(Terse("x")).expect("a string"), "x");
        // Text can also be a map's key.
        let map = BTreeMap::from([(Utf8Bytes::from("k"), 1)]);
        let json = serde_json::to_string(&map).expect("a map");
        assert_eq!(serde_json::from_str::<BTreeMap<Utf8Bytes, i32>>(&json).expect("a map"), map);
    }
}
