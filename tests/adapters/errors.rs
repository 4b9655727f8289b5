//! The error of adapters shows its cause, once, and becomes what functions return.

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    io::{self, ErrorKind},
};

use sse_wire::{DecodeError, StreamError};

type BoxError = Box<dyn Error + Send + Sync>;

const REJECTED: DecodeError = DecodeError::InvalidUtf8 { offset: 7 };

/// The error of a client, with the cause that it has.
#[derive(Debug)]
struct RequestError(io::Error);

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("error reading the body")
    }
}

impl Error for RequestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn broken() -> RequestError {
    RequestError(io::Error::new(ErrorKind::ConnectionReset, "connection reset"))
}

/// What whoever prints a chain of errors prints.
fn chain(error: &dyn Error) -> Vec<String> {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect()
}

#[test]
fn the_cause_is_shown_and_a_chain_does_not_say_it_twice() {
    let error = StreamError::Source(broken());
    assert_eq!(chain(&error), ["error reading the body", "connection reset"]);
    let error = StreamError::<RequestError>::Decode(REJECTED);
    assert_eq!(chain(&error), ["invalid UTF-8 at byte 7 of the stream"]);
    // A boxed error is shown as well, though it is no error itself.
    assert_eq!(StreamError::Source(BoxError::from(broken())).to_string(), "error reading the body");
}

#[test]
fn the_cause_can_be_taken_out() {
    assert_eq!(StreamError::Source("broken").into_source(), Ok("broken"));
    assert_eq!(StreamError::<&str>::Decode(REJECTED).into_source(), Err(REJECTED));
    // Both variants, and no third: this would not compile.
    match StreamError::Source("broken") {
        StreamError::Source(_) | StreamError::Decode(_) => {}
    }
}

#[test]
fn any_error_that_can_be_boxed_becomes_a_boxed_one() {
    for error in [StreamError::Source(BoxError::from(broken())), StreamError::Decode(REJECTED)] {
        let text = error.to_string();
        assert_eq!(error.into_boxed().to_string(), text);
    }
    assert!(StreamError::Source(broken()).into_boxed().is::<RequestError>());
    assert!(StreamError::Source(BoxError::from(broken())).into_boxed().is::<RequestError>());
    assert!(StreamError::<RequestError>::Decode(REJECTED).into_boxed().is::<DecodeError>());
}

#[test]
fn any_error_that_can_be_boxed_becomes_an_io_error_and_io_errors_stay_what_they_are() {
    let question = |error: StreamError<io::Error>| -> io::Result<()> { Err(error)? };
    let reset = || io::Error::from(ErrorKind::ConnectionReset);
    let kind = |error: io::Result<()>| error.map_err(|error| error.kind());
    assert_eq!(kind(question(StreamError::Source(reset()))), Err(ErrorKind::ConnectionReset));
    assert_eq!(kind(question(StreamError::Decode(REJECTED))), Err(ErrorKind::InvalidData));
    assert_eq!(io::Error::from(StreamError::Source(BoxError::from(reset()))).kind(), ErrorKind::ConnectionReset);
    let error = io::Error::from(StreamError::Source(broken()));
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Other, "error reading the body".into()));
    assert_eq!(io::Error::from(StreamError::Source("broken")).to_string(), "broken");
    assert_eq!(io::Error::from(StreamError::<Infallible>::Decode(REJECTED)).kind(), ErrorKind::InvalidData);
}

#[test]
fn errors_take_those_of_their_causes_in() {
    let from_decode = || -> Result<(), StreamError<io::Error>> { Ok(Err(REJECTED)?) };
    let from_source = || -> Result<(), StreamError<io::Error>> { Ok(Err(io::Error::other("broken"))?) };
    let errors = [from_decode(), from_source()].map(|result| result.expect_err("an error"));
    let mapped = errors.map(|error| error.map_source(|error| error.to_string()));
    assert_eq!(mapped, [StreamError::Decode(REJECTED), StreamError::Source("broken".into())]);
}
