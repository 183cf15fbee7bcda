//! Handles: integers that stand for Rust values while C has them.

use super::slots::{self, Room, Slot};
use crate::protocol::slot::Refused;
use core::any::TypeId;
use core::ffi::c_void;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr;

/// A Rust value that C holds, as an integer: Go's `cgo.Handle`.
///
/// [`new`](Self::new) stores the value and [`delete`](Self::delete) drops it. Between them the
/// integer goes through C as a `uintptr_t` ([`into_raw`](Self::into_raw)) or a `void *user_data`
/// ([`as_ptr`](Self::as_ptr)), and finds the value from any thread. Whatever integer comes back, it
/// is checked: one that was deleted, that C made up, that belongs to another type or another run of
/// the program is an [`Err`], never somebody else's value. (Of two handles of one slot, only the 30
/// bits of the generation differ, 14 on 32-bit targets: that many values pass before a slot is
/// given up, and an integer made up at random hits a live value with a chance smaller than that.)
///
/// It is `Copy`, as the integer that C has is, and `repr(transparent)`: an exported function may take
/// it as an argument. A value whose handle is never deleted is leaked;
/// [`Metrics::handles`](crate::Metrics::handles) counts those that are there.
///
/// ```
/// use callgate::{Handle, HandleError, export_callback, foreign_call};
/// use std::ffi::{c_int, c_void};
/// use std::sync::Mutex;
/// # use callgate_test_c as _;
///
/// #[foreign_call]
/// unsafe extern "C" {
///     // void test_call(void (*f)(void *), void *arg) { f(arg); }
///     fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
/// }
///
/// #[export_callback(private)]
/// fn on_event(user_data: *mut c_void) {
///     if let Ok(seen) = Handle::<Mutex<Vec<c_int>>>::from_ptr(user_data).get() {
///         seen.lock().unwrap().push(7);
///     }
/// }
///
/// callgate::run(|| {
///     let handle = Handle::new(Mutex::new(vec![1]));
///     // SAFETY: `on_event` takes any pointer.
///     unsafe { test_call(on_event, handle.as_ptr()) };
///     assert_eq!(handle.take()?.into_inner().unwrap(), [1, 7]);
///     assert_eq!(handle.delete(), Err(HandleError::Stale));
///     Ok::<_, HandleError>(())
/// })?;
/// # Ok::<_, HandleError>(())
/// ```
#[repr(transparent)]
pub struct Handle<T> {
    /// Any integer: C may pass one as an argument of this type.
    raw: usize,
    _value: PhantomData<fn() -> T>,
}

/// Why a [`Handle`] gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// It is 0, or a null pointer.
    #[error(
        "callgate: the handle is 0 or null: pass C what `Handle::into_raw` or `Handle::as_ptr` \
         returned, and give the same back"
    )]
    Null,
    /// There is no such handle: it was deleted, or this process has never made it.
    #[error(
        "callgate: no such handle: it was deleted or taken before, or is none of this process. \
         Delete a handle once, after C's last use of it"
    )]
    Stale,
    /// The value is of another type.
    #[error(
        "callgate: the handle's value is of another type: name the type in `Handle::<T>::from_raw` \
         or `from_ptr` that `Handle::new` was given"
    )]
    WrongType,
    /// [`Handle::take`]: guards keep the value.
    #[error(
        "callgate: the handle's value is in use: drop each `HandleGuard` before `take`, or use \
         `delete`, which leaves the value to the last of them"
    )]
    InUse,
    /// [`Handle::get`]: there are as many guards as can be counted, 2³³ − 1 or, on 32-bit targets,
    /// 131,071.
    #[error("callgate: too many guards of one handle: drop each `HandleGuard` after its use")]
    TooManyGuards,
}

/// The value of a [`Handle`], kept alive: also if the handle is deleted meanwhile. Made by
/// [`Handle::get`].
///
/// It may go to another thread and live across scheduling points.
#[must_use = "the value may be dropped when the guard is"]
pub struct HandleGuard<T: Send + Sync + 'static> {
    slot: &'static Slot,
    _value: PhantomData<T>,
}

/// How a value stands in a slot.
struct Stored<T>(PhantomData<T>);

impl<T: 'static> Stored<T> {
    const INLINE: bool =
        size_of::<T>() <= size_of::<Room>() && align_of::<T>() <= align_of::<Room>();
    const KIND: &'static TypeId = &TypeId::of::<T>();

    /// What the slots know the type by. Two types may not share an address, but one type may have
    /// several.
    #[inline(always)]
    fn is(kind: *const TypeId) -> bool {
        // SAFETY: a slot with a value has the kind that it was published with, a constant.
        ptr::eq(kind, Self::KIND) || unsafe { *kind == *Self::KIND }
    }

    /// # Safety
    /// The caller owns the slot, which is free.
    #[inline(always)]
    unsafe fn write(slot: &Slot, value: T) {
        // SAFETY: the room is the caller's; what doesn't fit is boxed.
        unsafe {
            if Self::INLINE {
                slot.room().cast::<T>().write(value);
            } else {
                slot.room().cast::<*mut T>().write(Box::into_raw(Box::new(value)));
            }
        }
    }

    /// # Safety
    /// The slot has a value of this type, which stays while the reference is used.
    #[inline(always)]
    unsafe fn get<'a>(slot: &Slot) -> &'a T {
        // SAFETY: `write` put it there.
        unsafe {
            if Self::INLINE { &*slot.room().cast::<T>() } else { &**slot.room().cast::<*mut T>() }
        }
    }

    /// Takes the value, and gives the slot back before anybody's destructor runs.
    ///
    /// # Safety
    /// The caller owns the slot and the value in it.
    #[inline(always)]
    unsafe fn take(slot: &'static Slot) -> T {
        // SAFETY: `write` put it there, and it is read once.
        unsafe {
            if Self::INLINE {
                let value = slot.room().cast::<T>().read();
                slots::put(slot);
                value
            } else {
                let value = Box::from_raw(slot.room().cast::<*mut T>().read());
                slots::put(slot);
                *value
            }
        }
    }

    /// Drops the value, as [`take`](Self::take) and with the same contract. A large one is not moved.
    #[inline(always)]
    unsafe fn drop(slot: &'static Slot) {
        // SAFETY: as above.
        unsafe {
            if Self::INLINE {
                let value = slot.room().cast::<ManuallyDrop<T>>().read();
                slots::put(slot);
                drop(ManuallyDrop::into_inner(value));
            } else {
                let value = Box::from_raw(slot.room().cast::<*mut T>().read());
                slots::put(slot);
                drop(value);
            }
        }
    }
}

impl<T: Send + Sync + 'static> Handle<T> {
    /// Stores `value` and returns what C may hold of it. Cheap: no memory is asked for if the value
    /// is small (5 words on 64-bit targets), but for the table's growth.
    ///
    /// # Panics
    /// If 2³⁴ − 64 handles are alive, 2¹⁸ − 64 on 32-bit targets, or their slots have been used up.
    ///
    /// ```
    /// let handle = callgate::Handle::new(5);
    /// assert_eq!(*handle.get()?, 5);
    /// handle.delete()
    /// # ?; Ok::<_, callgate::HandleError>(())
    /// ```
    #[must_use = "the value is leaked unless the handle is deleted"]
    #[inline]
    pub fn new(value: T) -> Self {
        let slot = slots::take();
        // SAFETY: the slot is ours, and free.
        unsafe { Stored::write(slot, value) };
        let index = slot.index();
        let raw = slot.state.publish(Stored::<T>::KIND) | index;
        Handle { raw, _value: PhantomData }
    }

    /// The slot that the handle is about, whether it still means that value or not.
    #[inline(always)]
    fn slot(self) -> Result<&'static Slot, HandleError> {
        // A generation is never 0, so neither is a handle.
        slots::find(self.raw).ok_or_else(|| self.refused(Refused::Stale))
    }

    #[cold]
    fn refused(self, refused: Refused) -> HandleError {
        match refused {
            _ if self.raw == 0 => HandleError::Null,
            Refused::Stale => HandleError::Stale,
            Refused::Kind => HandleError::WrongType,
            Refused::InUse => HandleError::InUse,
            Refused::Guards => HandleError::TooManyGuards,
        }
    }

    /// The value, which stays alive as long as the guard.
    ///
    /// # Errors
    /// [`Null`](HandleError::Null), [`Stale`](HandleError::Stale),
    /// [`WrongType`](HandleError::WrongType), [`TooManyGuards`](HandleError::TooManyGuards).
    ///
    /// ```
    /// use callgate::{Handle, HandleError};
    ///
    /// let handle = Handle::new(String::from("kept"));
    /// let guard = handle.get()?;
    /// handle.delete()?;
    /// assert_eq!(*guard, "kept"); // dropped with the guard
    /// assert_eq!(handle.get().unwrap_err(), HandleError::Stale);
    /// # Ok::<_, HandleError>(())
    /// ```
    #[inline]
    pub fn get(self) -> Result<HandleGuard<T>, HandleError> {
        let slot = self.slot()?;
        slot.state.acquire(self.raw, Stored::<T>::is).map_err(|r| self.refused(r))?;
        Ok(HandleGuard { slot, _value: PhantomData })
    }

    /// Ends the handle, and drops the value: now, or with its last guard. All copies of the handle
    /// are stale after that.
    ///
    /// # Errors
    /// [`Null`](HandleError::Null), [`Stale`](HandleError::Stale),
    /// [`WrongType`](HandleError::WrongType); then nothing has changed.
    #[inline]
    pub fn delete(self) -> Result<(), HandleError> {
        let slot = self.slot()?;
        if slot.state.delete(self.raw, Stored::<T>::is).map_err(|r| self.refused(r))? {
            // SAFETY: `delete` says that slot and value are ours.
            unsafe { Stored::<T>::drop(slot) };
        }
        Ok(())
    }

    /// Ends the handle, and returns the value.
    ///
    /// # Errors
    /// [`InUse`](HandleError::InUse) while there are guards, [`Null`](HandleError::Null),
    /// [`Stale`](HandleError::Stale), [`WrongType`](HandleError::WrongType); then nothing has
    /// changed.
    ///
    /// ```
    /// let handle = callgate::Handle::new(vec![1, 2]);
    /// assert_eq!(handle.take()?, [1, 2]);
    /// # Ok::<_, callgate::HandleError>(())
    /// ```
    #[inline]
    pub fn take(self) -> Result<T, HandleError> {
        let slot = self.slot()?;
        slot.state.take(self.raw, Stored::<T>::is).map_err(|r| self.refused(r))?;
        // SAFETY: `take` says that slot and value are ours.
        Ok(unsafe { Stored::<T>::take(slot) })
    }
}

impl<T> Handle<T> {
    /// The integer, for a `uintptr_t`. Not 0 if the handle was made by [`new`](Self::new).
    #[must_use]
    #[inline]
    pub fn into_raw(self) -> usize {
        self.raw
    }

    /// The integer as a pointer, for a `void *user_data`. It points nowhere: neither C nor Rust may
    /// read through it.
    #[must_use]
    #[inline]
    pub fn as_ptr(self) -> *mut c_void {
        ptr::without_provenance_mut(self.into_raw())
    }

    /// The handle that an integer stands for; whether there is one is checked at its use. 0 is no
    /// handle: each use is [`HandleError::Null`].
    ///
    /// ```
    /// use callgate::{Handle, HandleError};
    ///
    /// let handle = Handle::new(1_u8);
    /// assert_eq!(*Handle::<u8>::from_raw(handle.into_raw()).get()?, 1);
    /// assert_eq!(Handle::<i8>::from_raw(handle.into_raw()).delete(), Err(HandleError::WrongType));
    /// assert_eq!(Handle::<u8>::from_raw(0).delete(), Err(HandleError::Null));
    /// # handle.delete()?;
    /// # Ok::<_, HandleError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn from_raw(raw: usize) -> Self {
        Handle { raw, _value: PhantomData }
    }

    /// [`from_raw`](Self::from_raw) of what [`as_ptr`](Self::as_ptr) returned.
    #[must_use]
    #[inline]
    pub fn from_ptr(ptr: *const c_void) -> Self {
        Self::from_raw(ptr.addr())
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl<T> Eq for Handle<T> {}

impl<T> Hash for Handle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:#x})", self.into_raw())
    }
}

impl<T: Send + Sync + 'static> Deref for HandleGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a guard keeps the value, and the kind was checked when it was made.
        unsafe { Stored::get(self.slot) }
    }
}

impl<T: Send + Sync + 'static> Drop for HandleGuard<T> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.state.release() {
            // SAFETY: `release` says that slot and value are ours.
            unsafe { Stored::<T>::drop(self.slot) };
        }
    }
}

impl<T: Send + Sync + fmt::Debug + 'static> fmt::Debug for HandleGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
