use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use larkspur_core::{Answer, Ask, BoxFuture, Class, Client, Options, Secret};
use larkspur_native::stream::channel;
use larkspur_native::{Asker, Interrupted, Moment, Native, NativeOptions, ProxyChoice};

use crate::support::*;

fn ok_server() -> Server {
    Server::start(|_, out| reply_ok(out))
}

fn run(native: &Native, client: &Client) -> Result<larkspur_core::Reply, larkspur_core::Error> {
    native.run(call(client, &invocation("POST", "/x")), &mut || true, None).unwrap()
}

#[test]
fn short_lived_threads_find_the_connection_of_their_forerunners() {
    let server = ok_server();
    let (native, client) = (native(), client(&server.url("")));
    for _ in 0..20 {
        thread::scope(|scope| {
            scope.spawn(|| run(&native, &client).unwrap());
        });
    }
    assert_eq!((server.connections(), server.requests()), (1, 20));
}

#[test]
fn threads_at_once_have_a_lane_each() {
    let server = ok_server();
    let (native, client, barrier) = (native(), client(&server.url("")), Barrier::new(16));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                barrier.wait();
                (0..25).for_each(|_| assert_eq!(run(&native, &client).unwrap().data(), br#"{"a":1}"#));
            });
        }
    });
    assert!(server.connections() <= 16 && server.requests() == 400, "{} connections", server.connections());
}

#[test]
fn a_lane_whose_connection_was_closed_meanwhile_dials_again() {
    let server = Server::start(|_, out| {
        reply_ok(out);
        Then::Close
    });
    let (native, client) = (native(), client(&server.url("")));
    for _ in 0..40 {
        run(&native, &client).unwrap();
        server.wait_open(0);
    }
    assert_eq!(server.requests(), 40);
}

#[test]
fn an_interrupted_call_closes_its_connection_and_the_next_one_works() {
    let server = Server::start(|heard, out| {
        if heard.connection == 0 {
            thread::sleep(Duration::from_secs(2));
        }
        reply_ok(out)
    });
    let (native, client) = (native(), client(&server.url("")));
    let began = Instant::now();
    let result = native.run(call(&client, &invocation("GET", "/x")), &mut || false, None);
    assert!(matches!(result, Err(Interrupted)), "{result:?}");
    assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
    run(&native, &client).unwrap();
}

#[test]
fn a_call_that_runs_out_of_time_closes_its_connection() {
    let server = Server::raw(|mut stream, _, _| {
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let (native, client) = (native(), client(&server.url("")));
    let mut invocation = invocation("GET", "/x");
    invocation.options.timeout = Some(Duration::from_millis(150));
    let error = native.run(call(&client, &invocation), &mut || true, None).unwrap().unwrap_err();
    assert_eq!(error.class(), Class::Timeout);
    assert!(server.wait_open(0) < Duration::from_millis(100));
}

#[test]
fn the_users_code_runs_outside_and_may_make_calls() {
    let server = Server::start(|heard, out| {
        if heard.path() == "/slow" {
            thread::sleep(Duration::from_millis(350));
        }
        reply_ok(out)
    });
    let (native, client) = (native(), client(&server.url("")));
    let (mut ticks, mut moments) = (0, Vec::new());
    let mut tick = || {
        ticks += 1;
        run(&native, &client).is_ok()
    };
    let mut watch = |note: larkspur_native::Note| {
        run(&native, &client).unwrap();
        moments.push((note.method, note.path, note.moment));
    };
    native.run(call(&client, &invocation("GET", "/slow")), &mut tick, Some(&mut watch)).unwrap().unwrap();
    assert!(ticks >= 3, "{ticks} ticks");
    let [request, response, done] = moments.as_slice() else { panic!("{moments:?}") };
    assert!(matches!(request, ("GET", path, Moment::Request { attempt: 1 }) if path == "/slow"), "{request:?}");
    assert!(matches!(response.2, Moment::Response { attempt: 1, status: Some(200), .. }), "{response:?}");
    assert!(matches!(done.2, Moment::Done { failed: None, status: Some(200), code: Some(0), attempts: 1, .. }), "{done:?}");
}

#[test]
fn a_download_is_read_while_its_call_runs_in_the_background() {
    let server = Server::start(|_, out| reply(out, "200 OK", "Content-Type: image/png\r\n", &vec![9; 3 << 20]));
    let (native, client) = (native(), client(&server.url("")));
    let (sink, incoming) = channel(0);
    let mut invocation = invocation("GET", "/x");
    invocation.sink = Some(sink);
    let (done, result) = std::sync::mpsc::channel();
    let started = native.spawn(call(&client, &invocation), None, move |result| done.send(result).unwrap());
    drop(invocation);
    assert!(started.is_ok());
    assert_eq!(incoming.head(&mut || true).unwrap().unwrap().status, 200);
    let mut length = 0;
    while let Some(chunk) = incoming.next(&mut || true).unwrap() {
        length += chunk.len() as u64;
    }
    assert_eq!((length, result.recv().unwrap().unwrap().sunk), (3 << 20, Some(3 << 20)));
}

#[test]
fn a_cold_crowd_asks_the_provider_once_and_the_provider_may_make_calls() {
    struct Provider(Native, Client, AtomicUsize);
    impl Asker for Provider {
        fn ask(&self, _: Ask) -> BoxFuture<Answer> {
            self.2.fetch_add(1, Ordering::SeqCst);
            let (native, client) = (self.0.clone(), self.1.clone());
            let own_call = tokio::task::spawn_blocking(move || run(&native, &client).unwrap());
            Box::pin(async {
                own_call.await.unwrap();
                Answer::Token { token: Secret::new("t-1"), expires_at: None }
            })
        }
    }
    let server = ok_server();
    let provider = Arc::new(Provider(native(), client(&server.url("")), AtomicUsize::new(0)));
    let options = NativeOptions { proxy: ProxyChoice::None, ..NativeOptions::default() };
    let native = Native::new(&options, Some(provider.clone())).unwrap();
    let client = Client::new(Options { base_url: server.url(""), has_token_provider: true, ..Options::default() }).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut invocation = invocation("GET", "/x");
                if let larkspur_core::Target::Path(path) = &mut invocation.target {
                    path.token = None;
                }
                native.run(call(&client, &invocation), &mut || true, None).unwrap().unwrap();
            });
        }
    });
    assert_eq!((provider.2.load(Ordering::SeqCst), server.requests()), (1, 8 + 1));
}

#[test]
fn a_closed_client_says_so_and_holds_no_connection() {
    let server = ok_server();
    let (native, client) = (native(), client(&server.url("")));
    run(&native, &client).unwrap();
    native.clone().close();
    server.wait_open(0);
    assert_eq!(run(&native, &client).unwrap_err().to_string(), "POST /x: the client is closed; make a new one");
    let spawned = native.spawn(call(&client, &invocation("GET", "/x")), None, |_| {});
    assert_eq!(spawned.unwrap_err().class(), Class::Config);
}
