"""Tokens in a Redis: shared by clients, encrypted if wanted, and no harm when it goes away."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import secrets
import time

import pytest
import redis_server
from test_tls import CERTIFICATE, FOLDER

import larkspur

KEY = secrets.token_bytes(32)
TLS = ["--port", "0", "--tls-port", "PORT", "--tls-auth-clients", "no"]
TLS += ["--tls-cert-file", str(CERTIFICATE), "--tls-key-file", str(FOLDER / "key.pem"), "--tls-ca-cert-file", str(CERTIFICATE)]


@pytest.fixture
def store(redis):
    return larkspur.RedisStore(redis)


def errors(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


def tokens(port: int) -> bytes:
    """Everything that lies in a Redis."""
    keys = redis_server.ask(port, "KEYS", "*").split(b"\r\n")[2::2]
    return b"".join(redis_server.ask(port, "GET", key.decode()) for key in keys)


def test_two_clients_of_one_redis_ask_for_one_token(app, redis):
    for _ in range(2):
        with app.client(token_store=larkspur.RedisStore(redis)) as client:
            client.im.v1.chat.list()
    assert app.token_requests() == 1


def test_asynchronous_clients_share_it_too(app, redis):
    async def run():
        async with (
            app.async_client(token_store=larkspur.RedisStore(redis)) as client,
            app.async_client(token_store=larkspur.RedisStore(redis)) as other,
        ):
            await asyncio.gather(*(view.im.v1.chat.list() for view in (client, other, client, other)))

    asyncio.run(run())
    assert app.token_requests() == 1


def test_prefixes_keep_fleets_apart(app, redis):
    for prefix in ("blue:", "green:", "blue:"):
        app.client(token_store=larkspur.RedisStore(redis, prefix=prefix)).im.v1.chat.list()
    assert app.token_requests() == 2


def test_a_value_is_swapped_only_for_the_version_that_was_seen(app, store):
    key = f"{app.id}|a"
    assert store.load(key) is None
    assert store.swap(key, None, b"1", 60) and not store.swap(key, None, b"2", 60)
    value, version = store.load(key)
    assert value == b"1" and not store.swap(key, "another", b"2", 60)
    assert store.swap(key, version, b"2", 60) and not store.swap(key, version, b"3", 60)
    value, later = store.load(key)
    assert value == b"2" and later != version
    assert store.swap(key, later, b"4", 0.02)
    time.sleep(0.1)
    assert store.load(key) is None and not store.swap(key, later, b"5", 60)


def test_a_key_encrypts_what_lies_there(app):
    with redis_server.running() as port:
        url = f"redis://127.0.0.1:{port}"
        for _ in range(2):
            app.client(token_store=larkspur.RedisStore(url, key=KEY)).im.v1.chat.list()
        token = app.client(token_store=larkspur.RedisStore(url, key=KEY)).token().value
        assert app.token_requests() == 1
        assert b"sealed:1:" in tokens(port) and token.encode() not in tokens(port)


@pytest.mark.parametrize("kind", ["redis", "file"])
@pytest.mark.parametrize(
    ("key", "complaint"),
    [(secrets.token_bytes(32), "its values were encrypted with another key"), (None, "its values are encrypted; pass the key")],
)
def test_who_lacks_the_key_goes_on_alone_and_changes_nothing(app, redis, tmp_path, caplog, kind, key, complaint):
    def store(key):
        return larkspur.RedisStore(redis, key=key) if kind == "redis" else larkspur.FileStore(tmp_path / "tokens", key=key)

    app.client(token_store=store(KEY)).im.v1.chat.list()
    with app.client(token_store=store(key)) as client:
        client.im.v1.chat.list()
        client.im.v1.chat.list()
    [message] = errors(caplog)
    assert complaint in message and app.token_requests() == 2
    app.client(token_store=store(KEY)).im.v1.chat.list()
    assert app.token_requests() == 2 and len(errors(caplog)) == 1


def test_calls_go_on_while_it_is_away_and_use_it_when_it_is_back_empty(app, caplog):
    with redis_server.running() as port:
        store = larkspur.RedisStore(f"redis://127.0.0.1:{port}")
        app.client(token_store=store).im.v1.chat.list()
        known = app.client(token_store=store)
        known.im.v1.chat.list()
    with known:
        known.im.v1.chat.list()
    assert app.token_requests() == 1 and errors(caplog) == []
    app.client(token_store=store).im.v1.chat.list()
    [message] = errors(caplog)
    assert f"redis://127.0.0.1:{port}/0 cannot be reached" in message and app.token_requests() == 2
    time.sleep(0.6)
    with redis_server.running(port=port):
        for _ in range(2):
            app.client(token_store=store).im.v1.chat.list()
        assert len(errors(caplog)) == 1 and app.token_requests() == 3


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own(app, store):
    def write(who: str) -> None:
        for number in range(200):
            value = f"{who}-{number}".encode()
            found = store.load(f"{app.id}|{who}")
            assert (found and found[0]) == (f"{who}-{number - 1}".encode() if number else None)
            assert store.swap(f"{app.id}|{who}", found and found[1], value, 60)

    store.load(app.id)
    child = multiprocessing.get_context("fork").Process(target=write, args=("child",))
    child.start()
    write("parent")
    child.join(20)
    assert child.exitcode == 0


def test_a_connection_that_broke_is_made_again_without_a_word(app, caplog):
    with redis_server.running() as port:
        store = larkspur.RedisStore(f"redis://127.0.0.1:{port}")
        app.client(token_store=store).im.v1.chat.list()
        assert redis_server.ask(port, "CLIENT", "KILL", "TYPE", "normal").startswith(b":")
        app.client(token_store=store).im.v1.chat.list()
    assert app.token_requests() == 1 and errors(caplog) == []


def test_a_password_opens_and_is_never_shown(app, caplog):
    with redis_server.running("--requirepass", "s3cret-pw") as port:
        good, bad, none = (f"redis://{user}127.0.0.1:{port}/2" for user in (":s3cret-pw@", "me:s3cret-no@", ""))
        for _ in range(2):
            app.client(token_store=larkspur.RedisStore(good)).im.v1.chat.list()
        assert app.token_requests() == 1 and errors(caplog) == []
        for url in (bad, none):
            app.client(token_store=larkspur.RedisStore(url)).im.v1.chat.list()
            assert "refuses" in errors(caplog)[-1]
    shown = caplog.text + repr(larkspur.RedisStore(good)) + larkspur.RedisStore(bad).url
    assert "s3cret" not in shown
    assert repr(larkspur.RedisStore(good)) == f'larkspur.RedisStore("redis://127.0.0.1:{port}/2", prefix="larkspur:")'


def test_tls_trusts_the_systems_authorities(app, caplog, monkeypatch):
    with redis_server.running(*TLS) as port:
        url = f"rediss://127.0.0.1:{port}"
        app.client(token_store=larkspur.RedisStore(url)).im.v1.chat.list()
        assert len(errors(caplog)) == 1 and "cannot be reached" in errors(caplog)[0] and "ertificate" in errors(caplog)[0]
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        for _ in range(2):
            app.client(token_store=larkspur.RedisStore(url)).im.v1.chat.list()
    assert len(errors(caplog)) == 1 and app.token_requests() == 2


def test_tls_trusts_an_authority_of_ones_own(app, caplog, tmp_path):
    with redis_server.running(*TLS) as port:
        for ca in (CERTIFICATE, str(CERTIFICATE), CERTIFICATE.read_bytes()):
            app.client(token_store=larkspur.RedisStore(f"rediss://127.0.0.1:{port}", ca=ca)).im.v1.chat.list()
    assert errors(caplog) == [] and app.token_requests() == 1
    with pytest.raises(larkspur.ConfigError, match="url has no TLS; pass rediss://"):
        larkspur.RedisStore("redis://127.0.0.1", ca=CERTIFICATE)
    with pytest.raises(larkspur.ConfigError, match="holds no certificate"):
        larkspur.RedisStore("rediss://127.0.0.1", ca=b"none")


def test_a_key_of_something_else_stays_and_is_told(app, redis, caplog):
    port = int(redis.rsplit(":", 1)[1])
    key = f"{app.url}|{app.id}|tenant"
    redis_server.ask(port, "SET", f"larkspur:{key}", "thesis")
    redis_server.ask(port, "RPUSH", f"list:{key}", "s3cret-thesis")
    for prefix, complaint in (("larkspur:", "holds something else than tokens; use another prefix"), ("list:", "refuses with WRONGTYPE")):
        app.client(token_store=larkspur.RedisStore(redis, prefix=prefix)).im.v1.chat.list()
        assert complaint in errors(caplog)[-1]
    assert redis_server.ask(port, "GET", f"larkspur:{key}") == b"$6\r\nthesis\r\n" and "thesis" not in caplog.text


def test_what_cannot_be_is_refused(tmp_path):
    with pytest.raises(larkspur.ConfigError, match="url is no address of a Redis; pass redis://") as raised:
        larkspur.RedisStore("http://:s3cret@h")
    assert "s3cret" not in str(raised.value)
    for make in (lambda key: larkspur.RedisStore("redis://h", key=key), lambda key: larkspur.FileStore(tmp_path / "t", key=key)):
        with pytest.raises(larkspur.ConfigError, match="key has 8 bytes; pass 32 random ones"):
            make(b"s3cret-8")


def test_no_token_shows(app, redis, caplog):
    caplog.set_level(logging.DEBUG)
    store = larkspur.RedisStore(redis)
    with app.client(token_store=store) as client:
        token = client.token().value
        app.post("tokens/expire")
        client.im.v1.chat.list()
        shown = caplog.text + repr(client) + repr(store) + repr(client.token())
    assert token.startswith("t-") and token not in shown and app.secret not in shown
