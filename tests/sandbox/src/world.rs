//! All apps, faults and the log behind one lock. Nothing waits while it is held.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::app::{App, Apps};
use crate::clock::{Clock, Millis};
use crate::fault::Rule;
use crate::log::Log;

/// The sandbox's memory.
pub(crate) struct World {
    clock: Clock,
    state: Mutex<State>,
}

/// What is behind the lock.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) apps: Apps,
    pub(crate) faults: Vec<Rule>,
    pub(crate) log: Log,
    /// How far all clocks are ahead.
    pub(crate) ahead: Millis,
    owners: HashMap<String, String>,
}

impl World {
    /// An empty world whose clock shows the system's time.
    pub(crate) fn new() -> World {
        World { clock: Clock::new(), state: Mutex::default() }
    }

    /// Takes the lock.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one request must not take the others down.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time, `ahead` milliseconds ahead of the sandbox's clock.
    pub(crate) fn now(&self, ahead: Millis) -> Millis {
        self.clock.now(ahead)
    }
}

impl State {
    /// The app called `id`, made when it is new.
    pub(crate) fn app(&mut self, id: &str) -> &mut App {
        self.apps.entry(id.to_owned()).or_insert_with(|| App::new(id))
    }

    /// The app that the token belongs to; the newest, when several have it.
    pub(crate) fn owner(&self, token: &str) -> Option<&str> {
        self.owners.get(token).map(String::as_str)
    }

    /// Notes which tokens `app` was given since this was last called.
    pub(crate) fn own_tokens(&mut self, app_id: &str) {
        let Some(app) = self.apps.get_mut(app_id) else { return };
        for token in app.tokens.take_fresh() {
            self.owners.insert(token, app_id.to_owned());
        }
    }

    /// Forgets one app, its faults and its requests, or everything.
    pub(crate) fn reset(&mut self, app_id: Option<&str>) {
        self.log.clear(app_id);
        match app_id {
            Some(id) => {
                self.apps.remove(id);
                self.faults.retain(|rule| rule.app_id.as_deref() != Some(id));
                self.owners.retain(|_, owner| owner != id);
            }
            None => {
                self.apps.clear();
                self.faults.clear();
                self.owners.clear();
                self.ahead = 0;
            }
        }
    }
}
