//! What JavaScript calls. A text is given by its length: the texts stand one after the other in the input, in the order of the arguments.
//! Each export that tells something returns a [`Kind`](crate::memory::Kind); `wall` and `mono` are the two clocks in milliseconds.

use larkspur_core::http::{Head, Headers, Received, Response, Route, TransportError, TransportKind};
use larkspur_core::{Answer, Client, Now, Outcome, Secret, Wall, is_error_envelope, message};

use crate::entries::next_ready;
use crate::flight::{file, lines};
use crate::invoke::Texts;
use crate::memory::{Cell, Kind};
#[cfg(feature = "proxy")]
use crate::proxy;
use crate::state::Core;
use crate::{catalog, options};

/// Makes a client from its options.
#[unsafe(no_mangle)]
pub extern "C" fn client(text: u32) -> u32 {
    Core::run(|core| {
        let options = options::client(core.input.text(text));
        core.add_client(options.and_then(Client::new))
    })
}

/// A view with other options.
#[unsafe(no_mangle)]
pub extern "C" fn with_options(client: u32, text: u32) -> u32 {
    Core::run(|core| core.view(client, |client, core| client.with_options(&options::call(core.input.text(text))?)))
}

/// A view with a user's authority.
#[unsafe(no_mangle)]
pub extern "C" fn as_user(client: u32, token: u32) -> u32 {
    Core::run(|core| core.view(client, |client, core| client.as_user(Secret::new(core.input.text(token)))))
}

/// A view with the app's own authority.
#[unsafe(no_mangle)]
pub extern "C" fn as_app(client: u32) -> u32 {
    Core::run(|core| core.view(client, |client, _| Ok(client.as_app())))
}

/// App id, base URL and identity of a client, a line each.
#[unsafe(no_mangle)]
pub extern "C" fn facts(client: u32) -> u32 {
    Core::run(|core| {
        let facts = core.client(client).map(|client| lines(&[client.app_id(), client.base_url(), client.identity()]));
        core.output.result(facts)
    })
}

/// The number of what a name below a place leads to.
#[unsafe(no_mangle)]
pub extern "C" fn find(below: u32, name: u32) -> u32 {
    Core::run(|core| match catalog::find(below, core.input.text(name)) {
        Ok(number) => core.output.made(number),
        Err(error) => core.output.fail(&error),
    })
}

/// What the wrapper must know of an operation.
#[unsafe(no_mangle)]
pub extern "C" fn traits(operation: u32) -> u32 {
    Core::run(|core| core.output.result(catalog::traits(operation)))
}

/// The names below a place.
#[cfg(any(feature = "about", feature = "project"))]
#[unsafe(no_mangle)]
pub extern "C" fn names(below: u32) -> u32 {
    Core::run(|core| core.output.tell(catalog::names(below)))
}

/// What is known of an operation besides calling it.
#[cfg(feature = "about")]
#[unsafe(no_mangle)]
pub extern "C" fn about(name: u32) -> u32 {
    Core::run(|core| {
        let known = crate::about::about(core.input.text(name));
        core.output.result(known)
    })
}

/// The least permissions for what is asked for.
#[cfg(feature = "about")]
#[unsafe(no_mangle)]
pub extern "C" fn scopes(wanted: u32) -> u32 {
    Core::run(|core| {
        let least = crate::about::scopes(core.input.text(wanted));
        core.output.result(least)
    })
}

/// The operations for which a scope is enough.
#[cfg(feature = "about")]
#[unsafe(no_mangle)]
pub extern "C" fn operations_of(scope: u32) -> u32 {
    Core::run(|core| {
        let operations = crate::about::operations_of(core.input.text(scope));
        core.output.result(operations)
    })
}

/// The operations that a source text calls.
#[cfg(feature = "about")]
#[unsafe(no_mangle)]
pub extern "C" fn operations_in(source: u32) -> u32 {
    Core::run(|core| {
        let operations = crate::about::operations_in(core.input.text(source));
        core.output.tell(operations)
    })
}

/// Starts a call. The bytes of the files that are at hand follow their list.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
pub extern "C" fn start(
    client: u32,
    operation: u32,
    mode: u32,
    wall: f64,
    mono: f64,
    entropy: u32,
    arguments: u32,
    options: u32,
    files: u32,
) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        core.start(client, operation, entropy, Texts { arguments, options, files }, mode, now(wall, mono))
    })
}

/// Starts a call for the token of a view.
#[unsafe(no_mangle)]
pub extern "C" fn token(client: u32, wall: f64, mono: f64, entropy: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        core.start_token(client, entropy, options, now(wall, mono))
    })
}

/// Begins a walk over pages, or over the items in them.
#[unsafe(no_mangle)]
pub extern "C" fn walk(client: u32, operation: u32, items: u32, arguments: u32, options: u32, files: u32) -> u32 {
    Core::run(|core| core.start_walk(client, operation, Texts { arguments, options, files }, items != 0))
}

/// Starts the call for the next page of a walk.
#[unsafe(no_mangle)]
pub extern "C" fn next(walk: u32, wall: f64, mono: f64, entropy: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        core.next_page(walk, entropy, now(wall, mono))
    })
}

/// Goes on with a machine whose time has come.
#[unsafe(no_mangle)]
pub extern "C" fn go(flight: u32, wall: f64, mono: f64) -> u32 {
    Core::run(|core| core.resume(flight, now(wall, mono), None))
}

/// Goes on with the answer to a request: its headers, a line of name and a line of value for each, and its body.
#[unsafe(no_mangle)]
pub extern "C" fn answered(flight: u32, status: u32, wall: f64, mono: f64, headers: u32, body: u32) -> u32 {
    Core::run(|core| {
        let head = head_of(core, status, headers);
        let body = Received::Buffered(core.input.keep(body));
        core.resume(flight, now(wall, mono), Some(Outcome::Response(Response { head, body })))
    })
}

/// Goes on with a file whose `length` bytes went to their place.
#[unsafe(no_mangle)]
pub extern "C" fn sunk(flight: u32, status: u32, length: f64, wall: f64, mono: f64, headers: u32) -> u32 {
    Core::run(|core| {
        let head = head_of(core, status, headers);
        let body = Received::Sunk { length: length as u64 };
        core.resume(flight, now(wall, mono), Some(Outcome::Response(Response { head, body })))
    })
}

/// Goes on with what went wrong between here and the server.
#[unsafe(no_mangle)]
pub extern "C" fn broken(flight: u32, kind: u32, sent: u32, received: f64, wall: f64, mono: f64, reason: u32) -> u32 {
    Core::run(|core| {
        let failed = TransportError {
            kind: transport_kind(kind),
            sent: sent != 0,
            received: received as u64,
            reason: core.input.text(reason).to_owned(),
        };
        core.resume(flight, now(wall, mono), Some(Outcome::Failed(failed)))
    })
}

/// Goes on with a token of the provider, and when it expires if that is above zero.
#[unsafe(no_mangle)]
pub extern "C" fn given(flight: u32, expires: f64, wall: f64, mono: f64, token: u32) -> u32 {
    Core::run(|core| {
        let expires_at = (expires > 0.0).then_some(Wall(expires as u64));
        let answer = Answer::Token { token: Secret::new(core.input.text(token)), expires_at };
        core.resume(flight, now(wall, mono), Some(Outcome::Answered(answer)))
    })
}

/// Goes on with why the provider gave none.
#[unsafe(no_mangle)]
pub extern "C" fn withheld(flight: u32, wall: f64, mono: f64, reason: u32) -> u32 {
    Core::run(|core| {
        let answer = Answer::Failed(core.input.text(reason).to_owned());
        core.resume(flight, now(wall, mono), Some(Outcome::Answered(answer)))
    })
}

/// What becomes of the body of a download's answer: `Nothing`, it is wanted whole; `Told`, it is the file, unless `Collect` is above zero
/// and a body of so many bytes is an error. Then the text says what is known of the file, as JSON, and `Span` the number of its first byte.
#[unsafe(no_mangle)]
pub extern "C" fn head(flight: u32, status: u32, headers: u32) -> u32 {
    Core::run(|core| {
        let head = head_of(core, status, headers);
        let Some((route, offset)) = core.flight(flight).and_then(|flight| Some((flight.route(&head)?, flight.offset()))) else {
            return Kind::Nothing;
        };
        let (kind, limit) = match route {
            Route::Buffer { limit } => (Kind::Nothing, limit),
            Route::Sink => (Kind::Told, 0),
            Route::PeekThenSink { limit } => (Kind::Told, limit),
        };
        core.output.set(Cell::Collect, limit as f64);
        core.output.set(Cell::Span, if status == 206 { offset as f64 } else { 0.0 });
        core.output.tell(file(&head));
        kind
    })
}

/// The id of the answer's log entry, from its headers.
#[unsafe(no_mangle)]
pub extern "C" fn log_id(headers: u32) -> u32 {
    Core::run(|core| match head_of(core, 0, headers).headers.log_id() {
        Some(id) => core.output.tell(id.to_owned()),
        None => Kind::Nothing,
    })
}

/// What hooks are told of a call, a line each: its name, method, path with placeholders, and the number of requests so far.
#[unsafe(no_mangle)]
pub extern "C" fn told(flight: u32) -> u32 {
    Core::run(|core| match core.flight(flight).and_then(|flight| flight.told()) {
        Some(told) => core.output.tell(told),
        None => Kind::Nothing,
    })
}

/// Whether the body of an answer is an error of the platform.
#[unsafe(no_mangle)]
pub extern "C" fn is_error(body: u32) -> u32 {
    Core::enter(|core| is_error_envelope(core.input.take(body)).into())
}

/// A piece of a request's body: `Told`, its bytes; `Wait`, the position of a file among those that were given; `Nothing` at the end.
#[unsafe(no_mangle)]
pub extern "C" fn piece(flight: u32, place: u32) -> u32 {
    Core::run(|core| match core.flight(flight).and_then(|flight| flight.piece(place)).map(|piece| piece.cloned()) {
        Some(Ok(bytes)) => core.output.tell(bytes),
        Some(Err(position)) => {
            core.output.made(position as u32);
            Kind::Wait
        }
        None => Kind::Nothing,
    })
}

/// The next machine that can go on; zero for none.
#[unsafe(no_mangle)]
pub extern "C" fn ready() -> u32 {
    next_ready()
}

/// Ends what has the number: a client, a walk, or a machine, whose end is not told then.
#[unsafe(no_mangle)]
pub extern "C" fn forget(number: u32) -> u32 {
    Core::run(|core| {
        core.forget(number);
        Kind::Nothing
    })
}

/// The text of a received message.
#[unsafe(no_mangle)]
pub extern "C" fn parse_message(text: u32) -> u32 {
    Core::run(|core| {
        let parsed = message::parse(core.input.text(text));
        core.output.result(parsed)
    })
}

/// A mention of one person.
#[unsafe(no_mangle)]
pub extern "C" fn mention(user: u32, name: u32) -> u32 {
    Core::run(|core| {
        let user = core.input.text(user).to_owned();
        let mention = message::mention(&user, core.input.text(name));
        core.output.tell(mention)
    })
}

/// A mention of everybody in the chat.
#[unsafe(no_mangle)]
pub extern "C" fn mention_all() -> u32 {
    Core::run(|core| core.output.tell(message::mention_all()))
}

/// Text of unknown origin, so that nothing in it is taken for a tag.
#[unsafe(no_mangle)]
pub extern "C" fn escape(text: u32) -> u32 {
    Core::run(|core| {
        let escaped = message::escape(core.input.text(text));
        core.output.tell(escaped)
    })
}

/// The name of the operation that a request calls.
#[cfg(feature = "proxy")]
#[unsafe(no_mangle)]
pub extern "C" fn operation_at(method: u32, path: u32) -> u32 {
    Core::run(|core| {
        let method = core.input.text(method).to_owned();
        match proxy::operation_at(&method, core.input.text(path)) {
            Some(name) => core.output.tell(name),
            None => Kind::Nothing,
        }
    })
}

/// What a proxy must know of an operation.
#[cfg(feature = "proxy")]
#[unsafe(no_mangle)]
pub extern "C" fn route(name: u32) -> u32 {
    Core::run(|core| {
        let route = proxy::route(core.input.text(name));
        core.output.result(route)
    })
}

/// Whether the answer refuses this token of the client's own and another one may be had; see `Client::refused`.
#[cfg(feature = "proxy")]
#[unsafe(no_mangle)]
pub extern "C" fn refused(client: u32, status: u32, wall: f64, mono: f64, token: u32, body: u32) -> u32 {
    Core::enter(|core| {
        let token = Secret::new(core.input.text(token));
        let client = core.client(client);
        client.is_ok_and(|client| client.refused(now(wall, mono), &token, status as u16, core.input.take(body))).into()
    })
}

/// Both clocks.
pub fn now(wall: f64, mono: f64) -> Now {
    Now::new(wall as u64, mono as u64)
}

fn head_of(core: &mut Core, status: u32, length: u32) -> Head {
    Head { status: status as u16, headers: Headers::from_lines(core.input.text(length)) }
}

/// In the order of `KINDS` in `ts/transport.ts`.
fn transport_kind(kind: u32) -> TransportKind {
    match kind {
        0 => TransportKind::Connect,
        1 => TransportKind::Tls,
        2 => TransportKind::Timeout,
        3 => TransportKind::TooLarge,
        4 => TransportKind::Source,
        5 => TransportKind::Sink,
        _ => TransportKind::Broken,
    }
}
