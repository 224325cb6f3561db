"""Store apps: a ticket, the app's token, and a view for each tenant."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import larkspur


@pytest.fixture
def store_app(app):
    app.post("apps", store=True)
    return app


def paths(app) -> list[str]:
    return [request["path"].rpartition("/")[2] for request in app.requests()]


def test_each_tenant_has_a_token_of_its_own(store_app):
    with store_app.client(app_type="store") as client:
        client.set_app_ticket("ticket-1")
        for tenant in ("one", "two", "one"):
            client.for_tenant(tenant).im.v1.chat.list()
    assert paths(store_app) == ["app_access_token", "tenant_access_token", "chats", "tenant_access_token", "chats", "chats"]
    labels = [request["token"]["label"] for request in store_app.calls()]
    assert labels == ["tenant#1", "tenant#2", "tenant#1"]


def test_the_ticket_comes_as_an_event(store_app):
    client, events = store_app.client(app_type="store"), []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            event = self.rfile.read(int(self.headers["content-length"])).decode()
            client.set_app_ticket(event)
            events.append(json.loads(event))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Nothing: pytest has its own."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server, client:
        store_app.post("apps", ticket="ticket-7", ticket_url=f"http://127.0.0.1:{server.server_port}/events")
        served = threading.Thread(target=server.handle_request)
        served.start()
        client.for_tenant("one").im.v1.chat.list()
        served.join()
    assert paths(store_app) == ["resend", "app_access_token", "tenant_access_token", "chats"]
    [event] = events
    assert (event["type"], event["event"]["type"], event["event"]["app_id"]) == ("event_callback", "app_ticket", store_app.id)


def test_a_call_waits_for_the_ticket_that_it_asked_for(store_app):
    client = store_app.client(app_type="store")

    def push():
        while "resend" not in paths(store_app):
            time.sleep(0.01)
        client.set_app_ticket("ticket-1")

    pushing = threading.Thread(target=push)
    pushing.start()
    client.for_tenant("one").im.v1.chat.list()
    pushing.join()
    assert paths(store_app) == ["resend", "app_access_token", "tenant_access_token", "chats"]


def test_the_asynchronous_client_does_so_too(store_app):
    async def run():
        async with store_app.async_client(app_type="store") as client:
            calls = [asyncio.ensure_future(client.for_tenant(tenant).im.v1.chat.list()) for tenant in ("one", "two")]
            while "resend" not in paths(store_app):
                await asyncio.sleep(0.01)
            client.set_app_ticket("ticket-1")
            await asyncio.gather(*calls)

    asyncio.run(run())
    assert paths(store_app).count("resend") == 1 and paths(store_app).count("tenant_access_token") == 2


def test_a_ticket_that_does_not_come_is_named(store_app):
    client = store_app.client(app_type="store", max_wait=0.5)
    with pytest.raises(larkspur.AuthError, match=r"no app ticket has come within max_wait \(0.5 s\); receive the app_ticket event"):
        client.for_tenant("one").im.v1.chat.list()


def test_an_old_ticket_is_replaced(store_app):
    client = store_app.client(app_type="store", max_wait=5)
    client.set_app_ticket("old-secret")
    pushing = threading.Timer(0.3, client.set_app_ticket, ["ticket-1"])
    pushing.start()
    client.for_tenant("one").im.v1.chat.list()
    pushing.join()
    assert paths(store_app) == ["app_access_token", "resend", "app_access_token", "tenant_access_token", "chats"]


def test_stores_keep_tenants_apart(store_app, tmp_path):
    for _ in range(2):
        client = store_app.client(app_type="store", token_store=larkspur.FileStore(tmp_path / "tokens"))
        client.set_app_ticket("ticket-1")
        for tenant in ("a|b", "a%7Cb"):
            client.for_tenant(tenant).im.v1.chat.list()
    assert paths(store_app).count("tenant_access_token") == 2 and paths(store_app).count("app_access_token") == 1


def test_a_ticket_serves_all_processes_of_a_store(store_app, tmp_path):
    for tickets in (["ticket-1"], [], []):
        client = store_app.client(app_type="store", token_store=larkspur.FileStore(tmp_path / "tokens"))
        for ticket in tickets:
            client.set_app_ticket(ticket)
        client.for_tenant("one").im.v1.chat.list()
        store_app.post("tokens/expire")
    assert paths(store_app).count("app_access_token") == 3 and "resend" not in paths(store_app)


def test_a_provider_is_told_the_tenant(app):
    asked = []

    def provide(wanted):
        asked.append((wanted["kind"], wanted["tenant_key"]))
        return app.post("users/token")["token"]

    client = app.client(token_provider=provide)
    client.for_tenant("one").im.v1.chat.list()
    assert asked == [("tenant", "one")]


def test_what_does_not_fit_is_refused(app):
    store, own = app.client(app_type="store"), app.client()
    with pytest.raises(larkspur.ConfigError, match=r"needs a tenant; client\.for_tenant"):
        store.im.v1.chat.list()
    with pytest.raises(larkspur.ConfigError, match="a self-built app has one tenant only"):
        own.for_tenant("one")
    with pytest.raises(larkspur.ConfigError, match="a self-built app has no ticket"):
        own.set_app_ticket("ticket-1")
    with pytest.raises(larkspur.ConfigError, match='app_type is "isv"; pass self_built or store'):
        app.client(app_type="isv")
    assert repr(store.for_tenant("one")).endswith("as tenant>")
