//! Handles of Rust values that C holds: found from everywhere, ended once, and never anybody else's.

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{Handle, HandleError, export_callback, foreign_call, metrics, run, yield_now};
use common::{OnDrop, alone, begin, child, panic_of, spawner, yield_until};
use panicking::{everywhere, test_call};
use std::collections::HashSet;
use std::ffi::{c_int, c_void};
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

#[foreign_call]
unsafe extern "C" {
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
    fn test_call_at_thread_exit(f: extern "C" fn(*mut c_void), arg: *mut c_void) -> c_int;
}

/// A counter that C holds.
type Count = AtomicU32;

#[export_callback(private)]
fn count(user_data: *mut c_void) {
    Handle::<Count>::from_ptr(user_data).get().unwrap().fetch_add(1, SeqCst);
}

/// A value that counts its drops.
fn dropped<T: Send + Sync>(value: T, drops: &Arc<Count>) -> (T, impl Sized + Send + Sync + use<T>) {
    let drops = drops.clone();
    (value, OnDrop(move || _ = drops.fetch_add(1, SeqCst)))
}

#[test]
fn c_hands_the_value_back() {
    let _test = begin();
    everywhere(|| {
        let handle = Handle::new(Count::new(5));
        // SAFETY: the callback takes a handle.
        unsafe { test_call(count, handle.as_ptr()) };
        assert_eq!(handle.get().unwrap().load(SeqCst), 6);
        assert_eq!(handle.take().unwrap().into_inner(), 6);
    });
}

#[test]
fn threads_of_c_find_it() {
    let _test = begin();
    let handle = Handle::new(Count::new(0));
    run(|| {
        // SAFETY: the callback takes a handle.
        assert_eq!(unsafe { test_threads(8, 1_000, count, handle.as_ptr()) }, 0);
    });
    assert_eq!(handle.take().unwrap().into_inner(), 8_000);
}

#[test]
fn a_thread_past_its_thread_locals_can_use_handles() {
    let _test = begin();
    extern "C" fn use_some(counter: *mut c_void) {
        let of_c = Handle::<Count>::from_ptr(counter);
        let own: Vec<_> = (0..100).map(Handle::new).collect();
        for (i, handle) in own.iter().enumerate() {
            assert_eq!(*handle.get().unwrap(), i);
        }
        own.iter().for_each(|handle| handle.delete().unwrap());
        assert!(own.iter().all(|handle| handle.delete() == Err(HandleError::Stale)));
        of_c.get().unwrap().fetch_add(1, SeqCst);
    }
    let handle = Handle::new(Count::new(0));
    // SAFETY: the function takes a handle.
    assert_eq!(unsafe { test_call_at_thread_exit(use_some, handle.as_ptr()) }, 0);
    assert!(handle.take().unwrap().into_inner() >= 2, "at least once in a destructor");
}

#[test]
fn a_guard_outlives_the_handle() {
    let _test = begin();
    let drops = Arc::new(Count::new(0));
    let handle = Handle::new(dropped(7, &drops));
    let (first, second) = (handle.get().unwrap(), handle.get().unwrap());
    assert_eq!(handle.take().err(), Some(HandleError::InUse));
    handle.delete().unwrap();
    assert_eq!(handle.get().err(), Some(HandleError::Stale));
    assert_eq!(handle.delete(), Err(HandleError::Stale));
    drop(first);
    assert_eq!((second.0, drops.load(SeqCst)), (7, 0));
    thread::spawn(move || drop(second)).join().unwrap();
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_value_is_dropped_once_whoever_ends_it() {
    let _test = begin();
    let drops = Arc::new(Count::new(0));
    Handle::new(dropped([0_u8; 1_000], &drops)).delete().unwrap();
    assert_eq!(drops.load(SeqCst), 1);
    let handle = Handle::new(dropped((), &drops));
    let value = handle.take().unwrap();
    assert_eq!(handle.delete(), Err(HandleError::Stale));
    assert_eq!(drops.load(SeqCst), 1);
    drop(value);
    assert_eq!(drops.load(SeqCst), 2);
}

#[test]
fn values_of_every_shape_come_back() {
    fn both<T: Clone + PartialEq + Debug + Send + Sync + 'static>(value: T) {
        let handle = Handle::new(value.clone());
        let guard = handle.get().unwrap();
        assert_eq!(*guard, value);
        assert!((&raw const *guard).is_aligned());
        drop(guard);
        assert_eq!(handle.take().unwrap(), value);
    }
    #[repr(align(256))]
    #[derive(Clone, PartialEq, Debug)]
    struct Aligned(u8);
    let _test = begin();
    both(());
    both(1_u8);
    both(u128::MAX);
    both([1_usize, 2, 3, 4, 5]);
    both([1_usize, 2, 3, 4, 5, 6]);
    both(Aligned(3));
    both(String::from("text"));
    both(vec![0_u64; 10_000]);
    both([7_u8; 4_096]);
}

#[test]
fn a_stale_handle_is_not_the_next_value() {
    let _test = begin();
    let mut seen = HashSet::new();
    for i in 0..5_000 {
        let handle = Handle::new(i);
        assert!(seen.insert(handle), "{handle:?} was used before");
        handle.delete().unwrap();
    }
    let now = Handle::new(-1);
    for old in seen {
        assert_eq!(old.get().err(), Some(HandleError::Stale));
        assert_eq!(old.take().err(), Some(HandleError::Stale));
        assert_eq!(old.delete(), Err(HandleError::Stale));
    }
    assert_eq!(now.take(), Ok(-1));
}

#[test]
fn another_type_is_refused() {
    #[derive(Debug)]
    struct Mine(#[expect(dead_code)] u32);
    let _test = begin();
    let handle = Handle::new(5_u32);
    let raw = handle.into_raw();
    assert_eq!(Handle::<i32>::from_raw(raw).get().err(), Some(HandleError::WrongType));
    assert_eq!(Handle::<Mine>::from_raw(raw).take().err(), Some(HandleError::WrongType));
    assert_eq!(Handle::<String>::from_raw(raw).delete(), Err(HandleError::WrongType));
    assert_eq!(Handle::<u32>::from_raw(raw).take(), Ok(5));
    assert_eq!(Handle::<i32>::from_raw(raw).get().err(), Some(HandleError::Stale));
}

#[test]
fn zero_is_no_handle() {
    let _test = begin();
    for none in [Handle::<u8>::from_raw(0), Handle::from_ptr(std::ptr::null())] {
        assert_eq!(none.get().err(), Some(HandleError::Null));
        assert_eq!(none.take(), Err(HandleError::Null));
        assert_eq!(none.delete(), Err(HandleError::Null));
        assert_eq!(none.into_raw(), 0);
        assert!(none.as_ptr().is_null());
    }
    let handle = Handle::new(1_u8);
    assert_ne!(handle.into_raw(), 0);
    assert_eq!(Handle::from_ptr(handle.as_ptr()), handle);
    assert_eq!(Handle::<u8>::from_raw(0).delete(), Err(HandleError::Null));
    handle.delete().unwrap();
}

/// Numbers without a pattern, the same in every run.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    state.wrapping_mul(0x2545_f491_4f6c_dd1d) as usize
}

#[test]
fn made_up_integers_find_nothing() {
    // The live handles are these alone.
    let _test = alone();
    let live: HashSet<usize> = (0..3_000_u64).map(|i| Handle::new(i).into_raw()).collect();
    let refused = |raw: usize| {
        if live.contains(&raw) {
            return;
        }
        let handle = Handle::<u64>::from_raw(raw);
        let errors = [handle.get().err(), handle.take().err(), handle.delete().err()];
        let none = if raw == 0 { HandleError::Null } else { HandleError::Stale };
        assert_eq!(errors, [Some(none); 3], "{raw:#x}");
    };
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..200_000 {
        refused(random(&mut state));
        refused(random(&mut state) % 10_000);
        refused(random(&mut state) | !0 << (random(&mut state) % usize::BITS as usize));
    }
    for raw in &live {
        (0..usize::BITS).for_each(|bit| refused(raw ^ 1 << bit));
        (1..100).for_each(|n| refused(raw.wrapping_add(n)));
    }
    let sum: u64 = live.iter().map(|&raw| Handle::<u64>::from_raw(raw).take().unwrap()).sum();
    assert_eq!(sum, 2_999 * 3_000 / 2);
}

#[test]
fn handles_of_another_process_are_others() {
    let name = "handles_of_another_process_are_others";
    let first = || {
        let end = child(name, || println!("handle {:?}", Handle::new(1)));
        end.succeeded();
        let line = end.text.lines().find(|line| line.contains("handle Handle")).map(str::to_owned);
        line.expect("the child prints its handle")
    };
    assert_ne!(first(), first());
}

#[test]
fn leaks_are_counted() {
    let _test = alone();
    let before = metrics().handles;
    let handles: Vec<_> = (0..1_000).map(Handle::new).collect();
    assert_eq!(metrics().handles, before + 1_000);
    let guard = handles[0].get().unwrap();
    handles[0].delete().unwrap();
    handles[1].take().unwrap();
    assert_eq!(metrics().handles, before + 998);
    drop(guard);
    handles[2..].iter().for_each(|handle| handle.delete().unwrap());
    assert_eq!(metrics().handles, before);
}

#[test]
fn leaks_are_counted_without_the_runtime() {
    let end = child("leaks_are_counted_without_the_runtime", || {
        assert_eq!(metrics().handles, 0);
        let _ = Handle::new(1);
        assert_eq!((metrics().handles, metrics().ms), (1, 0));
    });
    end.succeeded();
}

#[test]
fn a_destructor_may_use_handles_and_panic() {
    struct Nested(Option<Handle<Nested>>);
    impl Drop for Nested {
        fn drop(&mut self) {
            match self.0 {
                Some(inner) => inner.delete().unwrap(),
                None => panic!("at the bottom"),
            }
        }
    }
    let _test = alone();
    let before = metrics().handles;
    for _ in 0..100 {
        let mut handle = Handle::new(Nested(None));
        for _ in 0..10 {
            handle = Handle::new(Nested(Some(handle)));
        }
        assert_eq!(panic_of(|| handle.delete()), "at the bottom");
        assert_eq!(handle.delete(), Err(HandleError::Stale));
    }
    assert_eq!(metrics().handles, before);
}

#[test]
fn guards_move_with_their_gs() {
    let _test = begin();
    let drops = Arc::new(Count::new(0));
    let handle = Handle::new(dropped(Mutex::new(0), &drops));
    let ready = Arc::new(Count::new(0));
    let gs: Vec<_> = (0..100)
        .map(|_| {
            let ready = ready.clone();
            spawner().go(move || {
                let guard = handle.get().unwrap();
                ready.fetch_add(1, SeqCst);
                yield_until(|| handle.get().is_err());
                for _ in 0..10 {
                    *guard.0.lock().unwrap() += 1;
                    yield_now();
                }
            })
        })
        .collect();
    let keep = handle.get().unwrap();
    run(|| yield_until(|| ready.load(SeqCst) == 100));
    handle.delete().unwrap();
    gs.into_iter().for_each(|g| g.join().unwrap());
    assert_eq!((*keep.0.lock().unwrap(), drops.load(SeqCst)), (1_000, 0));
    drop(keep);
    assert_eq!(drops.load(SeqCst), 1);
}

/// A value that knows whether it is whole.
struct Whole(u64, u64, Arc<Count>);

impl Whole {
    fn new(n: u64, drops: &Arc<Count>) -> Self {
        Whole(n, !n, drops.clone())
    }
    fn check(&self) {
        assert_eq!(self.0, !self.1);
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.check();
        self.1 = self.0;
        self.2.fetch_add(1, SeqCst);
    }
}

/// What each of eight threads does: puts handles where the others find them, and uses and ends those
/// that it finds.
fn hammer(seed: u64, board: &[AtomicUsize], made: &Count, drops: &Arc<Count>) {
    let mut state = seed;
    for _ in 0..20_000 {
        let place = &board[random(&mut state) % board.len()];
        let handle = Handle::<Whole>::from_raw(place.load(SeqCst));
        match random(&mut state) % 4 {
            0 => {
                made.fetch_add(1, SeqCst);
                let new = Handle::new(Whole::new(random(&mut state) as u64, drops));
                let old = Handle::<Whole>::from_raw(place.swap(new.into_raw(), SeqCst));
                let _ = old.delete();
            }
            1 => _ = handle.delete(),
            2 => _ = handle.take().map(|value| value.check()),
            _ => {
                if let Ok(guard) = handle.get() {
                    guard.check();
                    let _ = handle.delete();
                    guard.check();
                }
            }
        }
    }
}

#[test]
fn eight_threads_hammer_the_same_handles() {
    let _test = begin();
    let board: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];
    let (made, drops) = (Count::new(0), Arc::new(Count::new(0)));
    thread::scope(|scope| {
        for seed in 1..=8 {
            let (board, made, drops) = (&board, &made, &drops);
            scope.spawn(move || {
                if seed % 2 == 0 {
                    run(|| hammer(seed, board, made, drops));
                } else {
                    hammer(seed, board, made, drops);
                }
            });
        }
    });
    for place in &board {
        let _ = Handle::<Whole>::from_raw(place.load(SeqCst)).delete();
    }
    assert_eq!(made.into_inner(), drops.load(SeqCst));
}

#[test]
fn handles_made_here_and_ended_there() {
    let _test = begin();
    let (send, receive) = std::sync::mpsc::sync_channel::<Handle<usize>>(100);
    let ends = thread::spawn(move || {
        receive.into_iter().enumerate().for_each(|(i, h)| assert_eq!(h.take(), Ok(i)));
    });
    (0..50_000).for_each(|i| send.send(Handle::new(i)).unwrap());
    drop(send);
    ends.join().unwrap();
}
