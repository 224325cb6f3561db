//! One call that is about to be made, and walks over the pages of a list.

use std::sync::{Arc, Mutex};

use larkspur_core::catalog::Style;
use larkspur_core::message::Message;
use larkspur_core::{Bot, Call, CallOptions, Client, Device, Exchange, Pages, Reply, Walk as Over};
use larkspur_native::{entropy, lock, now};
use pyo3::prelude::*;

use crate::arguments::Given;
use crate::calls::{Shared, Task};
use crate::download::Download;
use crate::mailbox::{Address, Mailbox};
use crate::{decode, errors};

/// One call, made by one of its methods.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Invocation {
    pub client: Client,
    pub shared: Arc<Shared>,
    pub what: What,
}

/// What is called.
pub enum What {
    Call(Box<Given>),
    /// The token of the view.
    Token,
    /// A user signs in.
    Exchange(Exchange),
    /// A user is to sign in elsewhere.
    Device(Vec<String>),
    /// The program waits for that user.
    DeviceWait(Device),
    /// A user's tokens are taken back.
    Revoke(String),
    /// A page is signed for.
    Page(String),
    /// A custom bot sends.
    Bot(Bot, Message),
}

#[pymethods]
impl Invocation {
    /// The function that is told of progress.
    #[getter]
    fn on_progress(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &self.what {
            What::Call(given) => given.on_progress.as_ref().map(|function| function.clone_ref(py)),
            _ => None,
        }
    }

    /// Makes the call and returns `data`.
    fn run<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decode::data(py, &self.reply(py)?)
    }

    /// Makes the call and returns the whole answer.
    fn run_raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decode::raw(py, &self.reply(py)?)
    }

    /// Starts the call; its `data` comes into the mailbox.
    fn submit(&self, py: Python<'_>, mailbox: &Mailbox, ident: u64) -> PyResult<Task> {
        self.start(py, mailbox, ident, |py, reply| decode::data(py, &reply).map(Bound::unbind))
    }

    /// Starts the call; the whole answer comes into the mailbox.
    fn submit_raw(&self, py: Python<'_>, mailbox: &Mailbox, ident: u64) -> PyResult<Task> {
        self.start(py, mailbox, ident, |py, reply| decode::raw(py, &reply).map(Bound::unbind))
    }

    /// Begins a sign-in elsewhere.
    fn run_device(&self, py: Python<'_>) -> PyResult<WaitingDevice> {
        self.waiting(py, &self.reply(py)?)
    }

    /// Begins a sign-in elsewhere; the device comes into the mailbox.
    fn submit_device(&self, py: Python<'_>, mailbox: &Mailbox, ident: u64) -> PyResult<Task> {
        let begun = Self { client: self.client.clone(), shared: self.shared.clone(), what: What::Token };
        self.start(py, mailbox, ident, move |py, reply| Ok(Bound::new(py, begun.waiting(py, &reply)?)?.into_any().unbind()))
    }

    /// A walk over the items, or over the pages.
    #[pyo3(signature = (*, items))]
    fn walk(&self, py: Python<'_>, items: bool) -> PyResult<Walk> {
        let What::Call(given) = &self.what else { return Err(errors::argument(py, "has no pages")) };
        let over = if items { Over::Items } else { Over::Pages };
        let pages = Pages::new(&self.client, given.invocation.clone(), over).map_err(|error| errors::raise(py, &error))?;
        Ok(Walk { client: self.client.clone(), pages: Arc::new(Mutex::new(pages)), items, shared: self.shared.clone() })
    }

    /// Starts a download at a byte of the file; with a mailbox its loop serves the user's functions.
    #[pyo3(signature = (offset=0, mailbox=None))]
    fn download(&self, py: Python<'_>, offset: u64, mailbox: Option<&Mailbox>) -> PyResult<Download> {
        let What::Call(given) = &self.what else { return Err(errors::argument(py, "is no file")) };
        Download::start(py, &self.client, &self.shared, &given.invocation, offset, mailbox)
    }
}

impl Invocation {
    fn reply(&self, py: Python<'_>) -> PyResult<Reply> {
        let call = self.call(py)?;
        let reply = self.shared.run(py, call, &|py| self.tell_progress(py));
        self.tell_progress(py)?;
        reply
    }

    fn start(
        &self,
        py: Python<'_>,
        mailbox: &Mailbox,
        ident: u64,
        made: impl FnOnce(Python<'_>, Reply) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Task> {
        let address = || Address { inbox: mailbox.inbox.clone(), ident };
        if let What::Call(given) = &self.what
            && let Some(progress) = &given.progress
        {
            progress.send_to(address());
        }
        self.shared.submit(py, self.call(py)?, address(), made)
    }

    fn call(&self, py: Python<'_>) -> PyResult<Call> {
        self.shared.check_process(&self.client);
        let call = entropy().and_then(|entropy| match &self.what {
            What::Call(given) => self.client.call(&given.invocation, entropy),
            What::Token => self.client.token(&CallOptions::default(), entropy),
            What::Exchange(exchange) => self.client.exchange(exchange.clone(), &CallOptions::default(), entropy),
            What::Device(scopes) => self.client.device(scopes, &CallOptions::default(), entropy),
            What::DeviceWait(device) => self.client.device_wait(device, now(), &CallOptions::default(), entropy),
            What::Page(url) => self.client.jsapi_sign(url, Style::Snake, &CallOptions::default(), entropy),
            What::Bot(bot, message) => bot.send(message, now(), &CallOptions::default(), entropy),
            What::Revoke(key) => self.client.revoke(key, &CallOptions::default(), entropy),
        });
        call.map_err(|error| errors::raise(py, &error))
    }

    fn waiting(&self, py: Python<'_>, reply: &Reply) -> PyResult<WaitingDevice> {
        let device = Device::read(reply, now()).map_err(|error| errors::raise(py, &error))?;
        Ok(WaitingDevice { client: self.client.clone(), shared: self.shared.clone(), device })
    }

    fn tell_progress(&self, py: Python<'_>) -> PyResult<()> {
        let What::Call(given) = &self.what else { return Ok(()) };
        let Given { progress: Some(progress), on_progress: Some(function), .. } = &**given else { return Ok(()) };
        match progress.take() {
            Some((done, total)) => errors::harmless(py, function.call1(py, (done, total)), Some(function.bind(py))),
            None => Ok(()),
        }
    }
}

/// A sign-in that waits for its user.
#[pyclass(frozen, module = "larkspur._native")]
pub struct WaitingDevice {
    client: Client,
    shared: Arc<Shared>,
    device: Device,
}

#[pymethods]
impl WaitingDevice {
    #[getter]
    fn url(&self) -> &str {
        &self.device.url
    }

    #[getter]
    fn user_code(&self) -> &str {
        &self.device.user_code
    }

    /// In milliseconds since 1970.
    #[getter]
    fn expires(&self) -> u64 {
        self.device.expires.wall.0
    }

    /// A call that waits until the user has signed in.
    fn wait(&self) -> Invocation {
        Invocation { client: self.client.clone(), shared: self.shared.clone(), what: What::DeviceWait(self.device.clone()) }
    }
}

/// A walk over the pages of a list.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Walk {
    client: Client,
    pages: Arc<Mutex<Pages>>,
    items: bool,
    shared: Arc<Shared>,
}

#[pymethods]
impl Walk {
    /// The page token that is sent next.
    #[getter]
    fn resume_token(&self) -> Option<String> {
        lock(&self.pages).resume_token().map(str::to_owned)
    }

    /// The next page, or its items; `None` after the last.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(call) = self.call(py)? else { return Ok(None) };
        let reply = self.shared.run(py, call, &|_| Ok(()))?;
        received(py, &self.pages, &reply, self.items).map(Some)
    }

    /// Starts the call for the next page; the page, or its items, or `None` after the last, comes into the mailbox.
    fn submit(&self, py: Python<'_>, mailbox: &Mailbox, ident: u64) -> PyResult<Task> {
        let to = Address { inbox: mailbox.inbox.clone(), ident };
        let Some(call) = self.call(py)? else {
            to.inbox.post_done(ident, Box::new(|py| Ok(py.None())));
            return self.shared.start(py, async {});
        };
        let (pages, items) = (self.pages.clone(), self.items);
        self.shared.submit(py, call, to, move |py, reply| received(py, &pages, &reply, items).map(Bound::unbind))
    }
}

impl Walk {
    fn call(&self, py: Python<'_>) -> PyResult<Option<Call>> {
        self.shared.check_process(&self.client);
        let entropy = entropy().map_err(|error| errors::raise(py, &error))?;
        let pages = lock(&self.pages);
        pages.next_call(entropy).transpose().map_err(|error| errors::raise(py, &error))
    }
}

fn received<'py>(py: Python<'py>, pages: &Mutex<Pages>, reply: &Reply, items: bool) -> PyResult<Bound<'py, PyAny>> {
    let found = lock(pages).received(reply);
    let range = found.map_err(|error| errors::raise(py, &error))?;
    match reply.body.get(range).filter(|text| !text.is_empty()) {
        _ if !items => decode::data(py, reply),
        Some(text) => decode::json(py, text),
        None => Ok(pyo3::types::PyList::empty(py).into_any()),
    }
}
