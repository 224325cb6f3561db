"""Custom bots, and signatures for pages."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time

import pytest

import larkspur

HELLO = larkspur.message.text("deployed")


@pytest.fixture
def address(app):
    return f"{app.url}/open-apis/bot/v2/hook/{app.id}"


def test_a_message_is_signed_and_sent(app, address, caplog):
    caplog.set_level(logging.DEBUG)
    app.post("apps", bot_secret="s3cret-of-bot")
    with larkspur.WebhookBot(address, secret="s3cret-of-bot") as bot:
        assert bot.send(HELLO) == {}
        bot.send(larkspur.message.card({"elements": []}))
    bodies = [json.loads(request["body"]["text"]) for request in app.requests()]
    assert [body["msg_type"] for body in bodies] == ["text", "interactive"]
    assert bodies[0]["content"] == {"text": "deployed"} and bodies[1]["card"] == {"elements": []}
    assert abs(int(bodies[0]["timestamp"]) - time.time()) < 10
    assert "s3cret" not in caplog.text + repr(bot) and app.id not in caplog.text + repr(bot)


def test_a_wrong_secret_is_told(app, address):
    app.post("apps", bot_secret="right")
    with larkspur.WebhookBot(address, secret="wrong") as bot, pytest.raises(larkspur.AuthError) as raised:
        bot.send(HELLO)
    assert raised.value.code == 19021 and "check the bot's secret and this machine's clock" in str(raised.value)
    assert str(raised.value).startswith("bot.send: ") and app.id not in str(raised.value)


def test_a_missing_keyword_is_told(app, address):
    app.post("apps", bot_keyword="alarm")
    with larkspur.WebhookBot(address) as bot:
        with pytest.raises(larkspur.InvalidRequest, match="put one of the bot's keywords into the text"):
            bot.send(HELLO)
        bot.send(larkspur.message.text("alarm: it rains"))


def test_many_messages_keep_to_the_rate(app, address):
    async def send():
        async with larkspur.AsyncWebhookBot(address, max_retries=0) as bot:
            await asyncio.gather(*(bot.send(larkspur.message.text(str(number))) for number in range(12)))

    began = time.monotonic()
    asyncio.run(send())
    assert time.monotonic() - began > 1.5
    assert len(app.requests()) == 12


def test_what_a_bot_cannot_send_is_refused(app, address):
    with larkspur.WebhookBot(address) as bot:
        for message, reason in [
            (larkspur.message.sticker("f"), "sends no sticker"),
            (larkspur.message.text("a" * 21_000), "20480 at most"),
        ]:
            with pytest.raises(larkspur.ArgumentError, match=reason):
                bot.send(message)
        with pytest.raises(larkspur.ArgumentError, match=r"message is a str; pass larkspur\.message\.text"):
            bot.send("deployed")
    with pytest.raises(larkspur.ConfigError, match="url is no address of a custom bot"):
        larkspur.WebhookBot("https://open.feishu.cn/")
    assert app.requests() == []


def test_a_page_is_signed_for_with_one_ticket(app, client):
    signed = [client.jsapi.sign(f"https://app.example.com/?page={number}#top") for number in range(3)]
    assert {one["appId"] for one in signed} == {app.id} and len({one["nonceStr"] for one in signed}) == 3
    paths = [request["path"].rsplit("/", 2)[-2:] for request in app.requests()]
    assert paths == [["tenant_access_token", "internal"], ["ticket", "get"]]
    [(_, stored)] = [entry for entry in json.loads(client.export_tokens())["tokens"] if "|jsapi" in entry[0]]
    for number, one in enumerate(signed):
        text = f"jsapi_ticket={stored['token']['value']}&noncestr={one['nonceStr']}&timestamp={one['timestamp']}"
        page = f"{text}&url=https://app.example.com/?page={number}"
        assert one["signature"] == hashlib.sha1(page.encode()).hexdigest()


def test_tickets_are_shared_through_a_store_and_renewed(app, tmp_path):
    store = larkspur.FileStore(tmp_path / "tokens")
    for _ in range(2):
        with app.client(token_store=store) as client:
            client.jsapi.sign("https://app.example.com/")
    assert len(app.requests()) == 2


def test_a_tenant_of_a_store_app_has_a_ticket_of_its_own(app):
    app.post("apps", store=True, ticket="ticket-1")

    async def sign():
        async with app.async_client(app_type="store") as client:
            client.set_app_ticket("ticket-1")
            await asyncio.gather(*(client.for_tenant(key).jsapi.sign("https://a.example.com/") for key in ("t1", "t2", "t1")))
            with pytest.raises(larkspur.ConfigError, match="needs a tenant"):
                await client.jsapi.sign("https://a.example.com/")

    asyncio.run(sign())
    tickets = [request["token"]["label"] for request in app.requests() if request["path"].endswith("ticket/get")]
    assert sorted(tickets) == ["tenant#1", "tenant#2"]


def test_what_is_no_page_is_refused(app, client):
    with pytest.raises(larkspur.ArgumentError, match="url is no address of a page"):
        client.jsapi.sign("/page")
    with pytest.raises(larkspur.ConfigError, match="signatures are the app's"):
        client.as_user(token="u-1").jsapi.sign("https://a.example.com/")
    assert app.requests() == []
