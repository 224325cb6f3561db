"""What hooks and the logger are told, and what nobody is ever told."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import textwrap
import threading

import pytest

import larkspur

GET = "im.v1.chat.list"


def hooks(seen: list) -> dict:
    return {name: lambda event: seen.append((threading.get_ident(), event)) for name in ("on_request", "on_response", "on_retry")}


def check(seen: list) -> None:
    kinds = [type(event).__name__ for _, event in seen]
    assert kinds == ["RequestEvent", "ResponseEvent", "RetryEvent", "RequestEvent", "ResponseEvent"]
    request, refused, retry, _, answered = [event for _, event in seen]
    assert (request.operation, request.method, request.path, request.attempt) == (GET, "GET", "/open-apis/im/v1/chats", 1)
    assert (refused.status, answered.status, answered.attempt) == (502, 200, 2) and answered.log_id and answered.seconds >= 0
    assert retry.attempt == 2 and retry.reason == "a failure" and retry.seconds >= 0
    assert {ident for ident, _ in seen} == {threading.get_ident()}
    assert "attempt 2" in repr(answered) and repr(request) and repr(retry)
    with pytest.raises(AttributeError):
        request.attempt = 3


def test_hooks_hear_every_step(app):
    app.fault(operation=GET, then={"html": 502})
    seen = []
    app.client(**hooks(seen)).im.v1.chat.list()
    check(seen)


def test_hooks_hear_every_step_in_the_loop(app):
    app.fault(operation=GET, then={"html": 502})
    seen = []

    async def main():
        await app.async_client(**hooks(seen)).im.v1.chat.list()

    asyncio.run(main())
    check(seen)


def test_hooks_of_a_fake():
    lark, seen = larkspur.testing.fake(), []
    lark.on(GET).reply({})
    lark.client(**hooks(seen)).im.v1.chat.list()
    assert len(seen) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_hook_that_fails_harms_no_call(app, monkeypatch):
    unraised = []
    monkeypatch.setattr(sys, "unraisablehook", unraised.append)
    client = app.client(on_request=lambda event: 1 / 0)
    assert client.im.v1.chat.list() and asyncio.run(_list(client.aio))
    assert [type(failure.exc_value) for failure in unraised] == [ZeroDivisionError] * 2


async def _list(client):
    return await client.im.v1.chat.list()


def test_a_hook_may_make_calls(app):
    quiet = app.client()
    calls = []
    client = app.client(on_response=lambda event: calls.append(quiet.im.v1.chat.list()))
    client.im.v1.chat.list()
    assert len(calls) == 1


def test_the_logger_gets_one_record_a_call(app, client, caplog):
    client.im.v1.chat.list()
    assert caplog.records == []
    with caplog.at_level(logging.DEBUG, logger="larkspur"):
        client.im.v1.chat.list()
        asyncio.run(_list(client.aio))
        app.fault(operation="im.v1.message.get", then={"code": 230002, "msg": "not in the chat"})
        with pytest.raises(larkspur.ApiError):
            client.im.v1.message.get(message_id="om_1")
    first, _, failed = [record for record in caplog.records if record.name == "larkspur"]
    facts = (first.operation, first.method, first.path, first.outcome, first.status, first.code, first.attempts)
    assert facts == (GET, "GET", "/open-apis/im/v1/chats", "ok", 200, 0, 1) and first.log_id and first.milliseconds >= 0
    assert (failed.outcome, failed.code, failed.path) == ("PermissionDenied", 230002, "/open-apis/im/v1/messages/:message_id")
    assert GET in first.getMessage() and first.log_id in first.getMessage()


def test_nothing_secret_is_ever_written(app):
    """Everything a program can be made to print is searched for the secret, the token and the text of a message."""
    app.fault(operation="im.v1.message.get", times=0, then={"html": 502})
    script = f"""
        import asyncio, logging, sys, larkspur
        from larkspur import message
        logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
        client = larkspur.Client("{app.id}", "{app.secret}", base_url="{app.url}", max_retries=1,
                                 on_request=print, on_response=print, on_retry=print)
        token = client.token()
        print(token, client, client.im, vars(client), client.request)
        text = message.text("p-r-i-v-a-t-e")
        send = dict(receive_id_type="chat_id", receive_id="oc_1", content=text)
        print(client.im.v1.message.create(**send)["message_id"])
        async def main():
            await client.aio.im.v1.message.create(**send)
        asyncio.run(main())
        for call in (lambda: client.im.v1.message.get(message_id="om_1"),
                     lambda: client.as_user(token="u-" + token.value).im.v1.chat.list(),
                     lambda: client.im.v1.message.create(**send, receive_id2=token.value)):
            try:
                call()
            except larkspur.LarkError as error:
                print(error, repr(error), getattr(error, "headers", ""))
                logging.exception("failed")
        with open(0, "w") as found:
            found.write(token.value)
    """
    environment = {**os.environ, "LARK_LOG": "debug"}
    read, write = os.pipe()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], stdin=write, capture_output=True, text=True, env=environment, timeout=30
    )
    os.close(write)
    with open(read) as found:
        token = found.read()
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert token.startswith("t-") and "im.v1.message.create" in done.stderr and "RetryEvent" in output
    for secret in (app.secret, token, token[2:], "p-r-i-v-a-t-e"):
        assert secret not in output


@pytest.mark.parametrize("hook", ["on_request", "on_response"])
def test_what_ends_a_program_is_not_held_back(app, hook):
    def stop(event):
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        app.client(**{hook: stop}).im.v1.chat.list()
