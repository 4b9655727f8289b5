//! [`IdError`]: why an ID of the caller's is not taken.

use super::entry::{Draft, Publication};
use crate::header::{UnsendableId, last_event_id_value};

/// Why an event with this ID is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// It is empty, which makes clients forget the last event ID.
    #[error("the ID is empty")]
    Empty,
    /// No header carries it.
    #[error(transparent)]
    Unsendable(UnsendableId),
    /// Another event in the ring has it, or the last one that has gone had it: where a source may hand out an event
    /// twice, this is the second one. Or it is an ID that the ring itself gives.
    #[error("the ID is that of another event")]
    Taken,
}

/// Encodes an event for this ID, if a client can come back with it.
pub(super) fn checked(id: &str, publication: Publication<'_>) -> Result<Draft, IdError> {
    check(id)?;
    Ok(Draft::new(publication, id.len()))
}

pub(super) fn check(id: &str) -> Result<(), IdError> {
    last_event_id_value(id).map_err(IdError::Unsendable)?.map(drop).ok_or(IdError::Empty)
}
