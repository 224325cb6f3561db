"""The asynchronous client: any loop, several loops, cancellation, closing, the end of the interpreter."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import larkspur
from larkspur import message

GET = "im.v1.chat.list"


def test_the_names_are_those_of_the_blocking_client(app):
    async def main():
        async with app.async_client() as client:
            sent = await client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=message.text("hi"))
            reply = await client.im.v1.message.get.raw(message_id=sent["message_id"])
            assert reply.status == 200 and reply.data["items"][0]["message_id"] == sent["message_id"]
            assert await client.request("GET", "/open-apis/im/v1/chats")
            users = [user async for user in client.contact.v3.user.find_by_department.iter(department_id="0", page_size=50)]
            pages = [page async for page in client.contact.v3.user.find_by_department.pages(department_id="0", page_size=50)]
            assert len(users) == sum(len(page["items"]) for page in pages) == 1000
            assert (await client.token()).value.startswith("t-")
            assert "AsyncClient" in repr(client) and client.im.v1.message.create.__doc__
        with pytest.raises(larkspur.ConfigError, match="the client is closed"):
            await client.im.v1.chat.list()

    asyncio.run(main())
    assert app.token_requests() == 1


def test_the_twin_shares_the_token(app, client):
    client.im.v1.chat.list()
    asyncio.run(_call(client.aio))
    assert app.token_requests() == 1


async def _call(client, times=1):
    return await asyncio.gather(*(client.im.v1.chat.list() for _ in range(times)))


@pytest.mark.parametrize("count", [64, 1000])
def test_cold_tasks_make_one_token_request(app, count):
    assert len(asyncio.run(_call(app.async_client(), count))) == count
    assert app.token_requests() == 1


def test_errors_are_raised_where_the_call_is_awaited(app):
    async def main():
        client = app.async_client(max_retries=0)
        with pytest.raises(larkspur.ArgumentError):
            await client.im.v1.message.get()
        app.fault(operation=GET, then={"code": 230001, "msg": "no"})
        with pytest.raises(larkspur.InvalidRequest):
            await client.im.v1.chat.list()

    asyncio.run(main())


def test_one_client_on_several_loops_one_after_the_other(app):
    client = app.async_client()
    for _ in range(3):
        assert asyncio.run(_call(client, 5))
    assert app.token_requests() == 1


def test_one_client_on_several_loops_in_threads(app):
    client, failures = app.async_client(), []

    def work() -> None:
        try:
            for _ in range(3):
                asyncio.run(_call(client, 20))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and app.token_requests() == 1 and len(app.calls()) == 8 * 3 * 20


def test_two_loops_that_take_turns(app):
    client, loops = app.async_client(), [asyncio.new_event_loop() for _ in range(2)]
    for _ in range(3):
        for loop in loops:
            loop.run_until_complete(_call(client))
    for loop in loops:
        loop.close()
    assert len(app.calls()) == 6


def test_the_loop_is_never_blocked(app):
    async def main():
        client, ticks = app.async_client(), 0
        app.fault(operation=GET, times=0, then={"delay_ms": 400})

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.ensure_future(tick())
        await _call(client, 30)
        ticking.cancel()
        return ticks

    assert asyncio.run(main()) > 15


def test_cancelling_closes_the_connection(app):
    async def main():
        client = app.async_client()
        await client.im.v1.chat.list()
        app.fault(operation=GET, then={"stall": "head"})
        task = asyncio.ensure_future(client.im.v1.chat.list())
        while len(app.calls()) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(client.im.v1.chat.list(), 5)
        with pytest.raises(asyncio.TimeoutError):
            app.fault(operation=GET, then={"stall": "head"})
            await asyncio.wait_for(client.im.v1.chat.list(), 0.2)

    asyncio.run(main())


def test_a_cancelled_call_does_not_take_the_token_with_it(app):
    async def main():
        client = app.async_client()
        app.fault(path="/open-apis/auth/v3/tenant_access_token/internal", then={"delay_ms": 300})
        first = asyncio.ensure_future(client.im.v1.chat.list())
        await asyncio.sleep(0.1)
        others = [asyncio.ensure_future(client.im.v1.chat.list()) for _ in range(10)]
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.gather(*others)

    asyncio.run(main())
    assert app.token_requests() == 1


def test_a_loop_closed_with_calls_under_way_harms_nobody(app):
    client = app.async_client()
    app.fault(operation=GET, times=20, then={"delay_ms": 200})
    loop = asyncio.new_event_loop()

    async def begin():
        return [asyncio.ensure_future(client.im.v1.chat.list()) for _ in range(20)]

    tasks = loop.run_until_complete(begin())
    loop.run_until_complete(asyncio.sleep(0.05))
    for task in tasks:
        task._log_destroy_pending = False
    loop.close()
    del tasks, loop
    gc.collect()
    time.sleep(0.4)
    assert asyncio.run(_call(client))


def test_a_loop_without_readers_is_woken_by_a_thread(app):
    class Poor(asyncio.SelectorEventLoop):
        def add_reader(self, *_: object) -> None:
            raise NotImplementedError

        def _add_reader(self, fd, callback, *args):
            return super()._add_reader(fd, callback, *args)

    client = app.async_client()
    for _ in range(2):
        loop = Poor()
        assert len(loop.run_until_complete(_call(client, 64))) == 64
        loop.close()
    del loop
    gc.collect()
    limit = time.monotonic() + 5
    while any(thread.name == "larkspur-notifier" for thread in threading.enumerate()):
        assert time.monotonic() < limit, "the notifier outlives its loop"
        time.sleep(0.02)


@pytest.mark.parametrize("ending", ["pass", "asyncio.get_event_loop().stop()", "raise SystemExit(0)", "os._exit(0)"])
def test_the_interpreter_ends_with_calls_under_way(app, ending):
    app.fault(operation=GET, times=0, then={"delay_ms": 300})
    script = f"""
        import asyncio, os, larkspur
        client = larkspur.AsyncClient("{app.id}", "{app.secret}", base_url="{app.url}")
        async def main():
            tasks = [asyncio.ensure_future(client.im.v1.chat.list()) for _ in range(50)]
            for task in tasks:
                task._log_destroy_pending = False
            await asyncio.sleep(0.05)
            {ending}
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(main())
        except RuntimeError:
            pass
    """
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0 and "panicked" not in done.stderr and "Fatal" not in done.stderr, done.stderr
