"""A fake in the network's place, a transport of the user's, a token provider."""

from __future__ import annotations

import asyncio
import threading

import pytest

import larkspur
from larkspur import message, testing

create = {"receive_id_type": "chat_id", "receive_id": "oc_1"}


def test_a_fake_answers_and_remembers():
    with testing.fake() as lark:
        lark.on("im.v1.message.create").reply({"message_id": "om_1"})
        client = lark.client()
        assert client.im.v1.message.create(**create, content=message.text("hi")) == {"message_id": "om_1"}
        (call,) = lark.calls
        assert (call.operation, call.method, call.query["receive_id_type"]) == ("im.v1.message.create", "POST", ["chat_id"])
        assert call.body["content"] == '{"text":"hi"}' and call.headers["authorization"] == "Bearer t-fake"


def test_a_fake_answers_in_order_and_fails_on_demand():
    lark = testing.fake()
    lark.on("im.v1.chat.list").reply({"items": [1], "has_more": True, "page_token": "p2"}).reply({"items": [2], "has_more": False})
    lark.on("im.v1.message.get").fail(code=230002, msg="bot is not in the chat")
    lark.on("im.v1.message.delete").fail(
        code=99991672, error={"permission_violations": [{"type": "action_scope_required", "subject": "im:message"}]}
    )
    client = lark.client(max_retries=0)
    assert list(client.im.v1.chat.list.iter()) == [1, 2]
    with pytest.raises(larkspur.ApiError) as caught:
        client.im.v1.message.get(message_id="om_1")
    assert caught.value.code == 230002
    with pytest.raises(larkspur.PermissionDenied) as caught:
        client.im.v1.message.delete(message_id="om_1")
    assert caught.value.missing_scopes == ["im:message"]


def test_a_fake_serves_any_path_root_envelopes_and_files():
    lark = testing.fake()
    lark.on("GET /open-apis/x/y").reply({"a": 1})
    lark.on("bot.v3.bot.info").reply({"bot": {"app_name": "b"}})
    lark.on("im.v1.image.get").reply(b"\x89PNG", headers={"content-disposition": 'attachment; filename="a.png"'})
    client = lark.client()
    assert client.request("GET", "/open-apis/x/y") == {"a": 1}
    assert client.bot.v3.bot.info()["bot"] == {"app_name": "b"}
    with client.im.v1.image.get(image_key="img_1") as image:
        assert (image.file_name, image.read()) == ("a.png", b"\x89PNG")


def test_a_fake_stands_in_for_feishu_project():
    lark = testing.fake()
    lark.on("work_item.create").reply(7).fail(code=10301, msg="no scope", status=401)
    lark.on("work_item.filter").reply([{"id": 7}], pagination={"page_num": 1, "page_size": 50, "total": 1})
    lark.on("search.universal").reply({"data": "", "datas": [{"id": 7}]})
    story = {"project_key": "p1", "work_item_type_key": "story"}
    with lark.project_client() as project:
        assert project.work_item.create(**story, name="Login page") == 7
        with pytest.raises(larkspur.PermissionDenied):
            project.work_item.create(**story, name="Login page")
        assert list(project.work_item.filter.iter(project_key="p1")) == [{"id": 7}]
        assert project.search.universal(**story, search_group={})["datas"] == [{"id": 7}]
    assert [call.operation for call in lark.calls] == ["work_item.create"] * 2 + ["work_item.filter", "search.universal"]
    assert lark.calls[0].headers["x-user-key"] == "7000001" and lark.calls[0].headers["x-plugin-token"] == "p-fake"
    assert asyncio.run(lark.async_project_client().work_item.filter(project_key="p1")) == [{"id": 7}]
    with pytest.raises(larkspur.UnknownOperation, match=r"did you mean work_item\.create"):
        lark.on("work_item.creat")


def test_an_unanswered_call_says_what_to_add():
    with pytest.raises(larkspur.TransportError, match=r"no answer to im\.v1\.chat\.list; add lark\.on\('im\.v1\.chat\.list'\)"):
        testing.fake().client().im.v1.chat.list()
    with pytest.raises(larkspur.UnknownOperation, match=r"did you mean im\.v1\.message\.create"):
        testing.fake().on("im.v1.mesage.create")


def test_what_a_fake_raises_is_what_the_network_would_be():
    lark = testing.fake()
    lark.on("im.v1.chat.list").raises(TimeoutError("slow")).raises(ConnectionResetError()).reply({"items": []})
    assert lark.client().im.v1.chat.list.raw().attempts == 3
    lark.on("im.v1.chat.search").raises(ConnectionRefusedError())
    with pytest.raises(larkspur.ConnectError):
        lark.client(max_retries=0).im.v1.chat.search()


def test_a_fake_serves_asyncio_and_threads():
    lark = testing.fake()
    lark.on("im.v1.chat.list").reply({"items": []})

    async def main():
        client = lark.async_client()
        await asyncio.gather(*(client.im.v1.chat.list() for _ in range(50)))

    asyncio.run(main())
    client = lark.client()
    threads = [threading.Thread(target=client.im.v1.chat.list) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lark.calls) == 70


def test_a_transport_runs_in_the_callers_thread():
    seen = []

    def transport(request):
        seen.append((threading.get_ident(), request.method, request.url.partition("/open-apis")[2]))
        return 200, {}, {"code": 0, "tenant_access_token": "t-1", "expire": 7200, "data": {"ok": True}}

    client = larkspur.Client("cli_a", "s", transport=transport)
    assert client.request("GET", "/open-apis/x")["ok"]
    assert {ident for ident, *_ in seen} == {threading.get_ident()}
    assert [path for *_, path in seen] == ["/auth/v3/tenant_access_token/internal", "/x"]


def test_an_asynchronous_transport_is_awaited_in_the_loop():
    async def transport(request):
        await asyncio.sleep(0)
        assert asyncio.get_running_loop()
        return 200, [("content-type", "application/json")], '{"code":0,"tenant_access_token":"t-1","expire":7200,"data":{"ok":1}}'

    async def main():
        return await larkspur.AsyncClient("cli_a", "s", transport=transport).request("GET", "/open-apis/x")

    assert asyncio.run(main()) == {"ok": 1}
    with pytest.raises(larkspur.TransportError, match="give it to AsyncClient"):
        larkspur.Client("cli_a", "s", transport=transport).request("GET", "/open-apis/x")


def test_a_transport_that_answers_nonsense_is_told():
    with pytest.raises(larkspur.TransportError, match=r"returned a NoneType instead of \(status, headers, body\)"):
        larkspur.Client("cli_a", "s", transport=lambda request: None).request("GET", "/open-apis/x")


def test_a_token_provider_is_asked_once(app):
    token, asked = app.client().token().value, []

    def provider(wanted):
        asked.append(wanted)
        return {"token": token, "expires_at": 4e9}

    with larkspur.Client(base_url=app.url, token_provider=provider) as client:
        for _ in range(3):
            client.im.v1.chat.list()
    assert [wanted["reason"] for wanted in asked] == ["first"] and asked[0]["kind"] == "tenant"


def test_an_asynchronous_token_provider(app):
    token = app.client().token().value

    async def provider(wanted):
        return token

    async def main():
        client = larkspur.AsyncClient(base_url=app.url, token_provider=provider)
        await asyncio.gather(*(client.im.v1.chat.list() for _ in range(10)))

    asyncio.run(main())


def test_a_token_provider_that_fails_is_told(app):
    def provider(wanted):
        raise ValueError("no token today")

    with larkspur.Client(base_url=app.url, token_provider=provider) as client, pytest.raises(larkspur.LarkError, match="no token today"):
        client.im.v1.chat.list()


def test_what_ends_a_test_is_not_taken_for_the_network():
    client = larkspur.Client("cli_a", "s", transport=lambda request: pytest.fail("not expected"))
    with pytest.raises(pytest.fail.Exception):
        client.im.v1.chat.list()
