"""Processes that share a token store, for tests that kill some of them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import textwrap
import threading

PRELUDE = """
    import json, sys, threading, time
    import larkspur

    url, app, place, *rest = sys.argv[1:]
    store = larkspur.RedisStore(place) if "://" in place else larkspur.FileStore(place)
    client = larkspur.Client(app, "s3cret-" + app, base_url=url, token_store=store)

    def say(*words):
        sys.stdout.write(" ".join(map(str, words)) + "\\n")
        sys.stdout.flush()
"""


class Worker:
    """A Python process with a client; what it says is kept line by line."""

    def __init__(self, body: str, app, place: object, *words: object) -> None:
        script = textwrap.dedent(PRELUDE) + textwrap.dedent(body)
        arguments = [sys.executable, "-c", script, app.url, app.id, str(place), *map(str, words)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def line(self) -> str:
        """The first line; waits for it."""
        while not self.said and self._reader.is_alive():
            self._reader.join(0.005)
        return self.said[0] if self.said else ""

    def go(self) -> None:
        """Lets a worker go on that reads a line."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """Ends it as the system does that runs out of memory: nothing of its own runs any more."""
        self.process.kill()
        self.end()

    def end(self) -> int:
        """Waits for its end, with everything it has said."""
        code = self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        return code

    def _read(self) -> None:
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))


@contextlib.contextmanager
def workers(count: int, *arguments: object):
    """So many workers with the same arguments; who lives at the end of the block is killed."""
    fleet = [Worker(*arguments) for _ in range(count)]
    try:
        yield fleet
    finally:
        for worker in fleet:
            worker.kill()
