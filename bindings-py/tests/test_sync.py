"""The blocking client among threads, signals and forks."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import larkspur

GET = "im.v1.chat.list"


def test_other_threads_go_on_while_a_call_waits(app, client):
    client.im.v1.chat.list()
    app.fault(operation=GET, then={"delay_ms": 500})
    ticks, stop = [], threading.Event()

    def tick() -> None:
        while not stop.wait(0.01):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    client.im.v1.chat.list()
    stop.set()
    thread.join()
    assert len(ticks) > 20


def test_ctrl_c_ends_a_call_at_once(app):
    app.fault(operation=GET, times=0, then={"stall": "head"})
    script = f"""
        import larkspur, time
        client = larkspur.Client("{app.id}", "{app.secret}", base_url="{app.url}")
        client.token()
        print("ready", flush=True)
        try:
            client.im.v1.chat.list()
        except KeyboardInterrupt:
            print("interrupted", time.time(), flush=True)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        while not app.calls():
            time.sleep(0.01)
        sent = time.time()
        process.send_signal(signal.SIGINT)
        word, at = process.stdout.readline().split()
        assert word == "interrupted" and float(at) - sent < 0.2
    assert process.returncode == 0


def test_a_signal_handler_may_make_calls_itself(app, client):
    client.im.v1.chat.list()
    app.fault(operation=GET, then={"delay_ms": 600})
    inner = []
    before = signal.signal(signal.SIGUSR1, lambda *_: inner.append(client.im.v1.chat.list.raw()))
    try:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        client.im.v1.chat.list()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(inner) == 1 and inner[0].status == 200


def test_a_call_inside_a_running_loop_blocks_it_and_works(client):
    async def main():
        return client.im.v1.chat.list()

    assert asyncio.run(main())["items"] is not None


def in_child(work) -> None:
    """Forks; the child works and ends."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.alarm(20)
            work()
            status = 0
        except BaseException as error:
            os.write(2, repr(error).encode())
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_keeps_the_token_and_dials_anew(app, client):
    client.im.v1.chat.list()
    asyncio.run(_twice(client.aio))
    for _ in range(2):
        in_child(lambda: [client.im.v1.chat.list() for _ in range(3)])
        in_child(lambda: asyncio.run(_twice(client.aio)))
        client.im.v1.chat.list()
    assert app.token_requests() == 1
    asyncio.run(_twice(client.aio))


async def _twice(client):
    await asyncio.gather(client.im.v1.chat.list(), client.im.v1.chat.list())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_child_forked_while_a_token_is_fetched_fetches_its_own(app, client):
    app.fault(path="/open-apis/auth/v3/tenant_access_token/internal", then={"delay_ms": 800})
    thread = threading.Thread(target=client.im.v1.chat.list)
    thread.start()
    while not app.requests():
        time.sleep(0.01)
    in_child(client.im.v1.chat.list)
    thread.join()
    assert app.token_requests() == 2


def test_a_client_made_in_a_child_works(app):
    in_child(lambda: app.client().im.v1.chat.list())


def test_short_lived_threads_share_connections(app, client):
    for _ in range(20):
        thread = threading.Thread(target=client.im.v1.chat.list)
        thread.start()
        thread.join()
    assert len({request["connection"] for request in app.calls()}) <= 2


def test_the_interpreter_ends_while_a_daemon_thread_waits(app):
    app.fault(operation=GET, times=0, then={"stall": "head"})
    script = f"""
        import larkspur, threading, time
        client = larkspur.Client("{app.id}", "{app.secret}", base_url="{app.url}")
        for _ in range(4):
            threading.Thread(target=client.im.v1.chat.list, daemon=True).start()
        time.sleep(0.3)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_a_program_that_only_blocks_pays_for_nothing_else():
    script = """
        import sys
        before = set(sys.modules)
        import larkspur
        client = larkspur.Client("cli_a", "s")
        heavy = {"asyncio", "logging", "json", "typing", "socket", "ssl", "inspect", "re"} & (set(sys.modules) - before)
        print(*sorted(heavy))
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": larkspur.__path__[0] + "/.."},
    )
    assert done.stdout.strip() == "", done.stdout + done.stderr
