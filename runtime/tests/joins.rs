//! Gs whose end is awaited.

#[path = "common/callers.rs"]
mod callers;
mod common;

use callers::everywhere;
use callgate::{block_on, g_local, go_pinned, select, spawn_future};
use common::{begin, panic_of, spawner};
use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};

#[test]
fn a_g_is_awaited_from_everywhere() {
    fn wait() {
        // One that has ended, one that hasn't run, one that is polled before its end.
        let ended = spawner().go(|| 1);
        while !ended.is_finished() {
            callgate::yield_now();
        }
        let (hold, held) = async_channel::bounded::<()>(1);
        let late = spawner().go(move || block_on(held.recv()).is_err());
        let mut late = Some(late);
        assert_eq!(block_on(ended).unwrap(), 1);
        assert_eq!(block_on(go_pinned(|| 2)).unwrap(), 2);
        let handle = late.as_mut().unwrap();
        block_on(poll_fn(|context| {
            assert!(Pin::new(&mut *handle).poll(context).is_pending());
            Poll::Ready(())
        }));
        drop(hold);
        assert!(block_on(late.take().unwrap()).unwrap());
    }
    let _test = begin();
    everywhere(wait);
}

#[test]
fn tokio_awaits_gs() {
    let _test = begin();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let sum: u64 = runtime.block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|i| {
                let g = spawner().go(move || {
                    callgate::yield_now();
                    i
                });
                tokio::spawn(async move { g.await.unwrap() })
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 4950);
}

#[test]
fn gs_await_gs() {
    let _test = begin();
    let outer = spawn_future(async {
        let mut sum = 0;
        for i in 0..10 {
            sum += spawn_future(async move { i }).await.unwrap();
        }
        sum
    });
    assert_eq!(block_on(outer).unwrap(), 45);
}

#[test]
fn a_panic_is_what_the_future_is_ready_with() {
    let _test = begin();
    let g = spawner().go(|| panic!("in the G"));
    let payload = block_on(g).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"in the G"));
}

/// A G that ends when the sender is dropped.
fn held() -> (async_channel::Sender<()>, callgate::JoinHandle<u32>) {
    let (hold, held) = async_channel::bounded::<()>(1);
    let g = spawner().go(move || {
        let _ = block_on(held.recv());
        7
    });
    (hold, g)
}

/// Polls it once, which is not enough.
fn poll_once(g: &mut callgate::JoinHandle<u32>, waker: &Waker) {
    assert!(Pin::new(g).poll(&mut Context::from_waker(waker)).is_pending());
}

struct Counts(AtomicU32);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_handle_that_was_polled_can_be_joined() {
    let _test = begin();
    let counts = Arc::new(Counts(AtomicU32::new(0)));
    let (hold, mut g) = held();
    poll_once(&mut g, &counts.clone().into());
    let theirs = counts.clone();
    let ends = spawner().go(move || {
        // Until `join` has let go of the waker: ours, theirs, and the handle's.
        while Arc::strong_count(&theirs) == 3 {
            callgate::yield_now();
        }
        drop(hold);
    });
    assert_eq!(g.join().unwrap(), 7);
    ends.join().unwrap();
    assert_eq!((counts.0.load(SeqCst), Arc::strong_count(&counts)), (0, 1));
}

#[test]
fn the_last_waker_is_woken_once() {
    let _test = begin();
    let (first, last) = (Arc::new(Counts(0.into())), Arc::new(Counts(0.into())));
    let (hold, mut g) = held();
    poll_once(&mut g, &first.clone().into());
    poll_once(&mut g, &last.clone().into());
    assert_eq!(Arc::strong_count(&first), 1);
    drop(hold);
    while Arc::strong_count(&last) > 1 {
        callgate::yield_now();
    }
    assert_eq!((first.0.load(SeqCst), last.0.load(SeqCst)), (0, 1));
    assert_eq!(g.join().unwrap(), 7);
}

#[test]
fn a_dropped_handle_lets_its_g_run_on() {
    let _test = begin();
    let (hold, held) = async_channel::bounded::<()>(1);
    let (done, is_done) = mpsc::channel();
    let mut g = spawner().go(move || {
        let _ = block_on(held.recv());
        done.send(()).unwrap();
    });
    let (hold, mut hold_again) = (Some(hold), None);
    block_on(async {
        select! {
            _ = &mut g => unreachable!("it waits"),
            () = ready(()) => hold_again = hold,
        }
    });
    drop(g);
    drop(hold_again);
    is_done.recv().unwrap();
}

/// A waker that is no business of the G's: it panics, and looks at storage of the G that wakes.
struct Bad(mpsc::Sender<u32>);

g_local! { static OURS: u32 = 3; }

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        self.0.send(OURS.with(|ours| *ours)).unwrap();
        panic!("in the waker");
    }
}

#[test]
fn a_waker_that_panics_harms_nobody() {
    let _test = begin();
    let (sender, woken) = mpsc::channel();
    let (hold, mut g) = held();
    poll_once(&mut g, &Arc::new(Bad(sender)).into());
    drop(hold);
    assert_eq!(woken.recv(), Ok(3));
    assert_eq!(g.join().unwrap(), 7);
}

#[test]
fn the_result_is_given_once() {
    let _test = begin();
    let mut g = spawner().go(|| 5);
    assert_eq!(block_on(&mut g).unwrap(), 5);
    assert!(g.is_finished());
    let text = "asked for twice";
    assert!(panic_of(|| drop(block_on(&mut g))).contains(text));
    assert!(panic_of(|| drop(g.join())).contains(text));
}
