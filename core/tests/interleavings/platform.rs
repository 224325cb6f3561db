//! The platform as the schedules see it: it grants tokens, forgets them, refuses, is busy, or is not there.

use bytes::Bytes;
use larkspur_core::Now;
use larkspur_core::http::{Head, Headers, Received, Request, Response, TransportError, TransportKind};

use crate::random::Random;

/// Which faults a schedule knows; each is a chance in a hundred.
#[derive(Clone, Copy)]
pub struct Temper {
    pub refusal: usize,
    pub token_fault: usize,
    pub call_fault: usize,
    pub same_token: usize,
    /// The life of a token in seconds.
    pub life: u64,
}

/// A token as it was granted, and what its holder knows about it.
#[derive(Clone)]
pub struct Granted {
    pub name: String,
    /// The moment from which the client counts, which is when it asked.
    pub asked: Now,
    /// In seconds.
    pub life: u64,
    pub refused: bool,
}

#[derive(Default)]
pub struct Platform {
    pub granted: Vec<Granted>,
}

pub type Outcome = Result<Response, TransportError>;

impl Granted {
    /// Whether its holder must believe in it, by both clocks.
    pub fn holds(&self, now: Now) -> bool {
        let life = self.life * 1000;
        !self.refused && now.wall.0 < self.asked.wall.0 + life && now.mono.0 < self.asked.mono.0 + life
    }
}

impl Platform {
    pub fn is_token_request(request: &Request) -> bool {
        request.url.ends_with("/open-apis/auth/v3/tenant_access_token/internal")
    }

    /// The answer to a token request; gives the token that is in it.
    pub fn grant(&mut self, asked: Now, temper: &Temper, random: &mut Random) -> (Outcome, Option<usize>) {
        if random.percent(temper.token_fault) {
            return (token_fault(random), None);
        }
        let same = self.granted.last().filter(|_| random.percent(temper.same_token)).map(|token| token.name.clone());
        let name = same.unwrap_or_else(|| format!("t-{}", self.granted.len() + 1));
        let body = format!(r#"{{"code":0,"msg":"ok","tenant_access_token":"{name}","expire":{}}}"#, temper.life);
        self.granted.push(Granted { name, asked, life: temper.life, refused: false });
        (Ok(answer(200, &body)), Some(self.granted.len() - 1))
    }

    /// The answer to a call.
    pub fn call(&mut self, token: &str, temper: &Temper, random: &mut Random) -> Outcome {
        let is_refused = self.granted.iter().any(|granted| granted.name == token && granted.refused);
        if is_refused || random.percent(temper.refusal) {
            self.granted.iter_mut().filter(|granted| granted.name == token).for_each(|granted| granted.refused = true);
            return Ok(answer(400, r#"{"code":99991663,"msg":"Invalid access token for authorization."}"#));
        }
        if random.percent(temper.call_fault) {
            return call_fault(random);
        }
        Ok(answer(200, r#"{"code":0,"msg":"success","data":{}}"#))
    }
}

fn token_fault(random: &mut Random) -> Outcome {
    match random.below(5) {
        0 => Ok(answer(200, r#"{"code":10014,"msg":"app secret invalid"}"#)),
        1 => Ok(answer(503, "<html>")),
        2 => Ok(answer(200, r#"{"code":0,"msg":"ok"}"#)),
        3 => Err(TransportError::unsent(TransportKind::Connect, "connection refused")),
        _ => Err(TransportError::sent(TransportKind::Broken, "the connection broke")),
    }
}

fn call_fault(random: &mut Random) -> Outcome {
    match random.below(4) {
        0 => Ok(answer(503, "<html>")),
        1 => Ok(answer(429, r#"{"code":99991400,"msg":"request trigger frequency limit"}"#)),
        2 => Err(TransportError::unsent(TransportKind::Connect, "connection refused")),
        _ => Err(TransportError::sent(TransportKind::Broken, "the connection broke")),
    }
}

fn answer(status: u16, body: &str) -> Response {
    let head = Head { status, headers: Headers::from_iter([("Content-Type", "application/json")]) };
    Response { head, body: Received::Buffered(Bytes::copy_from_slice(body.as_bytes())) }
}
