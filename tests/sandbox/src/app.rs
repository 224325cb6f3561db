//! Everything that belongs to one app. Apps share nothing but the directory of users, so each test takes an app id of its own.

use std::collections::{HashMap, VecDeque};

use crate::clock::Millis;
use crate::fault::{Script, Shape};
use crate::files::Files;
use crate::hook::Bot;
use crate::im::Chats;
use crate::limit::Limits;
use crate::oauth::SignIns;
use crate::project::Project;
use crate::push::Push;
use crate::tokens::Tokens;

/// The state of one app.
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) settings: Settings,
    /// How far the app's clock is ahead.
    pub(crate) ahead: Millis,
    pub(crate) tokens: Tokens,
    pub(crate) script: Option<Script>,
    pub(crate) limits: Limits,
    pub(crate) chats: Chats,
    pub(crate) files: Files,
    pub(crate) sign_ins: SignIns,
    pub(crate) project: Project,
    pub(crate) bot: Bot,
    /// What is to be pushed once the answer is decided.
    pub(crate) push: Option<Push>,
    counter: u64,
}

/// What `POST /__sandbox/apps` sets.
pub(crate) struct Settings {
    /// The right secret; any but `wrong` is accepted when it is absent.
    pub(crate) secret: Option<String>,
    /// Whether it is a store app, which works with tickets.
    pub(crate) store: bool,
    pub(crate) ticket: String,
    /// Where the ticket is pushed to.
    pub(crate) ticket_url: Option<String>,
    /// The life of a token in seconds.
    pub(crate) expire: u64,
    /// The life of a refresh token in seconds.
    pub(crate) refresh_expire: Option<u64>,
    pub(crate) missing_scopes: Vec<String>,
    /// The largest file that is accepted, in place of the documented limits.
    pub(crate) upload_limit: Option<u64>,
}

impl App {
    /// A fresh app.
    pub(crate) fn new(id: &str) -> App {
        App {
            id: id.to_owned(),
            settings: Settings::default(),
            ahead: 0,
            tokens: Tokens::default(),
            script: None,
            limits: Limits::default(),
            chats: Chats::default(),
            files: Files::default(),
            sign_ins: SignIns::default(),
            project: Project::default(),
            bot: Bot::default(),
            push: None,
            counter: 0,
        }
    }

    /// A new id that begins with `prefix`, the same in every run.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        crate::directory::id(prefix, &format!("{} {}", self.id, self.counter))
    }

    /// The next canned answer, when the app has a script that covers the request.
    pub(crate) fn scripted(&mut self, issues_tokens: bool) -> Option<Shape> {
        let script = self.script.as_mut().filter(|script| script.tokens || !issues_tokens)?;
        Some(script.answers.pop_front().unwrap_or_else(|| Shape::dry(&self.id)))
    }

    /// The answers that a script still holds.
    pub(crate) fn pending(&self) -> usize {
        self.script.as_ref().map_or(0, |script| script.answers.len())
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            secret: None,
            store: false,
            ticket: "ticket-1".to_owned(),
            ticket_url: None,
            expire: 7200,
            refresh_expire: None,
            missing_scopes: Vec::new(),
            upload_limit: None,
        }
    }
}

/// The apps by id.
pub(crate) type Apps = HashMap<String, App>;

/// Canned answers in order.
pub(crate) type Answers = VecDeque<Shape>;
