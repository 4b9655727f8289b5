//! [`Follower`]: a client that connects again, the loop that `Reconnect` leaves to its caller.

use std::{net::SocketAddr, time::Duration};

use futures_util::{StreamExt, TryStreamExt};
use sse_wire::{
    Decoder, Item, StreamError,
    header::last_event_id_value,
    reconnect::{Action, Reconnect, ReconnectOptions, StopReason},
    stream::EventStream,
};
use tokio::time::timeout;

use crate::{
    Signal,
    client::{Answer, Client},
    counted,
};

/// What a client saw until it stopped.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    pub data: Vec<String>,
    /// The ID sent with each attempt, and how long the client waited before it.
    pub ids: Vec<String>,
    pub delays: Vec<Duration>,
    pub rejected: usize,
}

/// A client that follows a stream from connection to connection.
pub struct Follower {
    pub client: Client,
    pub reconnect: Reconnect,
    pub decoder: Decoder,
    /// How many bytes it was handed.
    pub received: Signal,
    /// How long it takes silence.
    pub patience: Duration,
    pub seen: Seen,
}

impl Follower {
    #[must_use]
    pub fn new(client: Client, options: ReconnectOptions) -> Self {
        Self {
            client,
            reconnect: Reconnect::with_options(options),
            decoder: Decoder::new(),
            received: Signal::new(),
            patience: Duration::from_secs(3600),
            seen: Seen::default(),
        }
    }

    /// Goes on until it is told to stop. The caller's `wait` may be shorter than what is asked of it.
    ///
    /// # Panics
    ///
    /// Panics if `Reconnect` has it read where there is no answer.
    pub async fn follow(&mut self, address: SocketAddr, mut wait: impl AsyncFnMut(Duration)) -> StopReason {
        let mut answer = None;
        let mut action = self.reconnect.connect();
        loop {
            action = match action {
                Action::Connect(attempt) => {
                    wait(attempt.delay()).await;
                    // An ID that cannot be a header goes unsent.
                    let id = last_event_id_value(self.decoder.last_event_id()).unwrap_or_default().unwrap_or_default();
                    let id = String::from_utf8_lossy(id).into_owned();
                    self.seen.delays.push(attempt.delay());
                    self.seen.ids.push(id.clone());
                    match self.client.get(address, &id).await {
                        Ok(Answer { status, content_type, chunks }) => {
                            answer = Some(chunks);
                            self.reconnect.answered(status, content_type.as_deref(), &self.decoder)
                        }
                        Err(_) => self.reconnect.disconnected(&self.decoder),
                    }
                }
                Action::Read => {
                    let chunks = counted(answer.take().expect("an answer"), self.received.clone());
                    let chunks = chunks.inspect_ok(|_| self.reconnect.received());
                    let decoder = std::mem::take(&mut self.decoder);
                    let mut items = EventStream::with_decoder(chunks, decoder).items();
                    // A time-out drops the future of `next`, which loses nothing.
                    while let Ok(Some(item)) = timeout(self.patience, items.next()).await {
                        match item {
                            Ok(Item::Event(event)) => self.seen.data.push(event.data().to_owned()),
                            Ok(_) => {}
                            Err(StreamError::Decode(_)) => self.seen.rejected += 1,
                            Err(_) => break,
                        }
                    }
                    self.decoder = items.into_parts().1;
                    self.reconnect.disconnected(&self.decoder)
                }
                Action::Stop(reason) => return reason,
            };
        }
    }
}
