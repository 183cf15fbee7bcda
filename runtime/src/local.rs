//! Storage that belongs to a G and moves with it: [`g_local!`](crate::g_local).

use crate::fatal::fatal;
use crate::g::curg;
use core::cell::{Cell, RefCell, UnsafeCell};
use core::ptr;
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Entry {
    key: usize,
    value: *mut (),
    drop: unsafe fn(*mut ()),
}

/// The values of one G, or of one plain thread.
pub(crate) struct Locals(UnsafeCell<Vec<Entry>>);

impl Locals {
    pub(crate) const fn new() -> Self {
        Locals(UnsafeCell::new(Vec::new()))
    }

    fn get(&self, key: usize) -> Option<*mut ()> {
        // SAFETY: only the G itself uses its locals, and no reference to the list outlives a call.
        let entries = unsafe { &*self.0.get() };
        entries.iter().find(|e| e.key == key).map(|e| e.value)
    }

    fn insert(&self, entry: Entry) {
        // SAFETY: as above.
        unsafe { (*self.0.get()).push(entry) };
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        // SAFETY: as above.
        unsafe { (*self.0.get()).is_empty() }
    }

    /// Drops all values, newest first, and those that their destructors make.
    pub(crate) fn clear(&self) {
        // SAFETY: as above: the list is not borrowed while a destructor runs.
        while let Some(entry) = unsafe { (*self.0.get()).pop() } {
            // SAFETY: the entry is gone from the list, so the value is dropped once.
            let drop = AssertUnwindSafe(|| unsafe { (entry.drop)(entry.value) });
            if catch_unwind(drop).is_err() {
                fatal!("the destructor of a `g_local!` value panicked");
            }
        }
        // SAFETY: as above.
        unsafe { *self.0.get() = Vec::new() };
    }
}

impl Drop for Locals {
    fn drop(&mut self) {
        self.clear();
    }
}

thread_local! {
    static OF_THREAD: Locals = const { Locals::new() };
}

/// A key declared by [`g_local!`](crate::g_local): each G, and each plain thread, has a value of its own, made
/// by the initial expression at the first use and dropped when the G, or the thread, ends.
///
/// Unlike a `thread_local!`, the value follows its G from thread to thread, so a borrow of it may
/// live across a scheduling point. The callbacks of one foreign thread share their values.
pub struct GLocal<T: 'static> {
    init: fn() -> T,
    // Makes every static a distinct address, which is the key.
    _place: u8,
}

impl<T: 'static> GLocal<T> {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(init: fn() -> T) -> Self {
        GLocal { init, _place: 0 }
    }

    /// Calls `f` with the calling G's value, made first if this is the first use.
    ///
    /// # Panics
    /// On a plain thread whose own thread-locals are gone already.
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        let g = curg();
        let value = if g.is_null() {
            self.of_plain_thread()
        } else {
            // SAFETY: the calling G is alive.
            self.value(unsafe { &(*g).locals })
        };
        // SAFETY: the value is dropped when the G ends, which is after this call.
        f(unsafe { &*value })
    }

    // Never inlined: the address of the thread's list must be asked for anew in every call.
    #[inline(never)]
    fn of_plain_thread(&'static self) -> *const T {
        OF_THREAD.with(|locals| self.value(locals))
    }

    fn value(&'static self, locals: &Locals) -> *const T {
        unsafe fn drop<T>(value: *mut ()) {
            // SAFETY: `value` made it from a box of this type.
            unsafe { std::mem::drop(Box::from_raw(value.cast::<T>())) };
        }
        let key = ptr::from_ref(self).addr();
        if let Some(value) = locals.get(key) {
            return value.cast::<T>();
        }
        // The initial expression may use other keys, or this one: then the first value stays.
        let made = Box::new((self.init)());
        if let Some(value) = locals.get(key) {
            return value.cast::<T>();
        }
        let value = Box::into_raw(made);
        locals.insert(Entry { key, value: value.cast(), drop: drop::<T> });
        value
    }
}

impl<T: 'static> GLocal<Cell<T>> {
    /// Sets the calling G's value.
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// The calling G's value.
    #[must_use]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Sets the calling G's value, and returns the one before.
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> GLocal<RefCell<T>> {
    /// Calls `f` with the calling G's value.
    ///
    /// # Panics
    /// If the value is borrowed mutably.
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Calls `f` with the calling G's value, mutably.
    ///
    /// # Panics
    /// If the value is borrowed.
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }
}

/// Declares storage that belongs to a G and moves with it, in the shape of `thread_local!`.
///
/// ```
/// use std::cell::Cell;
///
/// callgate::g_local! {
///     /// Requests that this G has served.
///     pub static SERVED: Cell<u32> = Cell::new(0);
/// }
///
/// callgate::run(|| {
///     SERVED.set(SERVED.get() + 1);
///     callgate::yield_now();
///     assert_eq!(SERVED.get(), 1);
/// });
/// ```
#[macro_export]
macro_rules! g_local {
    ($($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr);* $(;)?) => {
        $($(#[$attr])* $vis static $name: $crate::GLocal<$t> = {
            fn init() -> $t {
                $init
            }
            $crate::GLocal::new(init)
        };)*
    };
}
