"""Calls that succeed: data, whole answers, pages, any path, views."""

from __future__ import annotations

import datetime
import json

import pytest

import larkspur
from larkspur import message


def send(client, content=None, **more):
    content = content or message.text("hello")
    return client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=content, **more)


def test_a_call_returns_data(client, app):
    sent = send(client)
    assert sent["message_id"].startswith("om_")
    request = app.calls()[0]
    assert request["query"] == [["receive_id_type", "chat_id"]]
    body = json.loads(request["body"]["text"])
    assert body["msg_type"] == "text" and json.loads(body["content"]) == {"text": "hello"}


def test_the_idempotency_key_is_filled_and_can_be_given(client, app):
    send(client)
    send(client, idempotency_key="key-1")
    first, second = [json.loads(request["body"]["text"])["uuid"] for request in app.calls()]
    assert len(first) >= 32 and second == "key-1"


def test_raw_is_the_whole_answer(client):
    reply = client.im.v1.message.get.raw(message_id=send(client)["message_id"])
    assert (reply.status, reply.code, reply.attempts) == (200, 0, 1)
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.log_id == reply.headers["x-tt-logid"]
    assert reply.data["items"][0]["msg_type"] == "text" and isinstance(reply, larkspur.Reply)


def test_the_user_agent_names_larkspur_and_python(client, app):
    send(client)
    agent = app.calls()[0]["headers"]["user-agent"]
    assert agent.startswith(f"larkspur/{larkspur.__version__} python/3.")


def test_integers_keep_all_digits_and_odd_text_is_read(client, app):
    app.script({"body": '{"code":0,"msg":"ok","data":{"id":73890123456789012345678901234567890,"half":"\\ud83d","f":1.5}}'})
    data = client.request("GET", "/open-apis/x")
    assert data == {"id": 73890123456789012345678901234567890, "half": "\ud83d", "f": 1.5}


def test_iter_walks_over_the_items_of_all_pages(client, app):
    users = list(client.contact.v3.user.find_by_department.iter(department_id="0", page_size=50))
    assert len(users) == 1000 and len({user["open_id"] for user in users}) == 1000
    assert len(app.calls()) == 20


def test_pages_are_fetched_when_asked_for_and_can_be_resumed(client, app):
    pages = client.contact.v3.user.find_by_department.pages(department_id="0", page_size=50)
    first = next(pages)
    assert len(first["items"]) == 50 and len(app.calls()) == 1
    again = client.contact.v3.user.find_by_department.pages(department_id="0", page_size=50, page_token=pages.resume_token)
    assert next(again) == next(pages)


def test_items_resume_with_the_page_they_were_in(client):
    items = client.contact.v3.user.find_by_department.iter(department_id="0", page_size=50)
    seen = [next(items) for _ in range(60)]
    again = client.contact.v3.user.find_by_department.iter(department_id="0", page_size=50, page_token=items.resume_token)
    assert next(again) == seen[50]


def test_iter_says_why_it_cannot(client):
    with pytest.raises(larkspur.ArgumentError, match="has no pages; call it directly"):
        client.im.v1.message.create.iter(receive_id="oc_1")


def test_any_path(client, app):
    sent = send(client)
    path = "/open-apis/im/v1/messages/:message_id"
    assert client.request("GET", path, path_params={"message_id": sent["message_id"]})["items"]
    reply = client.request.raw("GET", path, path_params={"message_id": sent["message_id"]}, query={"a": [1, 2], "b": None})
    assert reply.status == 200 and app.calls()[-1]["query"] == [["a", "1"], ["a", "2"]]
    users = client.request.iter("GET", "/open-apis/contact/v3/users/find_by_department", query={"department_id": "0", "page_size": 50})
    assert len(list(users)) == 1000


def test_none_is_absent_and_null_is_null(client, app):
    app.script({"body": {"code": 0, "data": {}}})
    client.task.v2.task.create(summary="s", description=None, start=larkspur.NULL, body={"due": None})
    body = json.loads(app.calls()[0]["body"]["text"])
    assert {name: body[name] for name in body if name != "client_token"} == {"summary": "s", "start": None, "due": None}


def test_views_share_the_token_and_differ_in_options(client, app):
    send(client)
    send(client.with_options(timeout=5.0, max_retries=0, headers={"X-Mine": "1"}))
    send(client, headers={"X-Mine": "2"})
    assert app.token_requests() == 1
    assert [request["headers"].get("x-mine") for request in app.calls()] == [None, "1", "2"]


def test_a_user_view_sends_the_users_token(client, app):
    token = app.post("users/token")["token"]
    me = client.as_user(token=token)
    me.im.v1.chat.list()
    assert app.calls()[0]["token"]["kind"] == "user" and app.token_requests() == 0
    assert "as user" in repr(me) and token not in repr(me)
    assert "as app" in repr(me.as_app())


def test_the_token_can_be_had(client, app):
    token = client.token()
    assert token.value.startswith("t-") and token.value not in repr(token)
    assert token.expires_at > datetime.datetime.now().timestamp()
    send(client)
    assert app.token_requests() == 1


def test_the_environment_fills_what_is_left_out(app, monkeypatch):
    monkeypatch.setenv("LARK_APP_ID", app.id)
    monkeypatch.setenv("LARK_APP_SECRET", app.secret)
    monkeypatch.setenv("LARK_BASE_URL", app.url)
    with larkspur.Client() as client:
        assert client.app_id == app.id and client.base_url == app.url
        assert send(client)["message_id"]


def test_a_closed_client_refuses(app):
    client = app.client()
    send(client)
    client.close()
    client.close()
    with pytest.raises(larkspur.ConfigError, match="the client is closed; make a new one"):
        send(client)


def test_reserved_words_have_an_underscore(client, app):
    assert "del_" in dir(client.vc.v1.room_level) and "del" not in dir(client.vc.v1.room_level)
    app.script(*[{"body": {"code": 0, "data": {}}}] * 3)
    client.vc.v1.room_level.del_(room_level_id="omb_1")
    client.acs.v1.access_record.list(from_=1, to=2)
    client.acs.v1.access_record.list(**{"from": 3}, to=4)
    assert app.calls()[0]["path"].endswith("/room_levels/del")
    assert ["from", "1"] in app.calls()[1]["query"] and ["from", "3"] in app.calls()[2]["query"]


def test_every_kind_of_message(client):
    card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "hi"}]}}
    for content in [
        message.text(message.mention("ou_1", "Tom") + message.mention_all() + message.escape("<b>")),
        message.post([[{"tag": "text", "text": "a"}]], title="T"),
        message.image("img_1"),
        message.file("file_1"),
        message.audio("file_1"),
        message.media("file_1", "img_1"),
        message.sticker("file_1"),
        message.card(card),
        message.interactive(template_id="AAq1", template_variable={"a": 1}),
        message.share_chat("oc_1"),
        message.share_user("ou_1"),
        message.system("today"),
    ]:
        assert send(client, content)["msg_type"] == content.msg_type


def test_a_message_contradicting_msg_type_is_refused(client):
    with pytest.raises(larkspur.ArgumentError, match="msg_type"):
        send(client, msg_type="image")


def test_received_messages_are_read():
    received = {
        "message_type": "text",
        "content": '{"text":"hi @_user_1"}',
        "mentions": [{"key": "@_user_1", "name": "Tom"}],
    }
    assert message.parse(received) == "hi @Tom"
    assert message.text("a") == message.text("a") != message.text("b")
