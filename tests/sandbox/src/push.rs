//! Pushes of the platform to an app: the ticket of a store app.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use crate::app::App;
use crate::clock::Millis;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// One event on its way.
pub(crate) struct Push {
    url: String,
    body: String,
}

impl Push {
    /// The event with the app's ticket, if the app says where it goes.
    pub(crate) fn ticket(app: &mut App, now: Millis) -> Option<Push> {
        let url = app.settings.ticket_url.clone()?;
        let uuid = app.new_id("event");
        let event = json!({"app_id": app.id, "app_ticket": app.settings.ticket, "type": "app_ticket"});
        let body = json!({"ts": format!("{}.000", now / 1000), "uuid": uuid, "token": "sandbox", "type": "event_callback", "event": event});
        Some(Push { url, body: body.to_string() })
    }

    /// Sends it, once; who does not listen misses it.
    pub(crate) async fn send(self) {
        let _missed = self.try_send().await;
    }

    async fn try_send(self) -> Result<(), Failed> {
        let rest = self.url.strip_prefix("http://").ok_or("only http")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (mut sender, connection) = http1::handshake(TokioIo::new(TcpStream::connect(authority).await?)).await?;
        let driven = tokio::spawn(connection);
        let request = Request::post(if path.is_empty() { "/" } else { path })
            .header(HOST, authority)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Full::new(Bytes::from(self.body)))?;
        sender.send_request(request).await?;
        driven.abort();
        Ok(())
    }
}
