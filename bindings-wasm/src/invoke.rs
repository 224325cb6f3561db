//! Calls as JavaScript writes them, and walks over pages.

use std::ops::Range;
use std::sync::Arc;

use larkspur_core::catalog::Style;
use larkspur_core::json::Value;
use larkspur_core::{Arguments, Call, Client, Entropy, Error, FileArgument, Invocation, Now, Pages, PathCall, Reply, Target, Walk};

use crate::entries::Entry;
use crate::files::{Beyond, Sources, arguments, sources};
use crate::flight::{Flight, Landing};
use crate::memory::Kind;
use crate::state::Core;
use crate::{catalog, options};

/// The lengths of the texts that make a call: arguments, options and the list of files; their bytes follow.
#[derive(Clone, Copy)]
pub struct Texts {
    pub arguments: u32,
    pub options: u32,
    pub files: u32,
}

/// What is wanted of a call besides its data.
pub const WHOLE: u32 = 1;
pub const FILE: u32 = 2;

/// A walk over pages.
pub struct PageWalk {
    pages: Pages,
    walk: Walk,
    sources: Sources,
}

impl PageWalk {
    /// Where the part of a page lies in the body of its reply.
    pub fn part(&mut self, reply: &Reply) -> Result<Range<usize>, Error> {
        let items = self.pages.received(reply)?;
        Ok(if self.walk == Walk::Items { items } else { reply.data.clone() })
    }
}

impl Core {
    /// Starts a call of an operation, or of a path where its number is zero.
    pub fn start(&mut self, client: u32, operation: u32, entropy: Entropy, texts: Texts, mode: u32, now: Now) -> Kind {
        let begun = self.invocation(operation, texts).and_then(|(mut invocation, sources)| {
            if mode & FILE != 0 {
                invocation.sink = Some(Arc::new(Beyond));
            }
            Ok((self.client(client)?.call(&invocation, entropy)?, sources))
        });
        let landing = if mode & WHOLE != 0 { Landing::Whole } else { Landing::Data };
        match begun {
            Ok((call, sources)) => self.launch(Flight::call(call, landing, sources), now),
            Err(error) => self.output.fail(&error),
        }
    }

    /// Starts a call for the token of a view.
    pub fn start_token(&mut self, client: u32, entropy: Entropy, options: u32, now: Now) -> Kind {
        let told = options::call(self.input.text(options));
        let call = told.and_then(|options| self.client(client)?.token(&options, entropy));
        self.start_call(call, Landing::Data, now)
    }

    /// Starts a call that takes no files.
    pub fn start_call(&mut self, call: Result<Call, Error>, landing: Landing, now: Now) -> Kind {
        match call {
            Ok(call) => self.launch(Flight::call(call, landing, Vec::new()), now),
            Err(error) => self.output.fail(&error),
        }
    }

    /// Begins a walk over pages, or over the items in them.
    pub fn start_walk(&mut self, client: u32, operation: u32, texts: Texts, items: bool) -> Kind {
        let walk = if items { Walk::Items } else { Walk::Pages };
        let begun = self.invocation(operation, texts).and_then(|(invocation, sources)| {
            let pages = Pages::new(&self.client(client)?, invocation, walk)?;
            Ok(PageWalk { pages, walk, sources })
        });
        match begun {
            Ok(walk) => {
                let number = self.add(Entry::Walk(Box::new(walk)));
                self.output.made(number)
            }
            Err(error) => self.output.fail(&error),
        }
    }

    /// Starts the call for the next page of a walk, if there is one.
    pub fn next_page(&mut self, walk: u32, entropy: Entropy, now: Now) -> Kind {
        let Some(known) = self.walk(walk) else { return Kind::Nothing };
        let (call, sources) = (known.pages.next_call(entropy), known.sources.clone());
        match call {
            None => Kind::Nothing,
            Some(Ok(call)) => self.launch(Flight::call(call, Landing::Page(walk), sources), now),
            Some(Err(error)) => self.output.fail(&error),
        }
    }

    /// Makes a view of a client.
    pub fn view(&mut self, client: u32, derive: impl FnOnce(&Client, &mut Self) -> Result<Client, Error>) -> Kind {
        let view = self.client(client).and_then(|client| derive(&client, self));
        self.add_client(view)
    }

    /// Gives a client its number.
    pub fn add_client(&mut self, client: Result<Client, Error>) -> Kind {
        match client {
            Ok(client) => {
                let number = self.add(Entry::Client(client));
                self.output.made(number)
            }
            Err(error) => self.output.fail(&error),
        }
    }

    fn invocation(&mut self, operation: u32, texts: Texts) -> Result<(Invocation, Sources), Error> {
        let json = self.input.text(texts.arguments).to_owned();
        let options = options::call(self.input.text(texts.options))?;
        let listed = self.input.text(texts.files).to_owned();
        let files = arguments(&listed, &mut self.input);
        let sources = sources(&files);
        let target = match operation {
            0 => Target::Path(path_call(&json, files)?),
            number => Target::Operation(catalog::operation(number)?, Arguments { json, files }),
        };
        Ok((Invocation { target, options, style: Style::Camel, sink: None, offset: 0 }, sources))
    }
}

/// A call of a path as the TypeScript writes it.
fn path_call(text: &str, files: Vec<FileArgument>) -> Result<PathCall, Error> {
    let requested = Value::read(text).unwrap_or_default();
    let own = |name| requested.get(name).filter(|value| value.json() != "null");
    let text = |name| own(name).map(|value| value.as_text());
    let (Some(method), Some(path)) = (text("method"), text("path")) else {
        return Err(Error::argument("the request cannot be read").with_remedy("pass method and path as strings"));
    };
    let part = |name| own(name).map(|part| part.json().to_owned()).unwrap_or_default();
    let (path_params, query, body) = (part("pathParams"), part("query"), part("body"));
    Ok(PathCall { method, path, path_params, query, body, token: text("token"), files })
}
