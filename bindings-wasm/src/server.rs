//! What JavaScript calls besides `exports.rs`, in the core for servers alone.

use larkspur_core::catalog::Style;
use larkspur_core::message::Message;
use larkspur_core::{Answer, Bot, Client, Error, Outcome, Secret, Wall};

use crate::entries::Entry;
use crate::exports::now;
use crate::flight::Landing;
use crate::state::Core;
use crate::tokens::exports::stored;
use crate::{options, redis};

/// Makes a custom bot of its options, its address, and the secret that it signs with, if it does.
#[unsafe(no_mangle)]
pub extern "C" fn bot(signs: u32, options: u32, address: u32, secret: u32) -> u32 {
    Core::run(|core| match made(core, signs != 0, [options, address, secret]) {
        Ok(bot) => {
            let number = core.add(Entry::Bot(bot));
            core.output.made(number)
        }
        Err(error) => core.output.fail(&error),
    })
}

/// Starts a call that sends a message to the group of a custom bot.
#[unsafe(no_mangle)]
pub extern "C" fn bot_send(bot: u32, wall: f64, mono: f64, entropy: u32, kind: u32, content: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        let message = Message { msg_type: core.input.text(kind).to_owned(), content: core.input.text(content).to_owned() };
        let now = now(wall, mono);
        let call = options::call(core.input.text(options)).and_then(|options| core.bot(bot)?.send(&message, now, &options, entropy));
        core.start_call(call, Landing::Data, now)
    })
}

/// Starts a call that signs for a web page.
#[unsafe(no_mangle)]
pub extern "C" fn jsapi_sign(client: u32, wall: f64, mono: f64, entropy: u32, url: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        let url = core.input.text(url).to_owned();
        let call = options::call(core.input.text(options))
            .and_then(|options| core.client(client)?.jsapi_sign(&url, Style::Camel, &options, entropy));
        core.start_call(call, Landing::Data, now(wall, mono))
    })
}

/// Goes on with what the store of the pace has under the key, if there is something, and with its own time.
#[unsafe(no_mangle)]
pub extern "C" fn loaded_pace(flight: u32, is_there: u32, time: f64, wall: f64, mono: f64, value: u32, version: u32) -> u32 {
    Core::run(|core| {
        let found = stored(core, is_there, value, version);
        let answer = Answer::LoadedPace { found, time: Wall(time as u64) };
        core.resume(flight, now(wall, mono), Some(Outcome::Answered(answer)))
    })
}

/// What is run in a Redis to learn what lies under a key.
#[unsafe(no_mangle)]
pub extern "C" fn redis_load(prefix: u32, key: u32) -> u32 {
    Core::run(|core| {
        let script = redis::load(&mut core.input, prefix, key);
        core.output.tell(script)
    })
}

/// What is run in a Redis to put a value in the place of the one with a version, which is empty where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn redis_swap(ttl: f64, entropy: u32, prefix: u32, key: u32, expected: u32, value: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        let script = redis::swap(&mut core.input, entropy, [prefix, key, expected, value], ttl);
        core.output.tell(script)
    })
}

/// What lies under the key, by the answer to that.
#[unsafe(no_mangle)]
pub extern "C" fn redis_loaded(answer: u32) -> u32 {
    Core::run(|core| {
        let found = redis::loaded(core.input.text(answer));
        core.output.result(found)
    })
}

/// Whether the value is there now: `1` if it is.
#[unsafe(no_mangle)]
pub extern "C" fn redis_swapped(answer: u32) -> u32 {
    Core::run(|core| {
        let swapped = redis::swapped(core.input.text(answer));
        core.output.result(swapped)
    })
}

/// The names of the operations that a client and its views have called, a line each.
#[unsafe(no_mangle)]
pub extern "C" fn used_operations(client: u32) -> u32 {
    Core::run(|core| {
        let used = core.client(client).map(|client| names(&client));
        core.output.result(used)
    })
}

fn made(core: &mut Core, signs: bool, [options, address, secret]: [u32; 3]) -> Result<Bot, Error> {
    let options = options::client(core.input.text(options))?;
    let address = Secret::new(core.input.text(address));
    let secret = Secret::new(core.input.text(secret));
    Bot::new(&address, signs.then_some(secret), options)
}

fn names(client: &Client) -> String {
    let names: Vec<String> = client.used_operations().iter().map(|operation| operation.name(Style::Camel)).collect();
    names.join("\n")
}
