//! Waiting for the first of several futures.

use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

/// The output of the first of two futures that was ready.
#[derive(Debug)]
pub enum Either<A, B> {
    /// Of the first.
    Left(A),
    /// Of the second.
    Right(B),
}

/// Both, until one is ready; the first, if both are.
pub async fn race<A: Future, B: Future>(a: A, b: B) -> Either<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|context| match a.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Either::Left(output)),
        Poll::Pending => b.as_mut().poll(context).map(Either::Right),
    })
    .await
}

/// Never ready: what follows the last arm.
#[derive(Debug)]
pub struct Never;

impl Future for Never {
    type Output = Infallible;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Infallible> {
        Poll::Pending
    }
}

/// Waits for the first of several futures that is ready, and goes on with its arm; the others are
/// dropped. Parks the calling G, as [`block_on`](crate::block_on) does, and waits on a plain thread.
///
/// An arm is `pattern = future => expression`, and its pattern must match whatever the future's
/// output is. Where several are ready, the first in the order of the arms is taken; so a
/// last arm of `std::future::ready(())` is one for when nothing else is ready.
///
/// ```
/// use std::future::{pending, ready};
///
/// let taken = callgate::select! {
///     () = pending() => "never",
///     n = async { 6 * 7 } => {
///         assert_eq!(n, 42);
///         "the computation"
///     },
///     _ = ready(()) => "nothing was ready",
/// };
/// assert_eq!(taken, "the computation");
/// ```
#[macro_export]
macro_rules! select {
    (@race) => { $crate::__private::Never };
    (@race $future:expr, $($rest:expr,)*) => {
        $crate::__private::race($future, $crate::select!(@race $($rest,)*))
    };
    (@arms $output:expr;) => { match $output {} };
    (@arms $output:expr; $pattern:pat => $body:expr, $($rest:tt)*) => {
        match $output {
            $crate::__private::Either::Left($pattern) => $body,
            $crate::__private::Either::Right(output) => $crate::select!(@arms output; $($rest)*),
        }
    };
    ($($pattern:pat = $future:expr => $body:expr),+ $(,)?) => {
        $crate::select!(
            @arms $crate::block_on($crate::select!(@race $($future,)+));
            $($pattern => $body,)+
        )
    };
}
