//! What goes wrong, told the same way in every language.

mod json;

use std::fmt;
use std::time::Duration;

use crate::http::Headers;

/// A failed call: which class, what was called, what the platform or the transport says, what to do.
///
/// `Display` is one short line. Nothing in it is secret.
#[derive(Clone)]
pub struct Error(Box<Failure>);

/// The parts of an [`Error`].
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which exception a language raises.
    pub class: Class,
    /// What happened, in one line without a full stop.
    pub reason: String,
    /// What to do about it, if that is known.
    pub remedy: Option<String>,
    /// What was called, in the caller's spelling, or method and path template.
    pub operation: Option<String>,
    /// How many requests the call sent, those for tokens not counted.
    pub attempts: u32,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long to wait before that, if the platform says so.
    pub retry_after: Option<Duration>,
    /// Where the user signs in again, of [`Class::ReauthorizationRequired`].
    #[cfg(feature = "oauth")]
    pub authorize_url: Option<String>,
    /// How to get the permission that is missing, of [`Class::PermissionDenied`].
    #[cfg(feature = "about")]
    pub application: Option<Application>,
    /// The answer behind the error, if one came.
    pub answer: Option<Answer>,
}

/// How to get a permission.
#[cfg(feature = "about")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The page of the developer console where one applies for it.
    pub url: String,
    /// The text that the console imports: of the scopes of which any one is enough, the one that allows least.
    pub import_text: String,
}

/// What the platform answered when it refused.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The platform's code; zero when the body was no envelope.
    pub code: i64,
    /// The platform's message, or the first bytes of a body that is no envelope.
    pub msg: String,
    /// The log id to quote to the platform's support.
    pub log_id: Option<String>,
    /// The page that explains the error.
    pub troubleshooter: Option<String>,
    /// The arguments that the platform refused.
    pub field_violations: Vec<FieldViolation>,
    /// The permissions that are missing, as the platform lists them.
    pub permission_violations: Vec<PermissionViolation>,
    /// The scopes to ask for, taken from the violations.
    pub missing_scopes: Vec<String>,
    /// Pages that help.
    pub helps: Vec<Help>,
    /// Further keys and values.
    pub details: Vec<(String, String)>,
    /// The raw JSON text of `data`, where the refusal has one.
    pub data: Option<String>,
}

/// An argument that the platform refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldViolation {
    /// The argument.
    pub field: String,
    /// Its value.
    pub value: String,
    /// What is wrong with it.
    pub description: String,
}

/// A permission that is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionViolation {
    /// The kind, such as `action_scope_required`.
    pub kind: String,
    /// The scope.
    pub scope: String,
    /// What the platform says of it.
    pub description: String,
    /// The page to ask for it.
    pub url: String,
}

/// A page that helps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// Its address.
    pub url: String,
    /// What it is about.
    pub description: String,
}

/// The classes of errors; each is one exception in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// An option of the client is missing or wrong, or the view cannot make this call.
    Config,
    /// The catalogue has no such operation.
    UnknownOperation,
    /// An argument is unknown, missing, or cannot be encoded.
    Argument,
    /// The connection broke.
    Transport,
    /// Time ran out.
    Timeout,
    /// No connection.
    Connect,
    /// The certificate or the handshake.
    Tls,
    /// An answer that is no envelope: a gateway's page.
    Http,
    /// An answer that cannot be read.
    Decode,
    /// The platform refused, and none of the classes below fits.
    Api,
    /// The app's or the user's credentials.
    Auth,
    /// The user must sign in again.
    ReauthorizationRequired,
    /// A scope or a right is missing.
    PermissionDenied,
    /// The platform refused an argument.
    InvalidRequest,
    /// What was asked for does not exist.
    NotFound,
    /// Too many calls.
    RateLimited,
    /// A daily or monthly allowance is used up.
    QuotaExceeded,
    /// The platform is busy or has a fault.
    Unavailable,
    /// The same idempotency key with other contents.
    IdempotencyConflict,
}

impl Class {
    /// The name of the exception: `RateLimited`, `ConfigError`, …
    pub const fn name(self) -> &'static str {
        match self {
            Class::Config => "ConfigError",
            Class::UnknownOperation => "UnknownOperation",
            Class::Argument => "ArgumentError",
            Class::Transport => "TransportError",
            Class::Timeout => "TimeoutError",
            Class::Connect => "ConnectError",
            Class::Tls => "TlsError",
            Class::Http => "HttpError",
            Class::Decode => "DecodeError",
            Class::Api => "ApiError",
            Class::Auth => "AuthError",
            Class::ReauthorizationRequired => "ReauthorizationRequired",
            Class::PermissionDenied => "PermissionDenied",
            Class::InvalidRequest => "InvalidRequest",
            Class::NotFound => "NotFound",
            Class::RateLimited => "RateLimited",
            Class::QuotaExceeded => "QuotaExceeded",
            Class::Unavailable => "Unavailable",
            Class::IdempotencyConflict => "IdempotencyConflict",
        }
    }
}

impl Error {
    /// Makes an error of a class with its reason.
    pub fn new(class: Class, reason: impl Into<String>) -> Self {
        Self(Box::new(Failure {
            class,
            reason: reason.into(),
            remedy: None,
            operation: None,
            attempts: 0,
            retryable: false,
            retry_after: None,
            #[cfg(feature = "oauth")]
            authorize_url: None,
            #[cfg(feature = "about")]
            application: None,
            answer: None,
        }))
    }

    /// An option is missing or wrong, or the view cannot make this call.
    pub fn config(reason: impl Into<String>) -> Self {
        Self::new(Class::Config, reason)
    }

    /// A call of a client that is closed.
    pub fn closed() -> Self {
        Self::config("the client is closed").with_remedy("make a new one")
    }

    /// An argument is unknown, missing, or cannot be encoded.
    pub fn argument(reason: impl Into<String>) -> Self {
        Self::new(Class::Argument, reason)
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// Says what was called, unless that is said already.
    #[must_use]
    pub fn of_operation(mut self, operation: &str) -> Self {
        self.0.operation.get_or_insert_with(|| operation.to_owned());
        self
    }

    /// Which exception a language raises.
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// All parts, to be changed.
    pub fn parts_mut(&mut self) -> &mut Failure {
        &mut self.0
    }

    /// The one line of `Display`.
    fn line(&self) -> String {
        let failure = &*self.0;
        let mut line = match &failure.operation {
            Some(operation) => format!("{operation}: {}", failure.reason),
            None => failure.reason.clone(),
        };
        if let Some(answer) = failure.answer.as_ref().filter(|answer| answer.code != 0) {
            line.push_str(&format!(" (code {})", answer.code));
        }
        if let Some(remedy) = &failure.remedy {
            line.push_str(&format!("; {remedy}"));
        }
        if let Some(log_id) = failure.answer.as_ref().and_then(|answer| answer.log_id.as_ref()) {
            line.push_str(&format!(" [log id {log_id}]"));
        }
        // A refused path, a file's name or a log id may hold a line break.
        line.replace(char::is_control, "\u{FFFD}")
    }
}

impl std::ops::Deref for Error {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

impl std::error::Error for Error {}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", self.class.name(), self.line())
    }
}
