//! Custom bots.

use std::sync::Arc;

use larkspur_core::message::Message;
use larkspur_core::{Bot, Secret};
use larkspur_native::Native;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::ask::Functions;
use crate::calls::Shared;
use crate::core::native;
use crate::invocation::{Invocation, What};
use crate::watch::Hooks;
use crate::{errors, options};

/// The native side of a custom bot.
#[pyclass(frozen, module = "larkspur._native")]
pub struct BotCore {
    bot: Bot,
    shared: Arc<Shared>,
}

#[pymethods]
impl BotCore {
    #[new]
    fn new(py: Python<'_>, url: String, secret: Option<String>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let raise = |error| errors::raise(py, &error);
        let bot = Bot::new(&Secret::new(url), secret.map(Secret::new), options::client(options)?).map_err(raise)?;
        let native = Native::new(&native(options)?, None).map_err(raise)?;
        Ok(Self { bot, shared: Arc::new(Shared::new(native, Functions::of(options)?, Hooks::of(options)?)) })
    }

    /// A call that sends a message.
    fn send(&self, msg_type: String, content: String) -> Invocation {
        let what = What::Bot(self.bot.clone(), Message { msg_type, content });
        Invocation { client: self.bot.client().clone(), shared: self.shared.clone(), what }
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.shared.close());
    }
}
