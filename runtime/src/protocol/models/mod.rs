//! The models: each runs the real protocol code on a few threads, in every order that the memory
//! model allows up to a bound, with loom's `UnsafeCell` for whatever the protocol protects, so that
//! a missing happens-before is a failure even where the values come out right.

mod extra_list;
mod lease;
mod run_queue;
mod slot;
mod wait;

/// Explores `f` with at most `preemptions` switches away from a thread that could have gone on;
/// switches at blocking, yielding and ending threads are not counted. `LOOM_MAX_PREEMPTIONS` can
/// only lower it. Almost all orders that matter need two: into the window, and out of the one that
/// the first switch opened.
fn explore(preemptions: usize, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    let bound = builder.preemption_bound.unwrap_or(preemptions);
    builder.preemption_bound = Some(bound.min(preemptions));
    // Three threads at a spin lock take more than the default.
    builder.max_branches = 5_000;
    builder.check(f);
}
