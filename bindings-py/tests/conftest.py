"""One sandbox for the whole run; each test has an app of its own in it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import redis_server

import larkspur
from larkspur import testing

_apps = itertools.count()


class App:
    """An app of the sandbox that only this test uses, with the sandbox's doors to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.id = f"cli_py_{os.getpid()}_{next(_apps)}"
        self.secret = f"s3cret-{self.id}"

    def client(self, **options) -> larkspur.Client:
        return larkspur.Client(self.id, self.secret, base_url=self.url, **options)

    def async_client(self, **options) -> larkspur.AsyncClient:
        return larkspur.AsyncClient(self.id, self.secret, base_url=self.url, **options)

    def post(self, door: str, **body):
        return _post(f"{self.url}/__sandbox/{door}", {"app_id": self.id, **body})

    def fault(self, **rule) -> None:
        _post(f"{self.url}/__sandbox/faults", {"rules": [{"app_id": self.id, **rule}]})

    def script(self, *answers, **options) -> None:
        self.post("script", answers=list(answers), **options)

    def requests(self) -> list[dict]:
        with urllib.request.urlopen(f"{self.url}/__sandbox/requests?app_id={self.id}") as answer:
            return json.load(answer)["requests"]

    def token_requests(self) -> int:
        return sum("tenant_access_token" in request["path"] for request in self.requests())

    def calls(self) -> list[dict]:
        return [request for request in self.requests() if "access_token" not in request["path"]]


def _post(url: str, body: dict):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode())) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"the sandbox refused {body}: {error.read().decode()}") from None


@pytest.fixture(scope="session", autouse=True)
def _program():
    if not os.environ.get("LARKSPUR_SANDBOX") and not shutil.which("larkspur-sandbox"):
        built = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[2] / "target")) / "debug" / "larkspur-sandbox"
        assert built.exists(), "the sandbox is not built: cargo build -p larkspur-sandbox, or set LARKSPUR_SANDBOX"
        os.environ["LARKSPUR_SANDBOX"] = str(built)
    for name in ("LARK_APP_ID", "LARK_APP_SECRET", "LARK_BASE_URL", "LARK_LOG"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def sandbox(_program):
    with testing.sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def redis():
    """The address of a Redis for the whole run; an app's keys hold the app's id."""
    with redis_server.running() as port:
        yield f"redis://127.0.0.1:{port}"


@pytest.fixture
def app(sandbox) -> App:
    return App(sandbox.url)


@pytest.fixture
def client(app):
    with app.client() as client:
        yield client


@pytest.fixture(autouse=True)
def _no_test_hangs():
    """A test that hangs fails by itself, and shows where."""

    def stop(*_: object) -> None:
        raise TimeoutError("the test hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
