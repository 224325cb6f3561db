"""For your own tests: answers without a server (``fake``), and a server that stands in for the platform (``sandbox``).

>>> with larkspur.testing.fake() as lark:
...     lark.on("im.v1.message.create").reply({"message_id": "om_1"})
...     sent = lark.client().im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=…)
...     assert lark.calls[0].body["receive_id"] == "oc_1"
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ._async import AsyncClient
from ._native import TransportRequest, find_operation, operation_at
from ._project import AsyncProjectClient, ProjectClient
from ._sync import Client

__all__ = ["Call", "Fake", "Sandbox", "Stub", "fake", "sandbox"]

_Answer = tuple[int, Mapping[str, str], Any]


class Call:
    """A request that a fake was sent."""

    def __init__(self, request: TransportRequest) -> None:
        parts = urlsplit(request.url)
        self.method: str = request.method
        self.path: str = parts.path
        self.operation: str | None = operation_at(request.method, parts.path)
        """The operation's name; ``None`` for a path that the catalogue does not have."""
        self.query: dict[str, list[str]] = parse_qs(parts.query, keep_blank_values=True)
        self.headers: dict[str, str] = request.headers
        self.content: bytes = request.body
        """The body as it was sent."""

    @property
    def body(self) -> Any:
        """The JSON body; ``None`` without one."""
        return json.loads(self.content) if self.content else None

    def __repr__(self) -> str:
        return f"Call({self.operation or 'request'}: {self.method} {self.path})"


class Stub:
    """The answers to one operation, in the order they were added; the last one goes on for ever."""

    def __init__(self, root: bool) -> None:
        self._root = root
        self._answers: list[_Answer | Exception] = []

    def reply(
        self,
        data: Any = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        pagination: Mapping[str, Any] | None = None,
    ) -> Stub:
        """Answers with this ``data``; with ``bytes``, as a file. ``pagination`` is what Feishu Project says beside the rows of a page."""
        headers = dict(headers or {})
        if isinstance(data, bytes):
            headers.setdefault("content-type", "application/octet-stream")
            return self._add((status, headers, data))
        fields = (data or {}) if self._root else {"data": {} if data is None else data}
        beside = {"pagination": dict(pagination)} if pagination else {}
        return self._add((status, headers, {"code": 0, "msg": "success", **fields, **beside}))

    def fail(
        self,
        *,
        code: int,
        msg: str = "failed by a fake",
        status: int = 400,
        error: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Stub:
        """Answers with an error of the platform; ``error`` is its block of the same name (``permission_violations``, …)."""
        envelope = {"code": code, "msg": msg, **({"error": dict(error)} if error else {})}
        return self._add((status, dict(headers or {}), envelope))

    def raises(self, error: Exception) -> Stub:
        """Gives no answer: ``TimeoutError()``, ``ConnectionResetError()``, …"""
        return self._add(error)

    def _add(self, answer: _Answer | Exception) -> Stub:
        self._answers.append(answer)
        return self

    def _next(self) -> _Answer:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Fake:
    """Answers calls in the network's place; it gives tokens by itself."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        """What was sent, requests for tokens left out."""
        self._stubs: dict[str, Stub] = {}
        self._lock = threading.Lock()

    def on(self, operation: str) -> Stub:
        """The answers to an operation, or to any path: ``"im.v1.message.create"``, ``"work_item.create"``, ``"GET /open-apis/…"``."""
        if " " in operation:
            return self._stubs.setdefault(operation, Stub(root=False))
        entry = find_operation(operation)
        return self._stubs.setdefault(entry.name, Stub(root=entry.has_root_envelope))

    def client(self, **options: Any) -> Client:
        """A client whose calls are answered here; it takes the options of every client."""
        return Client(**{**_CREDENTIALS, "transport": self._answer, **options})

    def async_client(self, **options: Any) -> AsyncClient:
        """An asynchronous client whose calls are answered here."""
        return AsyncClient(**{**_CREDENTIALS, "transport": self._answer, **options})

    def project_client(self, **options: Any) -> ProjectClient:
        """A client of Feishu Project whose calls are answered here, unpaced unless told otherwise."""
        return ProjectClient(**{**_PLUGIN, "pacing": False, "transport": self._answer, **options})

    def async_project_client(self, **options: Any) -> AsyncProjectClient:
        """An asynchronous client of Feishu Project whose calls are answered here."""
        return AsyncProjectClient(**{**_PLUGIN, "pacing": False, "transport": self._answer, **options})

    def __enter__(self) -> Fake:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _answer(self, request: TransportRequest) -> _Answer:
        call = Call(request)
        if call.path.startswith(("/open-apis/auth/v3/", "/open_api/authen/plugin_token")):
            return _TOKENS
        with self._lock:
            self.calls.append(call)
            stub = self._stubs.get(call.operation or "") or self._stubs.get(f"{call.method} {call.path}")
            if stub is None or not stub._answers:
                wanted = call.operation or f"{call.method} {call.path}"
                raise LookupError(f"the fake has no answer to {wanted}; add lark.on({wanted!r}).reply(…)")
            return stub._next()


class Sandbox:
    """A running sandbox server."""

    def __init__(self, url: str) -> None:
        self.url = url
        """Its address: the ``base_url`` of a client."""

    def client(self, **options: Any) -> Client:
        """A client of this server; it takes the options of every client."""
        return Client(**{**_CREDENTIALS, "base_url": self.url, **options})

    def async_client(self, **options: Any) -> AsyncClient:
        """An asynchronous client of this server."""
        return AsyncClient(**{**_CREDENTIALS, "base_url": self.url, **options})

    def project_client(self, **options: Any) -> ProjectClient:
        """A client of Feishu Project on this server."""
        return ProjectClient(**{**_PLUGIN, "base_url": self.url, **options})

    def async_project_client(self, **options: Any) -> AsyncProjectClient:
        """An asynchronous client of Feishu Project on this server."""
        return AsyncProjectClient(**{**_PLUGIN, "base_url": self.url, **options})


def fake() -> Fake:
    """Answers in the network's place: see the module."""
    return Fake()


@contextlib.contextmanager
def sandbox() -> Iterator[Sandbox]:
    """Runs the sandbox server for as long as the block lasts.

    The program is ``LARKSPUR_SANDBOX``, else that of ``pip install larkspur[sandbox]``, else ``larkspur-sandbox`` on the path.
    """
    # It ends with the pipe to its standard input, however this process ends.
    command = [_program(), "--port", "0", "--quiet", "--with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError("the sandbox ended before it said where it listens")
        try:
            yield Sandbox(line.removeprefix("listening on ").strip())
        finally:
            process.terminate()


def _program() -> str:
    # An environment that was not activated is not on the path.
    installed = shutil.which("larkspur-sandbox", path=sysconfig.get_path("scripts"))
    named = os.environ.get("LARKSPUR_SANDBOX") or installed or shutil.which("larkspur-sandbox")
    if not named:
        raise FileNotFoundError(
            "larkspur-sandbox is not installed; pip install 'larkspur[sandbox]', or set LARKSPUR_SANDBOX to the program"
        )
    return named


_CREDENTIALS = {"app_id": "cli_sandbox", "app_secret": "sandbox-secret"}
_PLUGIN = {"plugin_id": "cli_sandbox", "plugin_secret": "sandbox-secret", "user_key": "7000001"}
_PLUGIN_TOKEN = {"token": "p-fake", "expire_time": 7200}
_TOKENS: _Answer = (
    200,
    {},
    {"code": 0, "msg": "ok", "tenant_access_token": "t-fake", "app_access_token": "a-fake", "expire": 7200, "data": _PLUGIN_TOKEN},
)
