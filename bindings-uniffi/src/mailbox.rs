//! Questions to what the app supplied. They wait here until the app's own loop takes them, so that no thread of the runtime ever runs its code.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larkspur_core::{Answer, Ask, BoxFuture, Secret, Stored, TokenWanted, Wall};
use larkspur_native::Asker;
use tokio::sync::{mpsc, oneshot};

use crate::store::{RedisStore, Script, StoredToken};

/// One question and the number under which it is answered.
#[derive(uniffi::Record)]
pub struct Asked {
    /// The number for [`Client::answer`](crate::Client::answer).
    pub id: u64,
    /// What is asked.
    pub question: Question,
}

/// What the app is asked.
#[derive(uniffi::Enum)]
pub enum Question {
    /// The token provider is asked for a token.
    Token {
        /// `tenant`, `app` or `user`.
        kind: String,
        /// The tenant, where the view has one.
        tenant_key: Option<String>,
        /// The user, where the view has one.
        user_key: Option<String>,
        /// `first`, `expired` or `refused`.
        reason: String,
    },
    /// The signer of an app without a secret is asked for a new assertion; it answers with `Token`.
    Assertion {
        /// The host that it is for: its claim `aud`.
        audience: String,
    },
    /// The token store is asked what it has under a key; it answers with `Loaded`.
    Load {
        /// Printable text without white space.
        key: String,
    },
    /// The token store puts a value in the place of the one that was loaded, if that is still there; it answers with `Swapped`.
    Swap {
        /// The key of `Load`.
        key: String,
        /// The version that was loaded; none: the store must have nothing, or nothing any more, under the key.
        expected: Option<String>,
        /// What is stored: text, which holds secrets.
        value: String,
        /// How many milliseconds it is of use; a store may forget it then.
        ttl_ms: u64,
    },
    /// The Redis through which a fleet shares its pace runs a script; it answers with `Ran`.
    Run {
        /// The script.
        script: Script,
    },
}

/// What the app answers.
#[derive(uniffi::Enum)]
pub enum Given {
    /// The provider's token, and when it expires in milliseconds since 1970, if the provider knows.
    Token {
        /// The token itself: a secret.
        token: String,
        /// The moment it expires.
        expires_at_ms: Option<i64>,
    },
    /// What the store has, if anything.
    Loaded {
        /// The value and its version.
        stored: Option<StoredToken>,
    },
    /// Whether the store took the value; `false`: another one has come in between.
    Swapped {
        /// Whether it did.
        was_stored: bool,
    },
    /// What the script gave.
    Ran {
        /// Its text.
        answer: String,
    },
    /// It failed, in one line; a token store that fails is left alone for a while, and the call goes on.
    Failed {
        /// With what.
        reason: String,
    },
}

/// The questions of one client.
pub(crate) struct Mailbox {
    sender: mpsc::UnboundedSender<Asked>,
    receiver: tokio::sync::Mutex<mpsc::UnboundedReceiver<Asked>>,
    open: Mutex<Open>,
    pacing: Option<Arc<RedisStore>>,
}

#[derive(Default)]
struct Open {
    last: u64,
    is_closed: bool,
    waiting: HashMap<u64, oneshot::Sender<Given>>,
}

impl Mailbox {
    /// An empty one, of a client that shares its pace through this store, if it does.
    pub(crate) fn new(pacing: Option<Arc<RedisStore>>) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, receiver: tokio::sync::Mutex::new(receiver), open: Mutex::default(), pacing }
    }

    /// The next question.
    pub(crate) async fn next(&self) -> Option<Asked> {
        self.receiver.lock().await.recv().await
    }

    /// Hands the answer to whoever asked; without effect when nobody waits for it any more.
    pub(crate) fn answer(&self, id: u64, given: Given) {
        let waiting = self.lock().waiting.remove(&id);
        waiting.map(|waiting| waiting.send(given));
    }

    /// Lets go of all questions: who asked is told that there is no answer.
    pub(crate) fn close(&self) {
        let mut open = self.lock();
        open.is_closed = true;
        open.waiting.clear();
    }

    /// What the app is asked.
    fn question(&self, ask: &Ask) -> Result<Question, String> {
        Ok(match ask.clone() {
            Ask::Token(TokenWanted { audience: Some(audience), .. }) => Question::Assertion { audience },
            Ask::Token(wanted) => Question::Token {
                kind: wanted.kind.to_owned(),
                tenant_key: wanted.tenant_key,
                user_key: wanted.user_key,
                reason: wanted.reason.to_owned(),
            },
            Ask::Load { key } => Question::Load { key },
            Ask::Swap { key, expected, value, ttl } => {
                let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
                Question::Swap { key, expected, value: value.reveal().to_owned(), ttl_ms }
            }
            Ask::LoadPace { .. } | Ask::SwapPace { .. } => {
                let store = self.pacing.as_ref().ok_or("there is none")?;
                Question::Run { script: store.script(ask)? }
            }
        })
    }

    fn post(&self, question: Question) -> oneshot::Receiver<Given> {
        let (sender, receiver) = oneshot::channel();
        let mut open = self.lock();
        if !open.is_closed {
            open.last += 1;
            let id = open.last;
            open.waiting.insert(id, sender);
            let _ = self.sender.send(Asked { id, question });
        }
        receiver
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asker for Mailbox {
    fn ask(&self, ask: Ask) -> BoxFuture<Answer> {
        let asked = self.question(&ask).map(|question| self.post(question));
        let pacing = self.pacing.clone();
        Box::pin(async move {
            let given = match asked {
                Ok(given) => given.await.unwrap_or_else(|_| failed("the client was closed before it answered")),
                Err(reason) => failed(&reason),
            };
            match (given, pacing) {
                (Given::Ran { answer }, Some(store)) => store.answer(&ask, &answer),
                (given, _) => given.into(),
            }
        })
    }
}

fn failed(reason: &str) -> Given {
    Given::Failed { reason: reason.to_owned() }
}

impl From<Given> for Answer {
    fn from(given: Given) -> Self {
        match given {
            Given::Token { token, expires_at_ms } => {
                let expires_at = expires_at_ms.map(|moment| Wall(u64::try_from(moment).unwrap_or_default()));
                Answer::Token { token: Secret::new(token), expires_at }
            }
            Given::Loaded { stored } => {
                Answer::Loaded(stored.map(|stored| Stored { value: Secret::new(stored.value), version: stored.version }))
            }
            Given::Swapped { was_stored } => Answer::Swapped(was_stored),
            Given::Ran { .. } => Answer::Failed("no script was asked for".into()),
            Given::Failed { reason } => Answer::Failed(reason),
        }
    }
}
