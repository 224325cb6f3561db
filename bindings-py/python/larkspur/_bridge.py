"""From the native runtime to an event loop: finished calls wake the loop through a socket and are handed out in one go."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref

from ._native import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._native import Question, Task

    Start = Callable[[Mailbox, int], Task]
    Progress = Callable[[int, int | None], object]


class Bridge:
    """What one event loop has under way."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self.mailbox = Mailbox()
        self.serving: set[asyncio.Task[None]] = set()
        try:
            loop.add_reader(self.mailbox.fileno(), self.drain)
        except NotImplementedError:
            _Notifier(self)

    def drain(self) -> None:
        """Hands out what has come since the last time."""
        for question in self.mailbox.drain():
            task = asyncio.ensure_future(_answer(question))
            self.serving.add(task)
            task.add_done_callback(self.serving.discard)


async def run(start: Start, progress: Progress | None = None) -> Any:
    """Starts something native and waits for what comes of it; cancelling the wait cancels it."""
    loop = asyncio.get_running_loop()
    mailbox = _bridge(loop).mailbox
    future = loop.create_future()
    ident = mailbox.expect(future, progress)
    task = None
    try:
        task = start(mailbox, ident)
        return await future
    except BaseException:
        mailbox.forget(ident)
        if task is not None:
            task.cancel()
        raise


def mailbox() -> Mailbox:
    """The mailbox of the running loop."""
    return _bridge(asyncio.get_running_loop()).mailbox


async def _answer(question: Question) -> None:
    """Calls the user's function, here in the loop, and passes on what it says."""
    try:
        value = question.function(*question.arguments)
        if hasattr(value, "__await__"):
            value = await value
    except Exception as error:
        question.fail(error)
    else:
        question.answer(value)


class _Notifier:
    """Wakes a loop that cannot watch a socket (Windows' Proactor), from a thread that Python itself blocks in."""

    def __init__(self, bridge: Bridge) -> None:
        import socket

        self.close = bridge.mailbox.close
        self.bridge = weakref.ref(bridge, lambda _: self.close())
        self.socket = socket.socket(fileno=bridge.mailbox.dup())
        threading.Thread(target=self._watch, name="larkspur-notifier", daemon=True).start()

    def _watch(self) -> None:
        import select

        with self.socket as watched:
            while self._pass_on():
                select.select([watched], [], [])
                with contextlib.suppress(BlockingIOError):
                    watched.recv(4096)

    def _pass_on(self) -> bool:
        bridge = self.bridge()
        loop = bridge and bridge.loop()
        if not bridge or not loop:
            return False
        try:
            loop.call_soon_threadsafe(bridge.drain)
        except RuntimeError:  # the loop is closed
            return False
        return True


def _bridge(loop: asyncio.AbstractEventLoop) -> Bridge:
    latest = getattr(_here, "latest", None)
    bridge: Bridge | None = latest and latest()
    if bridge is not None and bridge.loop() is loop:
        return bridge
    with _lock:
        bridge = _bridges.get(loop)
        if bridge is None:
            bridge = _bridges[loop] = Bridge(loop)
    _here.latest = weakref.ref(bridge)
    return bridge


_bridges: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Bridge] = weakref.WeakKeyDictionary()
_lock = threading.Lock()
_here = threading.local()
