//! Queues of many senders and many receivers, over `async-channel`: each message goes to one of the
//! receivers.

use crate::block_on;
use std::fmt;

pub use async_channel::{RecvError, SendError, TryRecvError, TrySendError};

/// A channel that holds up to `capacity` messages; a sender waits while it is full.
///
/// # Panics
/// If `capacity` is 0.
#[must_use]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = async_channel::bounded(capacity);
    (Sender(sender), Receiver(receiver))
}

/// A channel without a limit: no sender waits.
///
/// ```
/// let (sender, receiver) = callgate::sync::channel::unbounded();
/// sender.send("hello").unwrap();
/// drop(sender);
/// assert_eq!(receiver.recv(), Ok("hello"));
/// assert!(receiver.recv().is_err());
/// ```
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = async_channel::unbounded();
    (Sender(sender), Receiver(receiver))
}

/// The side that sends. The channel is closed when its last copy is dropped.
pub struct Sender<T>(async_channel::Sender<T>);

impl<T> Sender<T> {
    /// Sends, waiting while the channel is full. A scheduling point.
    ///
    /// # Errors
    /// The message, if the channel is closed.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        match self.0.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(message)) => Err(SendError(message)),
            Err(TrySendError::Full(message)) => block_on(self.0.send(message)),
        }
    }

    /// Sends, if there is room.
    ///
    /// # Errors
    /// The message, if the channel is full or closed.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(message)
    }

    /// [`send`](Self::send) as a future.
    pub fn send_async(&self, message: T) -> async_channel::Send<'_, T> {
        self.0.send(message)
    }

    /// Closes the channel: nothing more is sent, and what is in it can still be received. False if it
    /// was closed already.
    pub fn close(&self) -> bool {
        self.0.close()
    }

    /// Whether the channel is closed, by a call or because all receivers are gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Messages that wait to be received.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no message waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The side that receives. The channel is closed when its last copy is dropped.
pub struct Receiver<T>(async_channel::Receiver<T>);

impl<T> Receiver<T> {
    /// Receives, waiting for a message if there is none. A scheduling point.
    ///
    /// # Errors
    /// If the channel is closed, and empty.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        match self.0.try_recv() {
            Ok(message) => Ok(message),
            Err(TryRecvError::Closed) => Err(RecvError),
            Err(TryRecvError::Empty) => block_on(self.0.recv()),
        }
    }

    /// Receives, if there is a message.
    ///
    /// # Errors
    /// If there is none; whether the channel is closed, too.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.0.try_recv()
    }

    /// [`recv`](Self::recv) as a future, for [`select!`](crate::select) and async code. Dropped before
    /// it is ready, it has taken no message.
    pub fn recv_async(&self) -> async_channel::Recv<'_, T> {
        self.0.recv()
    }

    /// [`recv`](Self::recv) that waits for `limit` at most.
    ///
    /// # Errors
    /// [`Empty`](TryRecvError::Empty) if no message came in time, [`Closed`](TryRecvError::Closed) if
    /// none will come.
    ///
    /// ```
    /// # use callgate::sync::channel::{TryRecvError, unbounded};
    /// # use std::time::Duration;
    /// let (_sender, receiver) = unbounded::<u8>();
    /// assert_eq!(receiver.recv_timeout(Duration::from_millis(1)), Err(TryRecvError::Empty));
    /// ```
    #[cfg(feature = "time")]
    #[track_caller]
    pub fn recv_timeout(&self, limit: std::time::Duration) -> Result<T, TryRecvError> {
        match self.0.try_recv() {
            Err(TryRecvError::Empty) => {}
            done => return done,
        }
        match block_on(crate::time::timeout(limit, self.0.recv())) {
            Ok(received) => received.map_err(|RecvError| TryRecvError::Closed),
            Err(crate::time::Elapsed) => Err(TryRecvError::Empty),
        }
    }

    /// Each message, until the channel is closed and empty. Waits for them.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }

    /// Closes the channel, as [`Sender::close`].
    pub fn close(&self) -> bool {
        self.0.close()
    }

    /// Whether the channel is closed, by a call or because all senders are gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Messages that wait to be received.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no message waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Receiver(self.0.clone())
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// See [`Receiver::iter`].
#[derive(Debug)]
pub struct Iter<'a, T>(&'a Receiver<T>);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.0.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
