//! Typed data end to end: an answer as language models give it, from the server's types to the client's.

use std::convert::Infallible;

use axum::{Router, routing::post};
use futures_util::{Stream, StreamExt, TryStreamExt, future, stream};
use integration::{
    Signal, TestResult,
    client::{Client, Version, hyper_get, reqwest_get},
    run, server,
};
use serde::{Deserialize, Serialize};
use sse_wire::{
    DecodeError, DecodeOptions, Decoder, EncodedFrames, Event, Frame, StreamError,
    body::{self, BodyChunks, EventBody},
    json::{JsonStream, JsonStreamError},
    stream::{EventStream, EventStreamExt},
};

/// A chunk of a chat, as far as this test has a use for it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Completion {
    id: u32,
    choices: Vec<Choice>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Choice {
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Delta {
    content: Option<String>,
}

const WORDS: [&str; 4] = ["Hel", "lo,\n", "wörld", " 글\r\n"];

fn completion(id: usize, content: Option<&str>) -> Completion {
    let finish_reason = content.is_none().then(|| "stop".into());
    let delta = Delta { content: content.map(Into::into) };
    Completion { id: id.try_into().expect("small"), choices: vec![Choice { delta, finish_reason }] }
}

fn to_frame(completion: &Completion) -> EncodedFrames {
    Frame::head().json(completion).expect("JSON")
}

/// The answer, and something behind it that no client should read.
fn answer() -> impl Stream<Item = EncodedFrames> + Send {
    let words = WORDS.iter().enumerate().map(|(id, word)| to_frame(&completion(id, Some(word))));
    let end = [to_frame(&completion(4, None)), Frame::new().data("[DONE]").to_encoded()];
    stream::iter(words.chain(end).chain([Frame::new().data("not JSON").to_encoded()]).collect::<Vec<_>>())
}

fn text(completions: &[Completion]) -> String {
    completions.iter().filter_map(|completion| completion.choices[0].delta.content.as_deref()).collect()
}

#[test]
fn a_chat_is_typed_from_the_server_to_the_client_and_complete() -> TestResult {
    run(async {
        let address = server::hyper(async |_| body::event_stream_response(EventBody::new(answer()))).await;
        for client in Client::ALL {
            let mut completions = client.open(address).await?.events().json::<Completion>().until("[DONE]");
            let seen: Vec<_> = completions.by_ref().try_collect().await?;
            assert_eq!(text(&seen), WORDS.concat(), "{client:?}");
            assert_eq!(seen.last().expect("an end").choices[0].finish_reason.as_deref(), Some("stop"), "{client:?}");
            assert!(completions.is_complete(), "{client:?}");
            // What comes after the sentinel is still to be had.
            let (chunks, decoder, rest) = completions.into_events().into_parts();
            let chunks = stream::iter([Ok(rest)]).chain(chunks);
            let mut events = EventStream::with_decoder(chunks, decoder);
            assert_eq!(events.next().await.expect("more")?.data(), "not JSON", "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn the_answer_to_a_post_is_read_in_the_same_way() -> TestResult {
    run(async {
        // As the request to a language model.
        let handler = async |prompt: String| {
            let frames =
                stream::iter([to_frame(&completion(0, Some(&prompt))), Frame::new().data("[DONE]").to_encoded()]);
            body::event_stream_response(EventBody::new(frames))
        };
        let address = server::axum(Router::new().route("/chat", post(handler))).await;
        let response = reqwest::Client::new().post(format!("http://{address}/chat")).body("a prompt").send().await?;
        let mut completions = response.bytes_stream().events().json::<Completion>().until("[DONE]");
        let mut seen = Vec::new();
        while let Some(completion) = completions.next().await {
            seen.push(completion?);
        }
        assert_eq!(text(&seen), "a prompt");
        assert!(completions.is_complete());
        Ok(())
    })
}

#[test]
fn data_that_is_something_else_is_an_error_and_the_next_value_follows() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let frames = [
                to_frame(&completion(0, Some("a"))),
                Frame::new().event_type("error").expect("valid").data(r#"{"error":"overloaded"}"#).to_encoded(),
                Frame::new().data("{\"id\": 1, \"choi").to_encoded(),
                Frame::new().data("").to_encoded(),
                to_frame(&completion(1, Some("b"))),
                Frame::new().data("[DONE]").to_encoded(),
            ];
            body::event_stream_response(EventBody::new(stream::iter(frames)))
        })
        .await;
        for version in [Version::Http1, Version::Http2] {
            let response = hyper_get(address, version, "").await?;
            let mut completions = body::events(response)?.json::<Completion>().until("[DONE]");
            let (mut seen, mut errors) = (Vec::new(), Vec::new());
            let mut last_position = 0;
            while let Some(completion) = completions.next().await {
                match completion {
                    Ok(completion) => seen.push(completion),
                    Err(JsonStreamError::Json(error)) => {
                        let position = error.position().expect("known here");
                        assert!(position > last_position);
                        last_position = position;
                        errors.push(error.into_event());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            assert_eq!((text(&seen).as_str(), completions.is_complete()), ("ab", true), "{version:?}");
            let errors: Vec<_> = errors.iter().map(|event| (event.event_type(), event.data())).collect();
            let expected = [("error", r#"{"error":"overloaded"}"#), ("message", "{\"id\": 1, \"choi"), ("message", "")];
            assert_eq!(errors, expected, "{version:?}");
        }
        Ok(())
    })
}

#[test]
fn an_answer_that_was_cut_off_is_not_complete() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let [whole, mut half] =
                [(0, "a"), (1, "b")].map(|(id, word)| to_frame(&completion(id, Some(word))).into_bytes());
            half.truncate(20);
            server::of_chunks(stream::iter([whole, half].map(Ok::<_, Infallible>)))
        })
        .await;
        let response = reqwest_get(address, Version::Http1, "").await?;
        let mut completions = response.bytes_stream().events().json::<Completion>().until("[DONE]");
        let seen: Vec<_> = completions.by_ref().try_collect().await?;
        assert_eq!(seen, [completion(0, Some("a"))]);
        assert!(!completions.is_complete());
        assert!(completions.events().is_mid_event());
        Ok(())
    })
}

#[test]
fn errors_of_the_connection_and_of_the_decoder_keep_their_kind() -> TestResult {
    run(async {
        let read = Signal::new();
        let signal = read.clone();
        let address = server::hyper(move |_| {
            let read = signal.clone();
            async move {
                let long = Frame::new().data(&"1".repeat(100)).to_encoded();
                let [one, two] = ["1", "2"].map(|data| Frame::new().data(data).to_encoded());
                let frames = stream::iter([one, long, two].map(Ok));
                let error = stream::once(async move {
                    read.reaches(2).await;
                    Err("the model has gone")
                });
                body::event_stream_response(EventBody::new(frames.chain(error)))
            }
        })
        .await;
        let response = hyper_get(address, Version::Http1, "").await?;
        let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(64));
        let mut numbers = EventStream::with_decoder(BodyChunks::from_response(response)?, decoder).json::<u8>();
        assert_eq!(numbers.next().await.expect("a number")?, 1);
        read.add(1);
        let error = numbers.next().await.expect("an error").expect_err("an error");
        assert!(matches!(
            error,
            JsonStreamError::Stream(StreamError::Decode(DecodeError::EventTooLong { limit: 64, .. }))
        ));
        assert_eq!(numbers.next().await.expect("a number")?, 2);
        read.add(1);
        let error = numbers.next().await.expect("an error").expect_err("an error");
        assert!(matches!(error, JsonStreamError::Stream(StreamError::Source(_))));
        assert!(numbers.next().await.is_none());
        Ok(())
    })
}

#[test]
fn events_may_be_sorted_out_before_they_are_read() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let ping = Frame::new().event_type("ping").expect("valid").data("-").to_encoded();
            let frames = [ping.clone(), Frame::new().data("1").to_encoded(), ping, Frame::new().data("2").to_encoded()];
            body::event_stream_response(EventBody::new(stream::iter(frames)))
        })
        .await;
        let events = reqwest_get(address, Version::Http1, "").await?.bytes_stream().events();
        let messages = events.try_filter(|event| future::ready(event.event_type() == "message"));
        let numbers: Vec<u8> = JsonStream::<_, u8>::new(messages).try_collect().await?;
        assert_eq!(numbers, [1, 2]);
        Ok(())
    })
}

#[test]
fn an_event_that_was_stored_goes_on_to_the_next_client_as_it_came() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let frames = EncodedFrames::from_encoded("id: 7\nevent: x\ndata: a\ndata: b\n\n: c\ndata: c\n\n");
            body::event_stream_response(EventBody::new(stream::iter([frames])))
        })
        .await;
        let mut events = Client::Reqwest(Version::Http1).open(address).await?.events();
        let mut sent = Vec::new();
        while let Some(event) = events.next().await {
            let event = event?;
            let stored = serde_json::to_string(&event)?;
            let loaded: Event = serde_json::from_str(&stored)?;
            assert_eq!(loaded, event);
            Frame::try_from(loaded.as_event_ref())?.encode(&mut sent);
        }
        // Each has the ID that it was received with.
        assert_eq!(String::from_utf8(sent)?, "event: x\nid: 7\ndata: a\ndata: b\n\nid: 7\ndata: c\n\n");
        Ok(())
    })
}
