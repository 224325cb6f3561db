//! What JavaScript calls, in the form that `../exports.rs` explains.

use larkspur_core::{Answer, Outcome, Secret, Stored};

use super::authorize;
use crate::exports::now;
use crate::flight::lines;
use crate::memory::Kind;
use crate::state::Core;

/// A view in the tenant with this key.
#[unsafe(no_mangle)]
pub extern "C" fn for_tenant(client: u32, key: u32) -> u32 {
    Core::run(|core| core.view(client, |client, core| client.for_tenant(core.input.text(key))))
}

/// A view with the authority of the user with this key.
#[unsafe(no_mangle)]
pub extern "C" fn as_known_user(client: u32, key: u32) -> u32 {
    Core::run(|core| core.view(client, |client, core| client.as_known_user(core.input.text(key))))
}

/// Takes an app ticket; what waited for it is ready then.
#[unsafe(no_mangle)]
pub extern "C" fn set_app_ticket(client: u32, wall: f64, mono: f64, ticket: u32) -> u32 {
    Core::run(|core| {
        let ticket = Secret::new(core.input.text(ticket));
        match core.client(client).and_then(|client| client.set_app_ticket(now(wall, mono), ticket)) {
            Ok(()) => Kind::Nothing,
            Err(error) => core.output.fail(&error),
        }
    })
}

/// All tokens of a client.
#[unsafe(no_mangle)]
pub extern "C" fn export_tokens(client: u32, wall: f64, mono: f64) -> u32 {
    Core::run(|core| {
        let exported = core.client(client).map(|client| client.export_tokens(now(wall, mono)).reveal().to_owned());
        core.output.result(exported)
    })
}

/// Takes the tokens of an export, and tells how many.
#[unsafe(no_mangle)]
pub extern "C" fn import_tokens(client: u32, wall: f64, mono: f64, exported: u32) -> u32 {
    Core::run(|core| {
        let exported = Secret::new(core.input.text(exported));
        let taken = core.client(client).and_then(|client| client.import_tokens(now(wall, mono), &exported));
        core.output.result(taken.map(|taken| taken.to_string()))
    })
}

/// Where a user is sent to sign in.
#[unsafe(no_mangle)]
pub extern "C" fn authorize_page(client: u32, entropy: u32, told: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        let started = authorize(core, client, entropy, told);
        core.output.result(started)
    })
}

/// Starts the exchange of a code.
#[unsafe(no_mangle)]
pub extern "C" fn exchange(client: u32, wall: f64, mono: f64, entropy: u32, told: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        core.exchange(client, entropy, [told, options], now(wall, mono))
    })
}

/// Begins the sign-in of a user elsewhere.
#[unsafe(no_mangle)]
pub extern "C" fn device(client: u32, wall: f64, mono: f64, entropy: u32, told: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        core.device(client, entropy, [told, options], now(wall, mono))
    })
}

/// Waits until that user has signed in.
#[unsafe(no_mangle)]
pub extern "C" fn device_wait(client: u32, device: u32, wall: f64, mono: f64, entropy: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        core.wait_for_device(client, device, entropy, options, now(wall, mono))
    })
}

/// Takes back the tokens of the user with this key.
#[unsafe(no_mangle)]
pub extern "C" fn revoke(client: u32, wall: f64, mono: f64, entropy: u32, key: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        core.revoke(client, entropy, [key, options], now(wall, mono))
    })
}

/// Goes on with what the store has under the key: its value and its version, if there is something.
#[unsafe(no_mangle)]
pub extern "C" fn loaded(flight: u32, is_there: u32, wall: f64, mono: f64, value: u32, version: u32) -> u32 {
    Core::run(|core| {
        let answer = Answer::Loaded(stored(core, is_there, value, version));
        core.resume(flight, now(wall, mono), Some(Outcome::Answered(answer)))
    })
}

/// Goes on with whether the store took the value.
#[unsafe(no_mangle)]
pub extern "C" fn swapped(flight: u32, was_stored: u32, wall: f64, mono: f64) -> u32 {
    Core::run(|core| core.resume(flight, now(wall, mono), Some(Outcome::Answered(Answer::Swapped(was_stored != 0)))))
}

/// What a store has, as it comes in.
pub fn stored(core: &mut Core, is_there: u32, value: u32, version: u32) -> Option<Stored> {
    let value = Secret::new(core.input.text(value));
    let stored = Stored { value, version: core.input.text(version).to_owned() };
    (is_there != 0).then_some(stored)
}

/// What is wrong with a store, the oldest that has not been told yet: a line with which, and a line with what.
#[unsafe(no_mangle)]
pub extern "C" fn complaint() -> u32 {
    Core::run(|core| match core.complaints.is_empty() {
        true => Kind::Nothing,
        false => {
            let (store, reason) = core.complaints.remove(0);
            core.output.tell(lines(&[store, &reason]))
        }
    })
}
