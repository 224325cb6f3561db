//! Questions to what the app supplied. They wait here until the app's own loop takes them, so that no thread of the runtime ever runs its code.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use larkspur_core::{Answer, Ask, BoxFuture, Secret, TokenWanted, Wall};
use larkspur_native::Asker;
use tokio::sync::{mpsc, oneshot};

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
    /// It failed, in one line.
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
}

#[derive(Default)]
struct Open {
    last: u64,
    is_closed: bool,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
}

impl Mailbox {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, receiver: tokio::sync::Mutex::new(receiver), open: Mutex::default() }
    }

    /// The next question.
    pub(crate) async fn next(&self) -> Option<Asked> {
        self.receiver.lock().await.recv().await
    }

    /// Hands the answer to whoever asked; without effect when nobody waits for it any more.
    pub(crate) fn answer(&self, id: u64, given: Given) {
        let waiting = self.lock().waiting.remove(&id);
        waiting.map(|waiting| waiting.send(given.into()));
    }

    /// Lets go of all questions: who asked is told that there is no answer.
    pub(crate) fn close(&self) {
        let mut open = self.lock();
        open.is_closed = true;
        open.waiting.clear();
    }

    fn post(&self, question: Question) -> oneshot::Receiver<Answer> {
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
        let Ask::Token(wanted) = ask else {
            return Box::pin(async { Answer::Failed("this library has no token store".into()) });
        };
        let answer = self.post(wanted.into());
        Box::pin(async { answer.await.unwrap_or_else(|_| Answer::Failed("the client was closed before it answered".into())) })
    }
}

impl From<TokenWanted> for Question {
    fn from(wanted: TokenWanted) -> Self {
        Question::Token {
            kind: wanted.kind.to_owned(),
            tenant_key: wanted.tenant_key,
            user_key: wanted.user_key,
            reason: wanted.reason.to_owned(),
        }
    }
}

impl From<Given> for Answer {
    fn from(given: Given) -> Self {
        match given {
            Given::Token { token, expires_at_ms } => {
                let expires_at = expires_at_ms.map(|moment| Wall(u64::try_from(moment).unwrap_or_default()));
                Answer::Token { token: Secret::new(token), expires_at }
            }
            Given::Failed { reason } => Answer::Failed(reason),
        }
    }
}
