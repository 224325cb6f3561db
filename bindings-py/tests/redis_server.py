"""A Redis of the tests' own, on a free port of this machine."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator


@contextlib.contextmanager
def running(*options: str, port: int | None = None) -> Iterator[int]:
    """Runs a Redis that keeps nothing for as long as the block lasts, and gives its port."""
    program = shutil.which("redis-server")
    assert program, "redis-server is missing; apt-get install redis-server"
    port = port or _free_port()
    where = () if "--tls-port" in options else ("--port", str(port))
    words = [program, *where, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *options]
    with subprocess.Popen([word.replace("PORT", str(port)) for word in words], stdout=subprocess.DEVNULL) as process:
        try:
            _await(process, port)
            yield port
        finally:
            process.terminate()


def ask(port: int, *words: str) -> bytes:
    """Asks a Redis without a password one question; the answer as it comes."""
    command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(command.encode())
        return connection.recv(1 << 20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await(process: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        assert process.poll() is None and time.monotonic() < deadline, "redis-server did not start"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
