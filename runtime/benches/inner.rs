//! The inner parts of the runtime, each alone: `cargo bench -p callgate`.
//!
//! The protocols, the layer of the operating system and the stacks are compiled from the runtime's own
//! files, as modules of this program: they are private to the crate, and know nothing of the rest of
//! it. What is left, timers and handles, is reached by the interface that users have.

#![allow(dead_code, missing_docs, unused_imports)]

extern crate callgate_arch as arch;

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::atomic::AtomicPtr;
use std::time::Duration;

#[path = "../src/protocol/extra_list.rs"]
mod extra_list;
#[path = "../src/protocol/lease.rs"]
mod lease;
#[path = "../src/line.rs"]
mod line;
#[path = "../src/os/mod.rs"]
mod os;
#[path = "../src/primitives.rs"]
mod primitives;
#[path = "../src/protocol/run_queue.rs"]
mod run_queue;
#[path = "../src/stack/mod.rs"]
mod stack;

/// What the layer of the operating system asks the scheduler.
mod sched {
    pub fn no_heavy_barrier() -> bool {
        false
    }
}

const STACK: usize = 256 << 10;

fn stack_pool(c: &mut Criterion) {
    let mut cache = stack::pool::Cache::new();
    c.bench_function("stack pool: of a P, get and put", |b| {
        b.iter(|| {
            let stack = cache.get(STACK).expect("memory");
            cache.put(black_box(stack));
        });
    });
    c.bench_function("stack pool: of nobody, get and put", |b| {
        b.iter(|| stack::pool::put(black_box(stack::pool::get(STACK).expect("memory"))));
    });
    c.bench_function("stack pool: of a P, 64 out and in", |b| {
        b.iter(|| {
            let stacks: [_; 64] = std::array::from_fn(|_| cache.get(STACK).expect("memory"));
            stacks.into_iter().for_each(|stack| cache.put(stack));
        });
    });
}

fn run_queue(c: &mut Criterion) {
    let queue = run_queue::RunQueue::<u64>::new();
    let mut item = 0;
    let item = &raw mut item;
    c.bench_function("run queue: put and get", |b| {
        b.iter(|| {
            queue.put(black_box(item), |_| unreachable!("it is empty"));
            black_box(queue.get())
        });
    });
    c.bench_function("run queue: put_next and get", |b| {
        b.iter(|| {
            queue.put_next(black_box(item), |_| unreachable!("it is empty"));
            black_box(queue.get())
        });
    });
    let thief = run_queue::RunQueue::new();
    c.bench_function("run queue: fill, steal half, empty both", |b| {
        b.iter(|| {
            for _ in 0..run_queue::CAPACITY {
                queue.put(black_box(item), |_| unreachable!("there is room"));
            }
            black_box(thief.steal_from(&queue, true));
            while queue.get().is_some() || thief.get().is_some() {}
        });
    });
}

struct Extra(AtomicPtr<Extra>);

// SAFETY: the field is used by nothing else.
unsafe impl extra_list::Linked for Extra {
    fn link(&self) -> &AtomicPtr<Extra> {
        &self.0
    }
}

fn extra_list(c: &mut Criterion) {
    let list = extra_list::ExtraList::new();
    let extra: &'static Extra = Box::leak(Box::new(Extra(AtomicPtr::default())));
    // SAFETY: nobody else has it.
    unsafe { list.push(std::ptr::from_ref(extra).cast_mut()) };
    c.bench_function("extra list: pop and push", |b| {
        b.iter(|| {
            let (extra, last) = list.pop(|| ());
            black_box(last);
            // SAFETY: whoever pops it is the only one to have it.
            unsafe { list.push(extra) };
        });
    });
}

fn lease(c: &mut Criterion) {
    let (right, lease) = (lease::Right::new(), Box::new(lease::Lease::new(false)));
    right.grant(&lease);
    lease.set_state(lease::USER);
    c.bench_function("lease: into C and back", |b| {
        b.iter(|| {
            lease.enter_syscall();
            black_box(lease.exit_syscall())
        });
    });
    c.bench_function("lease: claim and release", |b| {
        b.iter(|| {
            black_box(lease.claim());
            lease.set_state(lease::USER);
        });
    });
    c.bench_function("lease: request, heavy barrier, withdrawal", |b| {
        assert!(lease.claim());
        b.iter(|| {
            lease.request();
            os::heavy_barrier();
            black_box(right.try_take(&lease))
        });
        lease.set_state(lease::USER);
    });
}

fn timers(c: &mut Criterion) {
    callgate::run(|| {
        c.bench_function("timers: a sleep that is over at once", |b| {
            b.iter(|| callgate::sleep(Duration::from_nanos(1)));
        });
        // SAFETY: nothing of the closure is tied to a thread.
        let spawner = unsafe { callgate::Spawner::new() };
        for _ in 0..10_000 {
            drop(spawner.go(|| callgate::sleep(Duration::from_secs(3600))));
        }
        c.bench_function("timers: the same among 10,000 sleepers", |b| {
            b.iter(|| callgate::sleep(Duration::from_nanos(1)));
        });
    });
}

fn handles(c: &mut Criterion) {
    let handle = callgate::Handle::new(5_usize);
    c.bench_function("handles: get", |b| {
        b.iter(|| *handle.get().expect("it lives"));
    });
    c.bench_function("handles: new and delete", |b| {
        b.iter(|| callgate::Handle::new(black_box(5_usize)).delete());
    });
}

criterion_group!(inner, stack_pool, run_queue, extra_list, lease, timers, handles);
criterion_main!(inner);
