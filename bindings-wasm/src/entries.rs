//! Everything that has a number: clients, walks over pages, and machines, with those that can go on.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Wake, Waker};

use larkspur_core::{Client, Error};

use crate::flight::Flight;
use crate::invoke::PageWalk;
use crate::state::Core;

/// What has a number; a number is a place here, counted from one.
#[derive(Default)]
pub struct Entries {
    places: Vec<Entry>,
    free: Vec<u32>,
}

/// What has a number.
#[derive(Default)]
pub enum Entry {
    /// Nothing, or a machine that is running.
    #[default]
    Empty,
    Client(Client),
    #[cfg(feature = "server")]
    Bot(larkspur_core::Bot),
    Flight(Box<Flight>),
    Walk(Box<PageWalk>),
    #[cfg(feature = "tokens")]
    Device(Box<larkspur_core::Device>),
}

thread_local! {
    /// The machines that can go on, by their numbers; wakers come here while the core is at work.
    static READY: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

impl Core {
    /// Gives something a number.
    pub fn add(&mut self, entry: Entry) -> u32 {
        let number = self.entries.free.pop().unwrap_or_else(|| {
            self.entries.places.push(Entry::Empty);
            self.entries.places.len() as u32
        });
        self.put(number, entry);
        number
    }

    /// Puts something (back) in its place.
    pub fn put(&mut self, number: u32, entry: Entry) {
        if let Some(place) = self.place(number) {
            *place = entry;
        }
    }

    /// Takes something out; its number stays its own.
    pub fn take(&mut self, number: u32) -> Entry {
        self.place(number).map(std::mem::take).unwrap_or_default()
    }

    /// Ends what has the number, which another one may get.
    pub fn forget(&mut self, number: u32) {
        if self.place(number).is_some() {
            drop(self.take(number));
            self.entries.free.push(number);
        }
    }

    /// A client or a view by its number.
    pub fn client(&mut self, number: u32) -> Result<Client, Error> {
        match self.place(number) {
            Some(Entry::Client(client)) => Ok(client.clone()),
            _ => Err(Error::config("there is no such client")),
        }
    }

    /// A custom bot by its number.
    #[cfg(feature = "server")]
    pub fn bot(&mut self, number: u32) -> Result<larkspur_core::Bot, Error> {
        match self.place(number) {
            Some(Entry::Bot(bot)) => Ok(bot.clone()),
            _ => Err(Error::config("there is no such bot")),
        }
    }

    /// A machine by its number.
    pub fn flight(&mut self, number: u32) -> Option<&mut Flight> {
        match self.place(number)? {
            Entry::Flight(flight) => Some(flight),
            _ => None,
        }
    }

    /// A walk by its number.
    pub fn walk(&mut self, number: u32) -> Option<&mut PageWalk> {
        match self.place(number)? {
            Entry::Walk(walk) => Some(walk),
            _ => None,
        }
    }

    /// What has the number.
    pub fn place(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries.places.get_mut((number as usize).checked_sub(1)?)
    }
}

/// Says that a machine can go on.
pub fn make_ready(number: u32) {
    READY.with_borrow_mut(|ready| ready.push(number));
}

/// How many machines can go on.
pub fn count_ready() -> usize {
    READY.with_borrow(Vec::len)
}

/// The next machine that can go on; zero for none.
pub fn next_ready() -> u32 {
    READY.with_borrow_mut(|ready| if ready.is_empty() { 0 } else { ready.remove(0) })
}

/// What wakes a machine.
pub fn waker(number: u32) -> Waker {
    Waker::from(Arc::new(Woken(number)))
}

struct Woken(u32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        make_ready(self.0);
    }
}
