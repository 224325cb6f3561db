"""Tokens in a file or in a store of the user's own: shared by clients and processes, renewed once, never in a log."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
import threading

import pytest

import larkspur


class Shelf:
    """A store of the user's own, with a number as version."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[bytes, int]] = {}
        self.versions = 0
        self.lock = threading.Lock()
        self.asked: list[str] = []

    def load(self, key):
        self.asked.append("load")
        return self.values.get(key)

    def swap(self, key, expected_version, value, ttl):
        self.asked.append("swap")
        assert type(value) is bytes and type(ttl) is int and ttl > 0
        with self.lock:
            found = self.values.get(key)
            if (found and found[1]) != expected_version:
                return False
            self.versions += 1
            self.values[key] = (value, self.versions)
            return True


class AsyncShelf(Shelf):
    async def load(self, key):
        await asyncio.sleep(0)
        return super().load(key)

    async def swap(self, key, expected_version, value, ttl):
        await asyncio.sleep(0)
        return super().swap(key, expected_version, value, ttl)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokens"


def test_two_clients_of_one_file_ask_for_one_token(app, path):
    for _ in range(2):
        with app.client(token_store=larkspur.FileStore(path)) as client:
            client.im.v1.chat.list()
    assert app.token_requests() == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [entry] = json.loads(path.read_text())["entries"]
    record = json.loads(entry["value"])
    assert record["v"] == 1 and record["token"]["value"].startswith("t-") and "lease" not in record


def test_a_file_and_a_memory_store_show_where_they_are_and_no_token(app, path):
    store = larkspur.FileStore(str(path))
    app.client(token_store=store).im.v1.chat.list()
    assert repr(store) == f'larkspur.FileStore("{path}")' and store.path == path
    assert repr(larkspur.MemoryStore()) == "larkspur.MemoryStore()"


def test_a_memory_store_is_what_a_client_has_anyway(app):
    with app.client(token_store=larkspur.MemoryStore()) as client:
        client.im.v1.chat.list()
        client.im.v1.chat.list()
    assert app.token_requests() == 1


def test_a_store_of_ones_own_is_asked_once_a_renewal(app):
    shelf = Shelf()
    for _ in range(2):
        with app.client(token_store=shelf) as client:
            client.im.v1.chat.list()
            client.im.v1.chat.list()
    assert app.token_requests() == 1
    assert shelf.asked == ["load", "swap", "load", "swap", "load"]
    [key] = shelf.values
    assert key == f"{app.url}|{app.id}|tenant"


def test_a_store_with_coroutines_serves_async_clients(app):
    async def run(store):
        async with app.async_client(token_store=store) as client, app.async_client(token_store=store) as other:
            await asyncio.gather(*(view.im.v1.chat.list() for view in (client, other, client, other)))

    asyncio.run(run(AsyncShelf()))
    assert app.token_requests() == 1
    asyncio.run(run(Shelf()))
    assert app.token_requests() == 2


def test_a_coroutine_is_refused_where_nobody_awaits_it(app, caplog):
    app.client(token_store=AsyncShelf()).im.v1.chat.list()
    assert "it is asynchronous; give it to AsyncClient" in caplog.text


@pytest.mark.parametrize("broken", ["load", "swap"])
def test_a_store_that_raises_is_logged_and_the_call_goes_on(app, caplog, broken):
    class Broken(Shelf):
        pass

    def fail(*_):
        raise OSError("the disk is full")

    setattr(Broken, broken, fail)
    with app.client(token_store=Broken()) as client:
        assert client.im.v1.chat.list()["items"] == []
        assert client.im.v1.chat.list()["items"] == []
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.name == "larkspur" and "the disk is full" in record.getMessage()
    assert app.token_requests() == 1


def test_a_file_of_something_else_is_logged_and_stays(app, path, caplog):
    path.write_text("my thesis")
    app.client(token_store=larkspur.FileStore(path)).im.v1.chat.list()
    assert "holds something else than tokens" in caplog.text and path.read_text() == "my thesis"


def test_a_store_answers_in_the_wrong_shape(app, caplog):
    shelf = Shelf()
    shelf.load = lambda key: "t-secret"
    app.client(token_store=shelf).im.v1.chat.list()
    assert "load returned a str instead of (bytes, version)" in caplog.text and "t-secret" not in caplog.text


def test_a_refused_token_of_the_store_is_renewed_once(app):
    shelf = Shelf()
    app.client(token_store=shelf).im.v1.chat.list()
    app.post("tokens/expire")
    for _ in range(2):
        app.client(token_store=shelf).im.v1.chat.list()
    assert app.token_requests() == 2


def test_a_token_of_the_store_that_is_dead_too_fails_no_call(app):
    shelf = Shelf()
    client, other = app.client(token_store=shelf), app.client(token_store=shelf)
    client.im.v1.chat.list()
    app.post("tokens/expire")
    other.im.v1.chat.list()
    app.post("tokens/expire")
    client.im.v1.chat.list()
    assert app.token_requests() == 3


def test_what_is_no_store_is_refused(app):
    with pytest.raises(larkspur.ConfigError, match=r"token_store is a dict; pass larkspur\.FileStore"):
        app.client(token_store={})
    with pytest.raises(larkspur.ConfigError, match="token_store and token_provider are both there"):
        app.client(token_store=Shelf(), token_provider=lambda _: "t-1")


def test_tokens_go_from_one_client_to_another(app):
    client = app.client()
    client.im.v1.chat.list()
    saved = client.export_tokens()
    other = app.client()
    assert other.import_tokens(saved) == 1
    other.im.v1.chat.list()
    assert app.token_requests() == 1
    stranger = larkspur.Client(f"{app.id}_x", "secret", base_url=app.url)
    assert stranger.import_tokens(saved) == 0
    with pytest.raises(larkspur.ConfigError, match="no export of tokens") as raised:
        other.import_tokens("t-secret")
    assert "t-secret" not in str(raised.value)
