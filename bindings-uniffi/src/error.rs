//! What goes wrong, with everything that the platform said about it.

use std::collections::HashMap;

use larkspur_core::error::{self, Answer};

/// A call that failed, or was ended by its own [`CancelToken`](crate::CancelToken).
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum FfiError {
    /// It failed.
    #[error("{}", reason.line)]
    Failed {
        /// With what.
        reason: Reason,
    },
    /// It was cancelled; languages have their own word for that.
    #[error("the call was cancelled")]
    Cancelled,
}

/// Why a call failed. Nothing in it is secret.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Reason {
    /// The class: `ConfigError`, `UnknownOperation`, `ArgumentError`, `TransportError`, `TimeoutError`, `ConnectError`, `TlsError`, `HttpError`,
    /// `DecodeError`, `ApiError`, `AuthError`, `ReauthorizationRequired`, `PermissionDenied`, `InvalidRequest`, `NotFound`, `RateLimited`,
    /// `QuotaExceeded`, `Unavailable` or `IdempotencyConflict`.
    pub category: String,
    /// One short line for a person: what was called, what happened, what to do, the log id.
    pub line: String,
    /// What was called, or method and path.
    pub operation: Option<String>,
    /// How many requests the call sent, those for tokens not counted.
    pub attempts: u32,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long to wait before that in milliseconds, if the platform says so.
    pub retry_after_ms: Option<u64>,
    /// The page to send the user to, where the user must sign in again.
    pub authorize_url: Option<String>,
    /// The page of the developer console where one applies for the permission that is missing.
    pub apply_url: Option<String>,
    /// The text that the console imports: the scope that allows least.
    pub import_text: Option<String>,
    /// The answer behind the error, if one came.
    pub refusal: Option<Refusal>,
}

/// What the platform answered when it refused.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The headers by their names in lower case, without cookies.
    pub headers: HashMap<String, String>,
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
    pub details: HashMap<String, String>,
    /// The JSON text of `data`, where the refusal has one.
    pub data: Option<String>,
}

/// An argument that the platform refused.
#[derive(Clone, Debug, uniffi::Record)]
pub struct FieldViolation {
    /// The argument.
    pub field: String,
    /// Its value.
    pub value: String,
    /// What is wrong with it.
    pub description: String,
}

/// A permission that is missing.
#[derive(Clone, Debug, uniffi::Record)]
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
#[derive(Clone, Debug, uniffi::Record)]
pub struct Help {
    /// Its address.
    pub url: String,
    /// What it is about.
    pub description: String,
}

impl From<larkspur_core::Error> for FfiError {
    fn from(error: larkspur_core::Error) -> Self {
        Self::Failed { reason: Reason::of(&error) }
    }
}

impl Reason {
    fn of(error: &larkspur_core::Error) -> Self {
        let application = error.application.as_ref();
        Self {
            category: error.class().name().to_owned(),
            line: error.to_string(),
            operation: error.operation.clone(),
            attempts: error.attempts,
            retryable: error.retryable,
            retry_after_ms: error.retry_after.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
            authorize_url: error.authorize_url.clone(),
            apply_url: application.map(|it| it.url.clone()),
            import_text: application.map(|it| it.import_text.clone()),
            refusal: error.answer.as_ref().map(Refusal::of),
        }
    }
}

impl Refusal {
    fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers.shown().into_iter().collect(),
            code: answer.code,
            msg: answer.msg.clone(),
            log_id: answer.log_id.clone(),
            troubleshooter: answer.troubleshooter.clone(),
            field_violations: all(&answer.field_violations),
            permission_violations: all(&answer.permission_violations),
            missing_scopes: answer.missing_scopes.clone(),
            helps: all(&answer.helps),
            details: answer.details.iter().cloned().collect(),
            data: answer.data.clone(),
        }
    }
}

fn all<T: Clone, U: From<T>>(rows: &[T]) -> Vec<U> {
    rows.iter().cloned().map(U::from).collect()
}

impl From<error::FieldViolation> for FieldViolation {
    fn from(error::FieldViolation { field, value, description }: error::FieldViolation) -> Self {
        Self { field, value, description }
    }
}

impl From<error::PermissionViolation> for PermissionViolation {
    fn from(error::PermissionViolation { kind, scope, description, url }: error::PermissionViolation) -> Self {
        Self { kind, scope, description, url }
    }
}

impl From<error::Help> for Help {
    fn from(error::Help { url, description }: error::Help) -> Self {
        Self { url, description }
    }
}
