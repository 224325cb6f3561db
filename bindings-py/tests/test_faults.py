"""Answers that are none, servers that stall, tokens that are refused: told clearly, resent where that is safe, and never for ever."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import larkspur
from larkspur import message

GET = "im.v1.chat.list"


def list_chats(client, **options):
    return client.im.v1.chat.list(**options)


def send(client, **options):
    return client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=message.text("hello"), **options)


@pytest.mark.parametrize(
    ("shape", "kind", "told"),
    [
        ({"html": 502}, larkspur.HttpError, "502"),
        ({"status": 500, "body": ""}, larkspur.HttpError, "500"),
        ({"body": "\x00\x01 garbage"}, larkspur.DecodeError, "JSON"),
        ({"body": '{"code":0,"data":' + "[" * 200 + "]" * 200 + "}"}, larkspur.DecodeError, "deep|level"),
        ({"body_base64": "eyJjb2RlIjowLCJkYXRhIjoi/yJ9"}, larkspur.DecodeError, "UTF-8"),
        ({"cut": "rst"}, larkspur.TransportError, "clos|reset|broke"),
        ({"cut": "fin", "after_bytes": 20}, larkspur.TransportError, "gzip|broke|closed"),
    ],
)
def test_broken_answers(app, shape, kind, told):
    with app.client(max_retries=0) as client:
        app.fault(operation=GET, times=0, then=shape)
        with pytest.raises(kind, match=told) as caught:
            list_chats(client)
        assert caught.value.operation == GET and caught.value.attempts == 1 and app.secret not in str(caught.value)


def test_a_number_of_ten_thousand_digits_is_refused(app, client):
    app.fault(operation=GET, then={"body": '{"code":0,"data":{"a":' + "7" * 10_000 + "}}"})
    with pytest.raises(larkspur.DecodeError, match="4300 digits"):
        list_chats(client)


def test_an_error_with_such_a_number_is_still_the_platforms(app, client):
    app.fault(operation=GET, times=0, then={"body": '{"code":230002,"msg":"not in the chat","data":{"a":' + "7" * 10_000 + "}}"})
    with pytest.raises(larkspur.ApiError) as caught:
        list_chats(client)
    assert (caught.value.code, caught.value.data) == (230002, None)


def test_a_huge_answer_is_refused(app, client):
    app.fault(operation=GET, times=0, then={"body_size": 100_000_000})
    with pytest.raises(larkspur.DecodeError, match="max_answer"):
        list_chats(client)
    small = app.client(max_answer=1000)
    app.fault(operation="im.v1.chat.search", times=0, then={"body_size": 2000})
    with pytest.raises(larkspur.DecodeError, match="max_answer"):
        small.im.v1.chat.search()


def test_a_stalled_server_is_a_timeout(app, client):
    for stall in ("head", "body"):
        app.fault(operation=GET, then={"stall": stall})
        start = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            list_chats(client, timeout=0.3, max_retries=0)
        assert isinstance(caught.value, larkspur.TimeoutError) and time.monotonic() - start < 2


def test_max_wait_bounds_the_whole_call(app, client):
    app.fault(operation=GET, times=0, then={"code": 99991400, "status": 429, "headers": {"x-ogw-ratelimit-reset": "30"}})
    start = time.monotonic()
    with pytest.raises(larkspur.RateLimited) as caught:
        list_chats(client, max_wait=2)
    assert caught.value.retry_after == 30 and time.monotonic() - start < 2


def test_a_closed_port_is_no_connection():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with larkspur.Client("cli_a", "s3cret", base_url=f"http://127.0.0.1:{port}", max_retries=0) as client:
        with pytest.raises(larkspur.ConnectError) as caught:
            list_chats(client)
        assert caught.value.retryable and "s3cret" not in str(caught.value)


def test_a_server_that_speaks_no_tls():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        with larkspur.Client("cli_a", "s", base_url=url, max_retries=0) as client, pytest.raises(larkspur.TlsError):
            list_chats(client)


def test_what_is_safe_is_sent_again(app, client):
    app.fault(operation=GET, times=2, then={"html": 502})
    assert client.im.v1.chat.list.raw().attempts == 3
    app.fault(operation="im.v1.message.create", then={"cut": "rst"})
    send(client)
    uuids = {request["body"]["text"].partition('"uuid":')[2] for request in app.calls() if request["method"] == "POST"}
    assert len(uuids) == 1


def test_a_429_is_waited_out(app, client):
    app.fault(operation=GET, then={"code": 99991400, "status": 429, "headers": {"x-ogw-ratelimit-reset": "1"}})
    start = time.monotonic()
    list_chats(client)
    assert 0.9 < time.monotonic() - start < 4


def test_64_cold_threads_make_one_token_request(app, client):
    with ThreadPoolExecutor(64) as pool:
        assert len(list(pool.map(lambda _: list_chats(client), range(64)))) == 64
    assert app.token_requests() == 1


def test_a_refused_token_is_renewed_once_for_everybody(app, client):
    list_chats(client)
    app.post("tokens/expire")
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda _: list_chats(client), range(64)))
    assert app.token_requests() == 2


def test_a_token_refused_for_ever_ends(app, client):
    app.fault(operation=GET, times=0, then={"refuse_token": True})
    with pytest.raises(larkspur.AuthError):
        list_chats(client)
    assert len(app.calls()) <= 2 and app.token_requests() <= 2


def test_a_wrong_secret_is_not_tried_again(app):
    app.post("apps", secret="right")
    with larkspur.Client(app.id, "wrong", base_url=app.url) as client, pytest.raises(larkspur.AuthError) as caught:
        list_chats(client)
    assert app.token_requests() == 1 and caught.value.operation == GET


def test_an_expired_token_is_renewed_in_silence(app, client):
    list_chats(client)
    app.post("clock", advance=7300)
    list_chats(client)
    assert app.token_requests() == 2


def test_a_connection_that_died_while_idle_costs_nothing(app, client):
    app.fault(operation=GET, times=0, then={"close_idle_ms": 50})
    for _ in range(4):
        assert client.im.v1.chat.list.raw().attempts == 1
        time.sleep(0.15)
