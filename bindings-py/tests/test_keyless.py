"""Apps without a secret, and tokens that a provider gives."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import logging
import threading
import time

import pytest

import larkspur

BACK = "https://app.example.com/cb"


def signer(app, calls, aud=None, life=60):
    numbers = itertools.count()

    def sign(audience: str) -> str:
        calls.append(audience)
        claims = {"sub": app.id, "aud": aud or audience, "exp": time.time() + life, "jti": next(numbers)}
        claims["exp"] = int(claims["exp"])
        return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".signature"

    return sign


def keyless(app, sign, make=larkspur.Client, **options):
    return make(app.id, base_url=app.url, client_assertion=sign, **options)


def test_an_app_without_a_secret_calls(app, caplog):
    caplog.set_level(logging.DEBUG)
    calls = []
    with keyless(app, signer(app, calls)) as client:
        client.im.v1.chat.list()
        client.im.v1.chat.list()
        assert calls == [app.url.removeprefix("http://")]
        app.post("tokens/expire")
        client.im.v1.chat.list()
    assert len(calls) == 2
    assert [request["path"] for request in app.requests()].count("/oauth/v3/token") == 2
    assert "signature" not in caplog.text + json.dumps(app.requests()) + repr(client)


def test_it_signs_once_for_many(app):
    calls = []

    async def run():
        async def sign(audience):
            await asyncio.sleep(0.05)
            return signer(app, calls)(audience)

        async with keyless(app, sign, larkspur.AsyncClient) as client:
            await asyncio.gather(*(client.im.v1.chat.list() for _ in range(20)))

    asyncio.run(run())
    assert len(calls) == 1


@pytest.mark.parametrize("options", [{"aud": "accounts.example.com"}, {"life": -60}])
def test_a_wrong_assertion_is_told(app, options):
    client = keyless(app, signer(app, [], **options))
    with pytest.raises(larkspur.AuthError, match="no tenant access token: the assertion is invalid"):
        client.im.v1.chat.list()


def test_a_signer_that_raises_is_told(app):
    def sign(audience):
        raise OSError("the key is in the safe")

    client = keyless(app, sign)
    with pytest.raises(larkspur.AuthError, match="client_assertion failed: OSError: the key is in the safe"):
        client.im.v1.chat.list()


def test_a_secret_in_the_environment_is_left_alone(app, monkeypatch):
    monkeypatch.setenv("LARK_APP_SECRET", "another")
    keyless(app, signer(app, [])).im.v1.chat.list()
    with pytest.raises(larkspur.ConfigError, match="client_assertion and token_provider are both there"):
        keyless(app, signer(app, []), token_provider=lambda wanted: "t-1")


def provided(app):
    """Tokens of the sandbox, and what was asked for."""
    asked = []

    def provide(wanted):
        asked.append(wanted)
        time.sleep(0.02)
        return {"token": app.post("users/token", expire=2)["token"], "expires_at": time.time() + 2}

    return provide, asked


def test_a_provider_is_asked_once_for_many_and_again_when_its_token_expires(app):
    provide, asked = provided(app)
    with larkspur.Client(base_url=app.url, token_provider=provide) as client:
        me = client.as_user("ou_1")
        threads = [threading.Thread(target=me.im.v1.chat.list) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert asked == [{"kind": "user", "tenant_key": None, "user_key": "ou_1", "reason": "first"}]
        time.sleep(2.1)
        me.im.v1.chat.list()
        assert [wanted["reason"] for wanted in asked] == ["first", "expired"]
    assert app.token_requests() == 0


def test_a_provider_is_asked_for_each_user_and_when_a_token_is_refused(app):
    provide, asked = provided(app)
    with larkspur.Client(base_url=app.url, token_provider=provide) as client:
        for key in ("ou_1", "ou_2", "ou_1"):
            client.as_user(key).im.v1.chat.list()
        assert [wanted["user_key"] for wanted in asked] == ["ou_1", "ou_2"]
        app.post("tokens/expire")
        client.as_user("ou_2").im.v1.chat.list()
    assert asked[2] == {"kind": "user", "tenant_key": None, "user_key": "ou_2", "reason": "refused"}
