//! What belongs to one process and must not be touched by its forked children.

use std::process;
use std::sync::OnceLock;

/// One value for each process of a family of forks.
///
/// A child never touches the value it inherited: locks in it may be held by threads that do not exist there, and its sockets and its epoll
/// belong to the parent. It makes its own and leaks the old one.
#[derive(Debug)]
pub(crate) struct PerProcess<T> {
    first: OnceLock<Box<Link<T>>>,
}

#[derive(Debug)]
struct Link<T> {
    pid: u32,
    value: Option<Box<T>>,
    next: OnceLock<Box<Link<T>>>,
}

impl<T: Default> PerProcess<T> {
    /// Holds nothing until it is asked.
    pub(crate) const fn new() -> Self {
        Self { first: OnceLock::new() }
    }

    /// The value of this process. `T::default()` must be cheap: a fork in the middle of it would leave the child waiting.
    pub(crate) fn get(&self) -> &T {
        let pid = process::id();
        let mut link = self.first.get_or_init(|| Link::new(pid));
        loop {
            match &link.value {
                Some(value) if link.pid == pid => return value,
                _ => link = link.next.get_or_init(|| Link::new(pid)),
            }
        }
    }
}

impl<T: Default> Link<T> {
    fn new(pid: u32) -> Box<Self> {
        Box::new(Self { pid, value: Some(Box::default()), next: OnceLock::new() })
    }
}

impl<T> Drop for Link<T> {
    fn drop(&mut self) {
        if self.pid != process::id() {
            std::mem::forget(self.value.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_process_sees_one_value() {
        let number = PerProcess::<AtomicU32>::new();
        number.get().store(7, Ordering::Relaxed);
        assert_eq!(number.get().load(Ordering::Relaxed), 7);
    }

    #[test]
    fn what_another_process_made_is_neither_used_nor_dropped() {
        struct Bomb;
        impl Default for Bomb {
            fn default() -> Self {
                Bomb
            }
        }
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped in a child");
            }
        }
        let inherited = Link { pid: process::id() + 1, value: Some(Box::new(Bomb)), next: OnceLock::new() };
        let bomb = PerProcess { first: OnceLock::from(Box::new(inherited)) };
        let own: *const Bomb = bomb.get();
        assert_eq!(own, std::ptr::from_ref(bomb.get()));
        let link = bomb.first.into_inner().map(|mut first| first.next.take());
        std::mem::forget(link.flatten().and_then(|mut own| own.value.take()));
    }
}
