//! Futures of other crates, waited for by Gs, callbacks and plain threads; and Gs that run futures.

#[path = "common/callers.rs"]
mod callers;
mod common;

use callers::everywhere;
use callgate::{block_on, current, g_local, park, select, spawn_future, yield_now};
use common::{begin, panic_of, spawner};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// The calling OS thread, asked of the kernel: no thread-local is used on both sides of a switch.
fn tid() -> libc::pid_t {
    // SAFETY: no preconditions.
    unsafe { libc::gettid() }
}

#[test]
fn channels_of_async_channel() {
    fn talk() {
        let (to, from_me) = async_channel::bounded(1);
        let (to_me, from) = async_channel::bounded(1);
        let other = spawner().go(move || {
            while let Ok(n) = block_on(from_me.recv()) {
                block_on(to_me.send(n + 1)).unwrap();
            }
        });
        for n in 0..50 {
            block_on(to.send(n)).unwrap();
            assert_eq!(block_on(from.recv()), Ok(n + 1));
        }
        drop(to);
        other.join().unwrap();
    }
    let _test = begin();
    everywhere(talk);
}

#[test]
fn channels_and_locks_of_tokio() {
    fn talk() {
        let (to, mut from_me) = tokio::sync::mpsc::channel(1);
        let sum = Arc::new(tokio::sync::Mutex::new(0));
        let theirs = sum.clone();
        let other = spawner().go(move || {
            while let Some((n, answer)) = block_on(from_me.recv()) {
                let answer: tokio::sync::oneshot::Sender<u32> = answer;
                *block_on(theirs.lock()) += n;
                answer.send(n * 2).unwrap();
            }
        });
        for n in 0..50 {
            let (answer, answered) = tokio::sync::oneshot::channel();
            block_on(to.send((n, answer))).unwrap();
            let guard = block_on(sum.lock());
            assert!(*guard <= (0..=n).sum());
            drop(guard);
            assert_eq!(block_on(answered), Ok(n * 2));
        }
        drop(to);
        other.join().unwrap();
        assert_eq!(*block_on(sum.lock()), (0..50).sum());
    }
    let _test = begin();
    everywhere(talk);
}

#[test]
fn timers_of_async_io() {
    fn wait() {
        let start = Instant::now();
        block_on(async_io::Timer::after(Duration::from_millis(2)));
        assert!(start.elapsed() >= Duration::from_millis(2));
    }
    let _test = begin();
    everywhere(wait);
    let gs: Vec<_> = (0..100).map(|_| spawner().go(wait)).collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn sockets_of_async_io() {
    fn talk() {
        use std::io::{Read, Write};
        use std::os::unix::net::UnixStream;
        let (mine, theirs) = async_io::Async::<UnixStream>::pair().unwrap();
        let other = spawner().go(move || {
            let mut byte = [0];
            block_on(theirs.read_with(|mut s| s.read_exact(&mut byte))).unwrap();
            block_on(theirs.write_with(|mut s| s.write_all(&[byte[0] + 1]))).unwrap();
        });
        let mut byte = [0];
        block_on(mine.write_with(|mut s| s.write_all(&[41]))).unwrap();
        block_on(mine.read_with(|mut s| s.read_exact(&mut byte))).unwrap();
        assert_eq!(byte, [42]);
        other.join().unwrap();
    }
    let _test = begin();
    everywhere(talk);
}

#[test]
fn tasks_of_a_tokio_runtime_are_waited_for() {
    static RUNTIME: Mutex<Option<tokio::runtime::Handle>> = Mutex::new(None);
    fn wait() {
        let runtime = RUNTIME.lock().unwrap().clone().unwrap();
        let task = runtime.spawn(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            42
        });
        assert_eq!(block_on(task).unwrap(), 42);
    }
    let _test = begin();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    *RUNTIME.lock().unwrap() = Some(runtime.handle().clone());
    everywhere(wait);
}

#[test]
fn a_panic_of_the_future_is_the_callers() {
    fn panics() {
        assert_eq!(panic_of(|| block_on(async { panic!("in the future") })), "in the future");
    }
    let _test = begin();
    everywhere(panics);
}

/// Ready when it is polled for the second time; the wake comes from another thread.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        let waker = context.waker().clone();
        thread::spawn(move || waker.wake());
        Poll::Pending
    }
}

#[test]
fn wakes_of_other_threads_and_before_the_wait() {
    fn wait() {
        block_on(Once(false));
        let mut woken = false;
        block_on(poll_fn(|context| {
            if woken {
                return Poll::Ready(());
            }
            woken = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }));
    }
    let _test = begin();
    everywhere(wait);
}

#[test]
fn a_future_is_spawned_from_everywhere() {
    fn spawn() {
        let (sender, receiver) = async_channel::bounded(1);
        let g = spawn_future(async move {
            let mut sum = 0;
            while let Ok(n) = receiver.recv().await {
                sum += n;
            }
            sum
        });
        (1..=10).for_each(|n| block_on(sender.send(n)).unwrap());
        drop(sender);
        assert_eq!(g.join().unwrap(), 55);
    }
    let _test = begin();
    everywhere(spawn);
}

#[test]
fn a_spawned_future_that_panics_tells_who_joins() {
    let _test = begin();
    let g = spawn_future(async {
        Once(false).await;
        panic!("later")
    });
    let payload = g.join().unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"later"));
}

#[test]
fn a_poll_stays_on_its_thread() {
    let _test = begin();
    let stop = Arc::new(AtomicBool::new(false));
    let others: Vec<_> = (0..8)
        .map(|_| {
            let stop = stop.clone();
            spawner().go(move || {
                while !stop.load(SeqCst) {
                    yield_now();
                }
            })
        })
        .collect();
    let polls: Vec<_> = (0..8)
        .map(|_| {
            spawn_future(async {
                for _ in 0..20 {
                    let thread = tid();
                    for _ in 0..20 {
                        yield_now();
                        assert_eq!(tid(), thread);
                    }
                    let me = current();
                    thread::spawn(move || me.unpark());
                    park();
                    assert_eq!(tid(), thread);
                    Once(false).await;
                }
            })
        })
        .collect();
    polls.into_iter().for_each(|g| g.join().unwrap());
    stop.store(true, SeqCst);
    others.into_iter().for_each(|g| g.join().unwrap());
}

/// Says where it was made, and checks that it is dropped there.
struct OfThread(libc::pid_t);

static DROPPED: AtomicUsize = AtomicUsize::new(0);

impl Drop for OfThread {
    fn drop(&mut self) {
        assert_eq!(self.0, tid());
        DROPPED.fetch_add(1, SeqCst);
    }
}

g_local! {
    static OF_THREAD: RefCell<Option<OfThread>> = RefCell::new(None);
    static COUNT: Cell<u32> = Cell::new(0);
}

#[test]
fn a_future_with_g_locals_stays_on_its_thread_until_they_are_gone() {
    const GS: usize = 20;
    let _test = begin();
    let gs: Vec<_> = (0..GS)
        .map(|_| {
            spawn_future(async {
                OF_THREAD.with(|slot| *slot.borrow_mut() = Some(OfThread(tid())));
                for n in 0..50 {
                    COUNT.set(COUNT.get() + 1);
                    Once(false).await;
                    assert_eq!(COUNT.get(), n + 1);
                    OF_THREAD.with(|slot| assert_eq!(slot.borrow().as_ref().unwrap().0, tid()));
                }
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
    // A G drops its values after it is known to have ended.
    common::wait_until(|| DROPPED.load(SeqCst) == GS);
}

#[test]
fn the_first_that_is_ready_is_selected() {
    fn select() {
        let (sender, numbers) = async_channel::bounded(1);
        let (_texts, no_texts) = async_channel::bounded::<String>(1);
        let other = spawner().go(move || block_on(sender.send(7)).unwrap());
        let got = select! {
            text = no_texts.recv() => text.unwrap().len(),
            n = numbers.recv() => n.unwrap(),
        };
        assert_eq!(got, 7);
        other.join().unwrap();
        // The sender is gone, and both are ready: the first is taken.
        let which = select! {
            _ = numbers.recv() => 1,
            _ = ready(()) => 2,
        };
        assert_eq!(which, 1);
        let none = select! {
            _ = no_texts.recv() => false,
            () = ready(()) => true,
        };
        assert!(none);
    }
    let _test = begin();
    everywhere(select);
}

#[test]
fn an_arm_of_select_is_code_of_the_function_around() {
    fn first(numbers: &[u32]) -> Option<u32> {
        for n in numbers {
            select! {
                n = ready(*n) => if n > 2 { return Some(n) } else { continue },
                () = pending() => break,
            }
        }
        None
    }
    let _test = begin();
    assert_eq!(first(&[1, 2, 3, 4]), Some(3));
    assert_eq!(first(&[]), None);
}

#[test]
fn what_is_not_selected_is_dropped() {
    struct Flag<'a>(&'a Cell<bool>);
    impl Drop for Flag<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let _test = begin();
    let dropped = Cell::new(false);
    let flag = Flag(&dropped);
    let loser = async move {
        let _flag = flag;
        pending::<()>().await;
    };
    select! {
        () = ready(()) => {},
        () = loser => unreachable!(),
    }
    assert!(dropped.get());
}

#[test]
fn a_waker_that_outlives_its_g_does_nothing() {
    let _test = begin();
    let kept: Arc<Mutex<Option<Waker>>> = Arc::default();
    let theirs = kept.clone();
    let g = spawn_future(poll_fn(move |context| {
        *theirs.lock().unwrap() = Some(context.waker().clone());
        Poll::Ready(())
    }));
    g.join().unwrap();
    let waker = kept.lock().unwrap().take().unwrap();
    waker.wake_by_ref();
    spawner().go(yield_now).join().unwrap();
    waker.wake();
}
