//! `Utf8Bytes` is a `str` in every respect that maps and comparisons rely on.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use sse_wire::{Decoder, Utf8Bytes};

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
    let (event_type, data, id) = event.into_parts();
    for (part, at) in [(event_type, 7), (id, 16), (data, 24)] {
        assert_eq!(part.as_bytes().as_ptr(), chunk[at..].as_ptr(), "{part}");
    }
}
