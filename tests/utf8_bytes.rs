//! `Utf8Bytes` is a `str` in every respect that maps and comparisons rely on.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use bytes::{Bytes, BytesMut};
use sse_wire::{Decoder, EventParts, Utf8Bytes};

#[test]
fn maps_find_it_by_str() {
    let keys = ["", "token", "한국어"];
    let hashed: HashMap<Utf8Bytes, usize> = keys.iter().map(|&key| (key.into(), key.len())).collect();
    let ordered: BTreeMap<Utf8Bytes, usize> = keys.iter().map(|&key| (key.into(), key.len())).collect();
    for key in keys {
        assert_eq!((hashed.get(key), ordered.get(key)), (Some(&key.len()), Some(&key.len())), "{key:?}");
    }
    assert_eq!(hashed.get("toke"), None);
}

#[test]
fn it_compares_and_shows_as_its_text() {
    let texts = ["", "token", "toke", "\"한국어\"\n"];
    for text in texts {
        let shared = Utf8Bytes::from(text);
        assert_eq!(AsRef::<str>::as_ref(&shared), text);
        assert_eq!(AsRef::<[u8]>::as_ref(&shared), text.as_bytes());
        assert_eq!((shared.to_string(), format!("{shared:?}")), (text.to_owned(), format!("{text:?}")));
        for other in texts {
            let (by_str, by_ref) = (shared == *other, shared == other);
            assert_eq!((by_str, by_ref), (text == other, text == other), "{text:?} {other:?}");
        }
    }
}

#[test]
fn it_takes_over_memory_and_refuses_what_is_no_text() {
    let bytes = Bytes::from_static("é".as_bytes());
    let text = Utf8Bytes::try_from(bytes.clone()).expect("UTF-8");
    assert_eq!(text.as_bytes().as_ptr(), bytes.as_ptr());
    assert_eq!(Bytes::from(text).as_ptr(), bytes.as_ptr());
    for (bad, valid_up_to) in [(&b"ab\xFF"[..], 2), (b"\xE2\x82", 0), (&[b'x'; 100], 100)] {
        let result = Utf8Bytes::try_from(Bytes::copy_from_slice(bad));
        assert_eq!(result.map_or_else(|error| error.valid_up_to(), |text| text.len()), valid_up_to);
    }
}

#[test]
fn parts_of_an_owned_event_share_the_memory_of_the_chunk() {
    let chunk = Bytes::from(format!("event: tick\nid: 7\ndata: {}\n\n", "text".repeat(30)));
    let event = Decoder::new().decode_bytes(&mut chunk.clone()).expect("valid").expect("whole");
    let EventParts { event_type, data, last_event_id: id } = event.into_parts();
    for (part, at) in [(event_type, 7), (id, 16), (data, 24)] {
        assert_eq!(part.as_bytes().as_ptr(), chunk[at..].as_ptr(), "{part}");
    }
}

#[test]
fn it_becomes_what_it_came_from_without_a_copy() {
    let text = "é".repeat(500);
    let at = text.as_ptr();
    let shared = Utf8Bytes::from(text.into_boxed_str());
    let cow = Cow::<str>::from(shared);
    let shared = Utf8Bytes::from(cow);
    let bytes = Vec::<u8>::from(shared);
    let shared = Utf8Bytes::try_from(bytes).expect("UTF-8");
    let boxed = Box::<str>::from(shared);
    let text = String::from(Utf8Bytes::from(boxed));
    assert_eq!((text.as_ptr(), text.len()), (at, 1000));
    // What is shared is copied.
    let shared = Utf8Bytes::from(text);
    let copy = String::from(shared.clone());
    assert_ne!(copy.as_ptr(), shared.as_ptr());
    assert_eq!(Utf8Bytes::from(Cow::Borrowed("x")), "x");
    assert_eq!(Utf8Bytes::try_from(BytesMut::from("x")).expect("UTF-8"), "x");
    let error = Utf8Bytes::try_from(vec![b'a', 0xFF]).unwrap_err();
    assert_eq!((error.utf8_error().valid_up_to(), error.into_bytes()), (1, vec![b'a', 0xFF]));
    assert!(Utf8Bytes::try_from(BytesMut::from(&b"\xFF"[..])).is_err());
}

#[test]
fn it_compares_from_either_side() {
    let (text, same, other) = (Utf8Bytes::from("x"), String::from("x"), String::from("y"));
    assert_eq!("x", text);
    assert_eq!(*"x", text);
    assert_eq!(same, text);
    assert_eq!(text, same);
    assert_ne!("y", text);
    assert_ne!(*"y", text);
    assert_ne!(other, text);
    assert_ne!(text, other);
}
