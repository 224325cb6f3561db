//! One call that is to be made.

use std::sync::Arc;

use bytes::Bytes;
use larkspur_core::catalog::{Node, Operation, Style};
use larkspur_core::http::Piece;
use larkspur_core::message::Message;
use larkspur_core::{Arguments, Bot, Call, Client, Error, Exchange, PathCall, Secret};
use larkspur_native::stream::FileSource;
use larkspur_native::{entropy, now};

use crate::device::Device;
use crate::flight::CancelToken;
use crate::options::CallOptions;
use crate::upload::UploadStream;

/// One call: what is called, with which files, under which options.
#[derive(uniffi::Record)]
pub struct Invocation {
    /// What is called.
    pub target: Target,
    /// The files among the arguments.
    #[uniffi(default)]
    pub files: Vec<FileArgument>,
    /// What this call is told.
    #[uniffi(default)]
    pub options: Option<CallOptions>,
    /// What may end the call early.
    #[uniffi(default)]
    pub cancel: Option<Arc<CancelToken>>,
}

/// What is called. JSON texts are empty where there is nothing to say.
#[derive(uniffi::Enum)]
pub enum Target {
    /// An operation of the catalogue.
    Operation {
        /// Its name, `im.v1.message.create`.
        id: String,
        /// A JSON object with the arguments by wire name.
        arguments: String,
    },
    /// Any path of the platform.
    Path {
        /// The HTTP method.
        method: String,
        /// The path: it begins with `/`, and a segment `:name` is filled from the path parameters.
        path: String,
        /// A JSON object with the values of the path's parameters.
        path_params: String,
        /// A JSON object with the query.
        query: String,
        /// The JSON body, sent as it is; with files, the form's text parts.
        body: String,
        /// Which token goes with it: `tenant`, `user`, `app` or `none`; left out, the one that the view has.
        token: Option<String>,
    },
    /// The token of the view: `{"token", "expires_at"}`, the moment in milliseconds since 1970 or null.
    Token,
    /// The tokens of a user who has signed in, for the code that came back; the answer is the user:
    /// `{"key", "open_id", "expires_at", "refresh_expires_at", "scopes"}`, moments in milliseconds since 1970.
    SignIn {
        /// The code.
        code: String,
        /// Where it came to.
        redirect_uri: String,
        /// What [`Client::authorize`](crate::Client::authorize) gave.
        code_verifier: Option<String>,
    },
    /// The same, once the user of a device has signed in.
    DeviceSignIn {
        /// What [`Client::device`](crate::Client::device) gave.
        device: Arc<Device>,
    },
    /// The end of a user's tokens, at the platform and here.
    SignOut {
        /// The user's key.
        key: String,
    },
    /// The signature for a web page inside the platform's client: `{"appId", "timestamp", "nonceStr", "signature"}`.
    Page {
        /// The page's own address.
        url: String,
    },
    /// A message to the group of a custom bot; only for a client that is one.
    Message {
        /// `text`, `post`, …
        msg_type: String,
        /// The content as JSON text.
        content: String,
    },
}

/// A file among the arguments.
#[derive(uniffi::Record)]
pub struct FileArgument {
    /// The argument's wire name.
    pub name: String,
    /// The bytes, or where they are.
    pub content: Content,
    /// The file's own name; left out, the last part of its path.
    #[uniffi(default)]
    pub file_name: Option<String>,
}

/// The content of a file to upload.
#[derive(uniffi::Enum)]
pub enum Content {
    /// Bytes that are at hand.
    Bytes {
        /// All of them.
        bytes: Vec<u8>,
    },
    /// A file on disk, read while it is sent.
    Path {
        /// Its path.
        path: String,
    },
    /// Bytes that are written while they are sent.
    Stream {
        /// Where they are written.
        stream: Arc<UploadStream>,
    },
}

impl Invocation {
    /// The call as the core takes it.
    ///
    /// # Errors
    /// For what can be refused before the network is touched.
    pub(crate) fn call(self, client: &Client, bot: Option<&Bot>) -> Result<Call, Error> {
        let options = |options: Option<CallOptions>| options.unwrap_or_default().into();
        match self.target {
            Target::Operation { .. } | Target::Path { .. } => client.call(&self.core(client)?, entropy()?),
            Target::Token => client.token(&options(self.options), entropy()?),
            Target::SignIn { code, redirect_uri, code_verifier } => {
                let exchange = Exchange { code: Secret::new(code), redirect_uri, code_verifier: code_verifier.map(Secret::new) };
                client.exchange(exchange, &options(self.options), entropy()?)
            }
            Target::DeviceSignIn { device } => client.device_wait(&device.0, now(), &options(self.options), entropy()?),
            Target::SignOut { key } => client.revoke(&key, &options(self.options), entropy()?),
            Target::Page { url } => client.jsapi_sign(&url, Style::Camel, &options(self.options), entropy()?),
            Target::Message { msg_type, content } => {
                let bot = bot.ok_or_else(|| Error::config("this client is no custom bot"))?;
                bot.send(&Message { msg_type, content }, now(), &options(self.options), entropy()?)
            }
        }
    }

    /// What an operation or a path is called with.
    ///
    /// # Errors
    /// [`Class::UnknownOperation`](larkspur_core::Class) with the nearest name, for a file that is not there, and for what is neither.
    pub(crate) fn core(self, client: &Client) -> Result<larkspur_core::Invocation, Error> {
        let files = self.files.into_iter().map(FileArgument::core);
        let target = target(self.target, files, client.root())?;
        let options = self.options.unwrap_or_default().into();
        Ok(larkspur_core::Invocation { target, options, style: Style::Camel, sink: None, offset: 0 })
    }
}

fn target(
    target: Target,
    files: impl Iterator<Item = Result<larkspur_core::FileArgument, Error>>,
    root: Node,
) -> Result<larkspur_core::Target, Error> {
    Ok(match target {
        Target::Operation { id, arguments } => {
            let operation = Operation::find_below(root, &id).map_err(|unknown| unknown.error(root, Style::Camel))?;
            let files = files.collect::<Result<_, _>>().map_err(|error| error.of_operation(&operation.name(Style::Camel)))?;
            larkspur_core::Target::Operation(operation, Arguments { json: arguments, files })
        }
        Target::Path { method, path, path_params, query, body, token } => {
            let files = files.collect::<Result<_, _>>()?;
            larkspur_core::Target::Path(PathCall { method, path, path_params, query, body, files, token })
        }
        _ => return Err(Error::argument("what is neither an operation nor a path has no pages and is no file").with_remedy("call it")),
    })
}

impl FileArgument {
    fn core(self) -> Result<larkspur_core::FileArgument, Error> {
        let (content, own_name) = match self.content {
            Content::Bytes { bytes } => (Piece::Bytes(Bytes::from(bytes)), None),
            Content::Path { path } => {
                let source = FileSource::new(&path).map_err(|error| named(error, &self.name))?;
                let name = std::path::Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned());
                (Piece::Source(Arc::new(source)), name)
            }
            Content::Stream { stream } => (Piece::Source(stream.source().map_err(|error| named(error, &self.name))?), None),
        };
        Ok(larkspur_core::FileArgument { name: self.name, content, file_name: self.file_name.or(own_name) })
    }
}

fn named(mut error: Error, argument: &str) -> Error {
    let parts = error.parts_mut();
    parts.reason = format!("{argument}: {}", parts.reason);
    error
}
