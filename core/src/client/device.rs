//! Users who sign in where they have a browser, for programs that have none (RFC 8628).

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::Client;
use super::oauth::with_renewal;
use crate::arguments::Prepared;
use crate::call::Call;
use crate::encode::{self, Object};
use crate::envelope::Expected;
use crate::error::{Class, Error};
use crate::http::{Headers, Method, Piece};
use crate::options::CallOptions;
use crate::plan::{Plan, Polling};
use crate::random::{Entropy, Random};
use crate::secret::Secret;
use crate::step::Reply;
use crate::time::{Mono, Now};

/// What the platform means where it does not say.
const LIFE: u64 = 240;
const INTERVAL: u64 = 5;

/// A sign-in that waits for its user.
#[derive(Clone, Debug)]
pub struct Device {
    /// The page where the user signs in, with the code in it where the platform says so.
    pub url: String,
    /// What the user types there.
    pub user_code: String,
    /// Until when.
    pub expires: Now,
    code: Secret,
    interval: Duration,
}

#[derive(Deserialize)]
struct Answer {
    device_code: Option<String>,
    #[serde(default)]
    user_code: String,
    verification_uri: Option<String>,
    verification_uri_complete: Option<String>,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

impl Device {
    /// Reads what [`Client::device`] was answered.
    ///
    /// # Errors
    /// [`Class::Decode`] for an answer without a code or a page.
    pub fn read(reply: &Reply, now: Now) -> Result<Self, Error> {
        let answer = serde_json::from_slice::<Answer>(reply.data()).ok();
        let found = answer.and_then(|answer| {
            let url = answer.verification_uri_complete.or(answer.verification_uri)?;
            Some(Self {
                url,
                user_code: answer.user_code,
                expires: now + Duration::from_secs(answer.expires_in.unwrap_or(LIFE)),
                code: Secret::new(answer.device_code.filter(|code| !code.is_empty())?),
                interval: Duration::from_secs(answer.interval.unwrap_or(INTERVAL)),
            })
        });
        found.ok_or_else(|| Error::new(Class::Decode, "the answer holds no device_code and page").of_operation("oauth.device"))
    }

    fn left(&self, now: Mono) -> Duration {
        self.expires.mono.since(now)
    }
}

impl Client {
    /// A call that begins the sign-in of a user elsewhere; [`Device::read`] makes of its reply what to show the user.
    ///
    /// # Errors
    /// [`Class::Argument`] for more than 50 scopes, or an option that cannot be; [`Class::Config`] for an app without a secret.
    pub fn device(&self, scopes: &[String], options: &CallOptions, entropy: Entropy) -> Result<Call, Error> {
        self.check_platform()?;
        let scope = with_renewal(scopes)?.join(" ");
        let app = &self.shared.options;
        if app.has_client_assertion {
            return Err(Error::config("a sign-in with a device's code needs an app secret").with_remedy("pass app_secret"));
        }
        let pair = encode::base64(format!("{}:{}", app.app_id, app.app_secret.reveal()).as_bytes());
        let mut prepared =
            post("/oauth/v1/device_authorization", encode::FORM, encode::form(&[("client_id", &app.app_id), ("scope", &scope)]));
        prepared.headers.push("Authorization", format!("Basic {pair}"));
        self.signing("oauth.device", prepared, None, options, entropy)
    }

    /// A call that waits until the user has signed in, keeps the tokens, and answers as [`Client::exchange`] does.
    ///
    /// It asks as often as the platform allows, and ends with the device's code. Waits that the user sees are no retries.
    ///
    /// # Errors
    /// [`Class::Argument`] for an option that cannot be.
    pub fn device_wait(&self, device: &Device, now: Now, options: &CallOptions, entropy: Entropy) -> Result<Call, Error> {
        let app = &self.shared.options;
        let mut body = Object::default();
        body.push_text("grant_type", Some("urn:ietf:params:oauth:grant-type:device_code"));
        body.push_text("device_code", Some(device.code.reveal()));
        body.push_text("client_id", Some(&app.app_id));
        body.push_text("client_secret", Some(app.app_secret.reveal()));
        let prepared = post("/open-apis/authen/v2/oauth/token", "application/json; charset=utf-8", body.finish());
        let left = device.left(now.mono).max(Duration::from_millis(1));
        let max_wait = Some(options.max_wait.map_or(left, |wait| wait.min(left)));
        let options = CallOptions { max_wait, ..options.clone() };
        self.signing("oauth.device.wait", prepared, Some(Polling { interval: device.interval }), &options, entropy)
    }

    fn signing(
        &self,
        name: &'static str,
        prepared: Prepared,
        polling: Option<Polling>,
        options: &CallOptions,
        entropy: Entropy,
    ) -> Result<Call, Error> {
        options.check()?;
        let plan = Plan {
            name: name.into(),
            template: prepared.path.clone().into(),
            prepared: Some(prepared),
            expected: Expected::new(true, None),
            // The page is asked for where users sign in, tokens where the operations are.
            on_accounts: polling.is_none(),
            polling,
            // A second device code harms nobody, and asking spends nothing.
            is_safe: true,
            ..Plan::default()
        };
        Ok(self.start(plan, options, Random::new(entropy)))
    }
}

fn post(path: &str, kind: &str, body: String) -> Prepared {
    let mut headers = Headers::new();
    headers.push("Content-Type", kind);
    Prepared { method: Method::Post, path: path.into(), headers, body: vec![Piece::Bytes(Bytes::from(body))], has_idempotency_key: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Head, Received, Request, Response};
    use crate::{Options, Outcome, Step};

    const PENDING: &str = r#"{"error":"authorization_pending"}"#;
    const SLOW: &str = r#"{"error":"slow_down"}"#;

    fn client() -> Client {
        Client::new(Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), ..Options::default() }).unwrap()
    }

    fn sent(step: Step) -> Request {
        let Step::Send(request) = step else { panic!("nothing is sent") };
        *request
    }

    fn answer(body: &str) -> Outcome {
        let head = Head { status: 400, headers: Headers::from_iter([("Content-Type", "application/json")]) };
        Outcome::Response(Response { head, body: Received::Buffered(Bytes::from(body.to_owned())) })
    }

    #[test]
    fn it_begins_where_users_sign_in_with_the_apps_pair() {
        let mut call = client().device(&["a:b".into()], &CallOptions::default(), Entropy([1; 32])).unwrap();
        let request = sent(call.resume(Now::new(1, 1), Outcome::Start));
        assert_eq!(request.url, "https://accounts.feishu.cn/oauth/v1/device_authorization");
        assert_eq!(request.headers.get("authorization"), Some("Basic Y2xpXzE6czNjcmV0"));
        assert!(!format!("{request:?}").contains("Y2xpXzE6czNjcmV0"));
        let Some(Piece::Bytes(body)) = request.body.first() else { panic!("no body") };
        assert_eq!(body.as_ref(), b"client_id=cli_1&scope=a%3Ab%20offline_access");
    }

    #[test]
    fn it_asks_where_tokens_are_and_slower_when_told() {
        let mut now = Now::new(1_760_000_000_000, 1000);
        let device = r#"{"device_code":"dc","user_code":"A","verification_uri":"https://v","expires_in":240,"interval":5}"#;
        let device = Device::read(&Reply::of_json(device.into()), now).unwrap();
        assert!(!format!("{device:?}").contains("dc"));
        let mut call = client().device_wait(&device, now, &CallOptions::default(), Entropy([1; 32])).unwrap();
        let mut outcome = Outcome::Start;
        for (says, expected) in [(PENDING, 5), (SLOW, 10), (PENDING, 10), (SLOW, 15), (SLOW, 20)] {
            assert_eq!(sent(call.resume(now, outcome)).url, "https://open.feishu.cn/open-apis/authen/v2/oauth/token");
            let Step::Wait { until, .. } = call.resume(now, answer(says)) else { panic!("it does not wait") };
            assert_eq!(until.since(now.mono), Duration::from_secs(expected));
            now = Now { wall: now.wall, mono: until };
            outcome = Outcome::Waited;
        }
        now.mono = device.expires.mono;
        let Step::Done(Err(error)) = call.resume(now, Outcome::Waited) else { panic!("it goes on") };
        assert_eq!(error.class(), Class::ReauthorizationRequired);
        assert!(error.to_string().starts_with("oauth.device.wait: nobody has signed in with this code in time"), "{error}");
    }
}
