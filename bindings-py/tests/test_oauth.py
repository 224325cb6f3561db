"""Users who sign in: the page, the exchange, pairs that rotate, and the end of a sign-in."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

import larkspur

BACK = "https://app.example.com/cb?a=1"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def consent(url: str, user: str = "ou_1") -> dict[str, str]:
    """Does what the user's browser does; gives what comes back to the app."""
    try:
        urllib.request.build_opener(_Stay).open(f"{url}&sandbox_user={user}")
    except urllib.error.HTTPError as redirect:
        with redirect:
            assert redirect.status == 302
            back = redirect.headers["location"]
    assert back.startswith(BACK)
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))


def sign_in(client: larkspur.Client, user: str = "ou_1", **options):
    start = client.oauth.authorize(redirect_uri=BACK, scopes=["contact:user.base:readonly"], **options)
    came = consent(start.url, user)
    assert came["state"] == start.state
    return client.oauth.exchange(came["code"], redirect_uri=BACK, code_verifier=start.code_verifier)


def exchanges(app) -> int:
    return sum(request["path"].endswith("/oauth/token") for request in app.requests())


def test_a_user_signs_in_and_calls(app, client):
    user = sign_in(client, pkce=True)
    assert (user.key, user.open_id, user.scopes) == ("ou_1", "ou_1", ["contact:user.base:readonly", "offline_access"])
    assert 0 < user.refresh_expires_at - user.expires_at < 604_800
    assert client.as_user(user.key).authen.v1.user_info.get()["open_id"] == "ou_1"
    assert app.token_requests() == 0 and exchanges(app) == 1


def test_the_verifier_is_needed(client):
    start = client.oauth.authorize(redirect_uri=BACK, pkce=True)
    code = consent(start.url)["code"]
    with pytest.raises(larkspur.ReauthorizationRequired, match="no user access token: the code_verifier is wrong"):
        client.oauth.exchange(code, redirect_uri=BACK, code_verifier="another")
    assert start.code_verifier not in repr(start)


def test_users_keep_apart_and_from_the_app(app, client):
    keys = [sign_in(client, user).key for user in ("ou_1", "ou_2")]
    for key in keys * 2:
        assert client.as_user(key).authen.v1.user_info.get()["open_id"] == key
    client.im.v1.chat.list()
    kinds = [request["token"]["label"] for request in app.calls() if request["path"].endswith(("user_info", "chats"))]
    assert kinds[2:] == ["user#1", "user#2", "user#1", "user#2", "tenant#1"]
    with pytest.raises(larkspur.ConfigError, match="this view has a user's authority"):
        client.as_user("ou_1").request("GET", "/open-apis/im/v1/chats", token="tenant")


def test_a_pair_rotates(app, client):
    me = client.as_user(sign_in(client).key)
    for count in range(2, 6):
        app.post("tokens/expire")
        # A refused token is replaced once a minute; here the clock of the sandbox alone has moved.
        client = app.client()
        client.import_tokens(me.export_tokens())
        me = client.as_user("ou_1")
        assert me.authen.v1.user_info.get()["open_id"] == "ou_1"
        assert exchanges(app) == count


def test_a_sign_in_that_has_ended_says_where_to_begin_again(app, client):
    me = client.as_user(sign_in(client).key)
    app.post("users/revoke")
    app.post("tokens/expire")
    with pytest.raises(larkspur.ReauthorizationRequired, match=r"the user's sign-in has ended \(code 20064\); send the user") as raised:
        me.authen.v1.user_info.get()
    page = f"{app.url}/open-apis/authen/v1/authorize?response_type=code&client_id={app.id}"
    assert raised.value.url.startswith(f"{page}&redirect_uri=https%3A%2F%2Fapp.example.com")
    assert isinstance(raised.value, larkspur.AuthError) and raised.value.code == 20064
    before = exchanges(app)
    with pytest.raises(larkspur.ReauthorizationRequired):
        me.authen.v1.user_info.get()
    assert exchanges(app) == before
    sign_in(client)
    me.authen.v1.user_info.get()


def open_page(url: str) -> None:
    with urllib.request.urlopen(url) as page:
        assert page.status == 200


def test_a_user_signs_in_elsewhere(app, client):
    flow = client.oauth.device(scopes=["contact:user.base:readonly"])
    assert flow.url.endswith(f"user_code={flow.user_code}") and 200 < flow.expires_at - time.time() <= 240
    visit = threading.Timer(0.3, open_page, [f"{flow.url}&sandbox_user=ou_7"])
    visit.start()
    user = flow.wait()
    visit.join()
    assert (user.key, user.scopes) == ("ou_7", ["contact:user.base:readonly", "offline_access"])
    assert client.as_user("ou_7").authen.v1.user_info.get()["open_id"] == "ou_7"
    secret = app.secret
    assert "device#" not in repr(flow) and secret not in json.dumps(app.requests())


def test_a_user_refuses(client):
    flow = client.oauth.device()
    open_page(f"{flow.url}&sandbox_refuse=1")
    with pytest.raises(larkspur.ReauthorizationRequired, match=r"the user has refused"):
        flow.wait()


def test_a_wrong_secret_begins_no_device_flow(app):
    with pytest.raises(larkspur.AuthError, match=r"the client secret is invalid \(code 20002\); check app_id and app_secret"):
        larkspur.Client(app.id, "wrong", base_url=app.url).oauth.device()


def test_taking_tokens_back_ends_the_sign_in_everywhere(app, tmp_path):
    store = larkspur.FileStore(tmp_path / "tokens")
    one, other = app.client(token_store=store), app.client(token_store=store)
    sign_in(one)
    sign_in(one, "ou_2")
    assert other.as_user("ou_1").authen.v1.user_info.get()["open_id"] == "ou_1"
    one.oauth.revoke("ou_1")
    for client in (one, other):
        with pytest.raises(larkspur.ReauthorizationRequired, match="the user's sign-in has ended"):
            client.as_user("ou_1").authen.v1.user_info.get()
        assert client.as_user("ou_2").authen.v1.user_info.get()["open_id"] == "ou_2"
    one.oauth.revoke("ou_1")
    [revoked] = [request for request in app.requests() if request["path"] == "/oauth/v1/revoke"]
    assert revoked["body"]["text"].endswith("client_secret=***&token=***&token_type_hint=refresh_token")


def test_a_broken_store_takes_nothing_back(app, tmp_path):
    store = larkspur.FileStore(tmp_path / "tokens")
    client = app.client(token_store=store)
    sign_in(client)
    store.path.write_text("my thesis")
    with pytest.raises(larkspur.Unavailable, match="the token store cannot be used"):
        client.oauth.revoke("ou_1")
    assert not any(request["path"] == "/oauth/v1/revoke" for request in app.requests())


def test_the_asynchronous_client_has_them_too(app):
    async def run():
        async with app.async_client() as client:
            flow = await client.oauth.device()
            open_page(flow.url)
            user = await flow.wait()
            await client.oauth.revoke(user.key)
            with pytest.raises(larkspur.ReauthorizationRequired):
                await client.as_user(user.key).authen.v1.user_info.get()

    asyncio.run(run())


def test_who_never_signed_in_is_told_so_without_a_request(app, client):
    with pytest.raises(larkspur.ReauthorizationRequired, match="the user has not signed in"):
        client.as_user("ou_9").authen.v1.user_info.get()
    assert app.requests() == []


def test_processes_share_users_through_a_store(app, tmp_path):
    store = larkspur.FileStore(tmp_path / "tokens")
    with app.client(token_store=store) as client:
        sign_in(client)
    for _ in range(3):
        app.post("tokens/expire")
        with app.client(token_store=store) as client:
            assert client.as_user("ou_1").authen.v1.user_info.get()["open_id"] == "ou_1"
    assert exchanges(app) == 4


def test_a_broken_store_spends_nothing(app, tmp_path, caplog):
    store = larkspur.FileStore(tmp_path / "tokens")
    sign_in(app.client(token_store=store))
    app.post("tokens/expire")
    kept = store.path.read_bytes()
    store.path.write_text("my thesis")
    with pytest.raises(larkspur.Unavailable, match="the token store cannot be used") as raised:
        app.client(token_store=store).as_user("ou_1").authen.v1.user_info.get()
    assert raised.value.retryable and exchanges(app) == 1
    store.path.write_bytes(kept)
    app.client(token_store=store).as_user("ou_1").authen.v1.user_info.get()


def test_the_asynchronous_client_signs_users_in(app):
    async def run():
        async with app.async_client() as client:
            start = client.oauth.authorize(redirect_uri=BACK, pkce=True)
            code = consent(start.url)["code"]
            user = await client.oauth.exchange(code, redirect_uri=BACK, code_verifier=start.code_verifier)
            return await asyncio.gather(*(client.as_user(user.key).authen.v1.user_info.get() for _ in range(5)))

    assert {answer["open_id"] for answer in asyncio.run(run())} == {"ou_1"}


def test_no_token_shows(app, client, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    store = larkspur.FileStore(tmp_path / "tokens")
    client = app.client(token_store=store)
    user = sign_in(client, pkce=True)
    me = client.as_user(user.key)
    me.authen.v1.user_info.get()
    [record] = [json.loads(entry["value"]) for entry in json.loads(store.path.read_text())["entries"]]
    shown = caplog.text + repr([client, me, user, store])
    assert record["token"]["value"] not in shown and record["user"]["refresh"] not in shown


def test_what_does_not_fit_is_refused(client):
    with pytest.raises(larkspur.ArgumentError, match="as_user takes the key"):
        client.as_user()
    with pytest.raises(larkspur.ArgumentError, match="redirect_uri is empty"):
        client.oauth.authorize(redirect_uri="")
    with pytest.raises(larkspur.ArgumentError, match="code is empty"):
        client.oauth.exchange("", redirect_uri=BACK)
    with pytest.raises(larkspur.ConfigError, match="accounts_url is no URL"):
        larkspur.Client("cli_1", "secret", accounts_url="accounts")
