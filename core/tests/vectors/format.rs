//! The vectors as they stand in `tests/vectors/*.json`; the README there says what each member means.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub type Strings = BTreeMap<String, String>;
/// What lies under each key: a record, or the text itself.
pub type Records = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    pub name: String,
    #[serde(default)]
    pub client: ClientPart,
    pub refused: Option<ErrorPart>,
    #[serde(default)]
    pub calls: Vec<CallPart>,
    #[serde(default)]
    pub exchange: Vec<Turn>,
    #[serde(default)]
    pub order: Order,
    #[serde(default)]
    pub waits: Vec<WaitPart>,
    #[serde(default)]
    pub jumps: Vec<Jump>,
    pub store: Option<StorePart>,
    /// The bare machine offers everything.
    #[serde(default, rename = "needs")]
    pub _needs: Vec<String>,
    pub only: Option<String>,
    pub in_browser: Option<ErrorPart>,
    pub because: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct ClientPart {
    pub app_id: Option<String>,
    pub app_secret: Option<String>,
    pub base_url: Option<String>,
    pub app_type: Option<String>,
    pub kind: Option<ClientKind>,
    pub user_key: Option<String>,
    pub plugin_token_type: Option<String>,
    pub check_user_rights: Option<bool>,
    pub idempotency: Option<bool>,
    pub pacing: Option<bool>,
    pub assertions: Option<Vec<String>>,
    pub helpdesk: Option<(String, String)>,
    pub timeout: Option<u64>,
    pub max_wait: Option<u64>,
    pub max_retries: Option<u32>,
    pub max_answer: Option<u64>,
    #[serde(default)]
    pub headers: Strings,
}

/// A family besides the open platform.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    Project,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallPart {
    pub at: Option<u64>,
    pub user: Option<String>,
    pub user_key: Option<String>,
    pub tenant: Option<String>,
    pub app_ticket: Option<String>,
    pub sign_in: Option<SignInPart>,
    pub device: Option<ScopesPart>,
    pub revoke: Option<String>,
    #[serde(default)]
    pub exports: bool,
    pub imports: Option<Value>,
    pub scopes: Option<WantedPart>,
    pub bot: Option<BotPart>,
    pub page: Option<String>,
    pub operation: Option<String>,
    pub request: Option<RequestPart>,
    #[serde(default)]
    pub view_token: bool,
    pub arguments: Option<Box<RawValue>>,
    pub message: Option<MessagePart>,
    #[serde(default)]
    pub files: BTreeMap<String, FilePart>,
    pub walk: Option<WalkPart>,
    pub download: Option<DownloadPart>,
    #[serde(default)]
    pub options: OptionsPart,
    pub result: ResultPart,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInPart {
    pub code: String,
    #[serde(default)]
    pub redirect_uri: String,
    pub code_verifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopesPart {
    pub scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotPart {
    pub path: String,
    pub secret: Option<String>,
}

/// What permissions are sought for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedPart {
    #[serde(default)]
    pub operations: Vec<String>,
    pub source: Option<String>,
    pub identity: Option<String>,
    #[serde(default)]
    pub fields: bool,
    pub granted: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestPart {
    pub method: String,
    pub path: String,
    pub path_params: Option<Box<RawValue>>,
    pub query: Option<Box<RawValue>>,
    pub body: Option<Box<RawValue>>,
    #[serde(default)]
    pub headers: Strings,
    pub token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagePart {
    pub kind: String,
    pub arguments: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePart {
    pub text: Option<String>,
    pub hex: Option<String>,
    pub name: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum WalkPart {
    Items,
    Pages,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DownloadPart {
    #[serde(default)]
    pub offset: u64,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct OptionsPart {
    pub timeout: Option<u64>,
    pub max_wait: Option<u64>,
    pub max_retries: Option<u32>,
    #[serde(default)]
    pub headers: Strings,
    pub idempotency_key: Option<String>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    #[default]
    Strict,
    Free,
}

/// A request that is expected, with its answer; or, in short, a token request with the token that is granted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    pub grants: Option<String>,
    #[serde(default)]
    pub kind: GrantKind,
    pub expire: Option<u64>,
    pub expect: Option<Expect>,
    pub answer: Option<AnswerPart>,
    #[serde(default)]
    pub takes: u64,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum GrantKind {
    #[default]
    Tenant,
    App,
    Plugin,
    Virtual,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub token: Option<Option<String>>,
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    pub text: Option<String>,
    pub fields: Option<Strings>,
    pub form: Option<Vec<Part>>,
    pub timeout: Option<u64>,
}

#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub name: String,
    pub text: Option<String>,
    pub hex: Option<String>,
    pub file_name: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerPart {
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: Strings,
    #[serde(default, deserialize_with = "present")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Box<RawValue>>,
    pub text: Option<String>,
    pub hex: Option<String>,
    pub breaks: Option<usize>,
    pub fails: Option<Failure>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    Connect,
    Unsent,
    Broken,
    Tls,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitPart {
    pub why: String,
    pub ms: Milliseconds,
    #[serde(default)]
    pub of_refresh: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
pub enum Milliseconds {
    Exactly(u64),
    Between(u64, u64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    pub at: u64,
    pub by: i64,
}

/// What lies in the token store before, meanwhile and after.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorePart {
    #[serde(default)]
    pub holds: Records,
    #[serde(default)]
    pub meanwhile: Vec<MeanwhilePart>,
    pub keeps: Option<Records>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanwhilePart {
    pub at: u64,
    #[serde(default)]
    pub puts: Records,
    #[serde(default)]
    pub has: Records,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct ResultPart {
    #[serde(default, deserialize_with = "present")]
    pub data: Option<Box<RawValue>>,
    pub token: Option<String>,
    pub user: Option<UserPart>,
    pub signed: Option<SignedPart>,
    pub exported: Option<Value>,
    pub imported: Option<usize>,
    #[serde(default)]
    pub undocumented: Vec<String>,
    #[serde(default)]
    pub conditional: Vec<String>,
    pub device: Option<DevicePart>,
    pub items: Option<Vec<Value>>,
    pub pages: Option<Vec<Value>>,
    pub file: Option<DownloadedPart>,
    pub reply: Option<ReplyPart>,
    pub error: Option<ErrorPart>,
    pub attempts: Option<u32>,
}

/// A user who has signed in; moments count from the beginning.
#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct UserPart {
    pub key: String,
    #[serde(default)]
    pub open_id: Option<String>,
    pub expires_in: u64,
    pub refresh_expires_in: Option<u64>,
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// What a page is signed for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedPart {
    pub ticket: String,
    pub url: String,
}

/// What is shown to a user who signs in elsewhere.
#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct DevicePart {
    pub url: String,
    pub user_code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DownloadedPart {
    pub text: Option<String>,
    pub hex: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub name: Option<Option<String>>,
    pub size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyPart {
    pub status: Option<u16>,
    pub code: Option<i64>,
    pub msg: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub log_id: Option<Option<String>>,
    #[serde(default)]
    pub headers: Strings,
    pub wide: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorPart {
    pub class: String,
    pub message: Option<String>,
    #[serde(default)]
    pub contains: Vec<String>,
    pub code: Option<i64>,
    pub status: Option<u16>,
    pub msg: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub log_id: Option<Option<String>>,
    pub url: Option<String>,
    pub apply_url: Option<String>,
    pub import_text: Option<String>,
    pub attempts: Option<u32>,
    pub retryable: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub retry_after: Option<Option<u64>>,
    pub missing_scopes: Option<Vec<String>>,
    pub troubleshooter: Option<String>,
    pub field_violations: Option<Vec<Strings>>,
    pub permission_violations: Option<Vec<Strings>>,
    pub helps: Option<Vec<Strings>>,
    pub details: Option<Strings>,
    #[serde(default, deserialize_with = "present")]
    pub data: Option<Value>,
}

impl Expect {
    /// The timeout, query and body of the standard token request.
    fn of_grant(kind: GrantKind) -> Self {
        Expect {
            method: "POST".into(),
            path: kind.path().into(),
            query: None,
            token: Some(None),
            headers: BTreeMap::from([("Content-Type".into(), Some("application/json; charset=utf-8".into()))]),
            json: Some(kind.body()),
            text: None,
            fields: None,
            form: None,
            timeout: None,
        }
    }
}

impl GrantKind {
    fn path(self) -> &'static str {
        match self {
            GrantKind::Tenant => "/open-apis/auth/v3/tenant_access_token/internal",
            GrantKind::App => "/open-apis/auth/v3/app_access_token/internal",
            GrantKind::Plugin | GrantKind::Virtual => "/open_api/authen/plugin_token",
        }
    }

    fn body(self) -> Value {
        match self {
            GrantKind::Tenant | GrantKind::App => json!({"app_id": "$app_id", "app_secret": "$app_secret"}),
            GrantKind::Plugin => json!({"plugin_id": "$app_id", "plugin_secret": "$app_secret", "type": 0}),
            GrantKind::Virtual => json!({"plugin_id": "$app_id", "plugin_secret": "$app_secret", "type": 1}),
        }
    }

    fn answer(self, token: &str, expire: u64) -> Value {
        match self {
            GrantKind::Tenant => json!({"code": 0, "msg": "ok", "tenant_access_token": token, "expire": expire}),
            GrantKind::App => json!({"code": 0, "msg": "ok", "app_access_token": token, "expire": expire}),
            GrantKind::Plugin | GrantKind::Virtual => {
                json!({"data": {"token": token, "expire_time": expire}, "error": {"code": 0, "msg": "success"}})
            }
        }
    }
}

impl Turn {
    /// Writes the short form of a token request out.
    pub fn spell_out(&mut self) {
        let Some(token) = self.grants.take() else { return };
        let body = self.kind.answer(&token, self.expire.unwrap_or(7200));
        self.expect = Some(Expect::of_grant(self.kind));
        self.answer = serde_json::from_str(&format!(r#"{{"json":{body}}}"#)).ok();
    }
}

impl AnswerPart {
    /// The bytes of the body.
    pub fn body(&self) -> Vec<u8> {
        match (&self.data, &self.json, &self.text, &self.hex) {
            (Some(data), ..) => format!(r#"{{"code":0,"msg":"success","data":{data}}}"#).into_bytes(),
            (_, Some(json), ..) => json.get().as_bytes().to_vec(),
            (_, _, Some(text), _) => text.as_bytes().to_vec(),
            (.., Some(hex)) => unhex(hex),
            _ => Vec::new(),
        }
    }
}

impl Milliseconds {
    pub fn hold(self, span: u64) -> bool {
        match self {
            Milliseconds::Exactly(exactly) => span == exactly,
            Milliseconds::Between(least, most) => (least..=most).contains(&span),
        }
    }
}

/// Bytes that are given as text or as hexadecimal digits.
pub fn bytes(text: &Option<String>, hex: &Option<String>) -> Vec<u8> {
    match (text, hex) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (_, Some(hex)) => unhex(hex),
        _ => Vec::new(),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).expect("hexadecimal digits")).collect()
}

fn ok() -> u16 {
    200
}

/// Tells `"member": null` from a member that is not there.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
