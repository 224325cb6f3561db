"""Runs ``tests/vectors`` against the sandbox, with both clients; what each member means stands in the README there."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import socket
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import larkspur
import larkspur._scopes

FOLDER = Path(__file__).parents[2] / "tests" / "vectors"
JSON = "application/json; charset=utf-8"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
#: What vectors may need; see ``needs`` in the README there.
OFFERED = {"bots", "jsapi", "keyless", "project", "project_users", "scopes", "store_apps", "stores", "users"}
SECRETS = {
    *("app_secret", "client_secret", "client_assertion", "app_access_token", "app_ticket"),
    *("refresh_token", "code_verifier", "token", "device_code"),
}
MADE = {"$timestamp": re.compile(r"\d{10}"), "$sign": re.compile(r"[A-Za-z0-9+/]{43}=")}
REASONS = {"too many calls": "rate_limit", "a failure": "backoff"}


def _load():
    for file in sorted(FOLDER.glob("*.json")):
        if file.stem != "schema":
            for vector in json.loads(file.read_text(encoding="utf-8")):
                yield pytest.param(vector, id=f"{file.stem}: {vector['name']}", marks=_marks(vector))


def _marks(vector):
    """Left out are the few vectors that say why no binding can run them, and those that need what Python does not offer."""
    if vector.get("only", "python") != "python":
        return [pytest.mark.skip(reason=vector["because"])]
    missing = set(vector.get("needs", [])) - OFFERED
    return [pytest.mark.skip(reason=f"Python does not offer {', '.join(sorted(missing))}")] if missing else []


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("vector", list(_load()))
def test_vector(app, vector, mode):
    if "refused" in vector:
        with pytest.raises(larkspur.LarkError) as caught:
            _client(app, vector, mode, [])
        _check_error(vector["refused"], caught.value)
        return
    _prepare(app, vector)
    waits: list[larkspur.RetryEvent] = []
    store = Store(vector.get("store", {}), app)
    client = _client(app, vector, mode, waits, store)
    with ThreadPoolExecutor() as others:
        meanwhile = others.submit(store.meanwhile)
        outcomes = _run_sync(client, vector) if mode == "sync" else asyncio.run(_run_async(client, vector))
    meanwhile.result()
    store.end()
    for call, outcome in zip(vector["calls"], outcomes, strict=True):
        _check(call["result"], outcome)
        if "exported" in call["result"]:
            assert _is_same(_spelled_out(call["result"]["exported"], app.url, app.id, outcome["began"]), outcome["exported"])
        if "signed" in call["result"]:
            _check_signed(call["result"]["signed"], outcome["data"], app)
    _check_waits(vector, waits)
    if vector.get("client", {}).get("base_url") != "closed":
        _check_log(app, vector)


def _client(app, vector, mode, waits, store=None):
    options = dict(vector.get("client", {}))
    for name in ("timeout", "max_wait"):
        if name in options:
            options[name] /= 1000
    options["headers"] = {**options.get("headers", {}), "X-Sandbox-App": app.id}
    if options.get("base_url") == "closed":
        options["base_url"] = f"http://127.0.0.1:{_closed_port()}"
    if "helpdesk" in options:
        options["helpdesk"] = tuple(options["helpdesk"])
    if "assertions" in options:
        options.setdefault("app_secret", None)
        options["client_assertion"] = _signer(app, options.pop("assertions"))
    if "store" in vector:
        options["token_store"] = store
    options = {"app_id": app.id, "app_secret": app.secret, "base_url": app.url, **options}
    client = _maker(options, mode)(**options, on_retry=waits.append)
    client._waits = waits
    return client


def _maker(options, mode):
    """The class of the client; what Feishu Project calls otherwise is renamed in the options."""
    if options.pop("kind", None) != "project":
        return larkspur.Client if mode == "sync" else larkspur.AsyncClient
    options["plugin_id"], options["plugin_secret"] = options.pop("app_id"), options.pop("app_secret")
    return larkspur.ProjectClient if mode == "sync" else larkspur.AsyncProjectClient


def _signer(app, assertions):
    left = list(assertions)

    def sign(audience):
        assert audience == app.url.removeprefix("http://")
        return left.pop(0)

    return sign


def _closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Store:
    """The token store of a vector: what lies there, and what others put there meanwhile."""

    def __init__(self, part, app):
        self._part, self._app, self._began = part, app, time.time()
        self._values: dict[str, tuple[bytes, str]] = {}
        self._swaps = 0
        self._put(part.get("holds", {}))

    def load(self, key):
        return self._values.get(key)

    def swap(self, key, expected, value, ttl):
        assert ttl > 0
        found = self._values.get(key)
        if (found[1] if found else None) != expected:
            return False
        self._swaps += 1
        self._values[key] = (value, str(self._swaps))
        return True

    def meanwhile(self):
        """What others do, in a thread of their own."""
        for part in self._part.get("meanwhile", []):
            time.sleep(max(0.0, self._began + part["at"] / 1000 - time.time()))
            self._check(part.get("has", {}))
            self._put(part.get("puts", {}))

    def end(self):
        """What lies there when all is over."""
        self._check(self._part.get("keeps", {}))

    def _check(self, records):
        for key, record in self._spelled_out(records).items():
            found = self._values.get(key, (b"null",))[0].decode()
            assert _is_same(record, found if isinstance(record, str) else json.loads(found)), f"{key} holds {found}"

    def _put(self, records):
        for key, record in self._spelled_out(records).items():
            self._swaps += 1
            text = record if isinstance(record, str) else json.dumps(record)
            self._values[key] = (text.encode(), str(self._swaps))

    def _spelled_out(self, records):
        return _spelled_out(records, self._app.url, self._app.id, self._began)


def _spelled_out(value, base, app_id, began):
    """With what ``$base`` and the like stand for; moments count from ``began``, in seconds since 1970."""
    text = json.dumps(value).replace("$base", base).replace("$app_id", app_id)
    return json.loads(re.sub(r'"\$ms([+-]\d+)"', lambda moment: str(int(began * 1000) + int(moment[1])), text))


def _is_same(expected, actual):
    """Equal, but for moments, which may be five seconds apart, and for ``$uuid``."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(_is_same(value, actual[name]) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(_is_same, expected, actual))
    if isinstance(expected, int) and expected > 1e12:
        return isinstance(actual, int) and abs(expected - actual) < 5000
    return UUID.fullmatch(actual) if expected == "$uuid" else expected == actual


# What the sandbox answers.


def _turns(vector):
    """The exchange with the short form of token requests written out."""
    for turn in vector.get("exchange", []):
        if "grants" not in turn:
            yield turn
            continue
        kind = turn.get("kind", "tenant")
        if kind in ("plugin", "virtual"):
            yield _plugin_turn(turn, kind)
            continue
        expect = {
            "method": "POST",
            "path": f"/open-apis/auth/v3/{kind}_access_token/internal",
            "token": None,
            "json": {"app_id": "$app_id", "app_secret": "$app_secret"},
        }
        body = {"code": 0, "msg": "ok", f"{kind}_access_token": turn["grants"], "expire": turn.get("expire", 7200)}
        yield {"expect": expect, "answer": {"json": body}, "takes": turn.get("takes", 0)}


def _plugin_turn(turn, kind):
    body = {"plugin_id": "$app_id", "plugin_secret": "$app_secret", "type": int(kind == "virtual")}
    expect = {"method": "POST", "path": "/open_api/authen/plugin_token", "token": None, "json": body}
    data = {"token": turn["grants"], "expire_time": turn.get("expire", 7200)}
    answer = {"json": {"data": data, "error": {"code": 0, "msg": "success"}}}
    return {"expect": expect, "answer": answer, "takes": turn.get("takes", 0)}


def _prepare(app, vector):
    """In free order each answer goes to its own request, else they are given out one after the other."""
    turns = list(_turns(vector))
    if vector.get("order") == "free":
        for turn in turns:
            app.fault(method=turn["expect"]["method"], path=turn["expect"]["path"], then=_shape(turn))
    else:
        app.script(*(_shape(turn) for turn in turns), tokens=True)


def _shape(turn):
    answer = turn["answer"]
    if "fails" in answer:
        return {"cut": "fin"}
    # The sandbox would add a log id of its own.
    headers = {"X-Tt-Logid": [], **{name.title(): value for name, value in answer.get("headers", {}).items()}}
    shape = {"status": answer.get("status", 200), "headers": headers, "delay_ms": turn.get("takes", 0)}
    body = _body(answer)
    if body is not None:
        shape["body_base64"] = base64.b64encode(body).decode()
    if "breaks" in answer:
        shape |= {"cut": "fin", "after_bytes": answer["breaks"]}
    return shape


def _body(part):
    if "data" in part:
        return _json({"code": 0, "msg": "success", "data": part["data"]})
    if "json" in part:
        return _json(part["json"])
    if "hex" in part:
        return bytes.fromhex(part["hex"])
    return part["text"].encode() if "text" in part else None


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# The calls, blocking.


def _run_sync(client, vector):
    outcomes = [{"began": time.time()} for _ in vector["calls"]]
    threads = []
    began = time.monotonic()
    with client:
        for call, outcome in zip(vector["calls"], outcomes, strict=True):
            if "at" not in call:
                _call_sync(client, call, outcome)
                continue
            time.sleep(max(0.0, began + call["at"] / 1000 - time.monotonic()))
            threads.append(threading.Thread(target=_call_sync, args=(client, call, outcome)))
            threads[-1].start()
        for thread in threads:
            thread.join()
    return outcomes


def _call_sync(client, call, outcome):
    try:
        if "bot" in call:
            with _bot(larkspur.WebhookBot, client, call) as bot:
                outcome["data"] = bot.send(_message(call))
            return
        if "scopes" in call:
            outcome["data"] = _least(call["scopes"])
            return
        target, positional, named = _target(client, call)
        if call.get("view_token"):
            outcome["token"] = target().value
        elif "exports" in call or "imports" in call:
            outcome |= _carried(target, positional)
        elif "sign_in" in call:
            outcome["user"] = target(*positional, **named)
        elif "device" in call:
            outcome["device"] = flow = target(*positional, **named)
            outcome["user"] = flow.wait()
        elif "app_ticket" in call:
            target(*positional)
        elif "walk" in call:
            found = outcome.setdefault(call["walk"], [])
            walk = target.iter if call["walk"] == "items" else target.pages
            for part in walk(*positional, **named):
                found.append(part)
        elif "download" in call:
            with target(*positional, **named) as file:
                outcome |= {"file": file, "content": file.read()}
        elif _wants_reply(call):
            outcome["reply"] = target.raw(*positional, **named)
        else:
            outcome["data"] = target(*positional, **named)
    except larkspur.LarkError as error:
        outcome["error"] = error


# The calls, awaited.


async def _run_async(client, vector):
    outcomes = [{"began": time.time()} for _ in vector["calls"]]
    tasks = []
    began = time.monotonic()
    async with client:
        for call, outcome in zip(vector["calls"], outcomes, strict=True):
            if "at" not in call:
                await _call_async(client, call, outcome)
                continue
            await asyncio.sleep(max(0.0, began + call["at"] / 1000 - time.monotonic()))
            tasks.append(asyncio.create_task(_call_async(client, call, outcome)))
        await asyncio.gather(*tasks)
    return outcomes


async def _call_async(client, call, outcome):
    try:
        if "bot" in call:
            async with _bot(larkspur.AsyncWebhookBot, client, call) as bot:
                outcome["data"] = await bot.send(_message(call))
            return
        if "scopes" in call:
            outcome["data"] = _least(call["scopes"])
            return
        target, positional, named = _target(client, call)
        if call.get("view_token"):
            outcome["token"] = (await target()).value
        elif "exports" in call or "imports" in call:
            outcome |= _carried(target, positional)
        elif "sign_in" in call:
            outcome["user"] = await target(*positional, **named)
        elif "device" in call:
            outcome["device"] = flow = await target(*positional, **named)
            outcome["user"] = await flow.wait()
        elif "app_ticket" in call:
            target(*positional)
        elif "walk" in call:
            found = outcome.setdefault(call["walk"], [])
            walk = target.iter if call["walk"] == "items" else target.pages
            async for part in walk(*positional, **named):
                found.append(part)
        elif "download" in call:
            async with await target(*positional, **named) as file:
                outcome |= {"file": file, "content": await file.read()}
        elif _wants_reply(call):
            outcome["reply"] = await target.raw(*positional, **named)
        else:
            outcome["data"] = await target(*positional, **named)
    except larkspur.LarkError as error:
        outcome["error"] = error


def _bot(make, client, call):
    bot = call["bot"]
    headers, retries = {"X-Sandbox-App": client.app_id}, client._waits.append
    return make(client.base_url + bot["path"], secret=bot.get("secret"), headers=headers, on_retry=retries, **_options(call))


def _message(call):
    return getattr(larkspur.message, call["message"]["kind"])(**call["message"]["arguments"])


def _carried(target, positional):
    """What an export or an import gives."""
    told = target(*positional)
    return {"imported": told} if positional else {"exported": json.loads(told)}


def _least(wanted):
    wanted = dict(wanted)
    operations = wanted.pop("operations", []) + larkspur._scopes.operations_in(wanted.pop("source", ""))
    return larkspur.scopes(operations, **wanted)


def _target(client, call):
    """What is called, and its arguments as Python spells them."""
    view = _view(client, call)
    if call.get("view_token"):
        return view.token, (), {}
    if "app_ticket" in call:
        return view.set_app_ticket, (call["app_ticket"],), {}
    if "exports" in call:
        return view.export_tokens, (), {}
    if "imports" in call:
        given = call["imports"]
        text = given if isinstance(given, str) else json.dumps(_spelled_out(given, client.base_url, client.app_id, time.time()))
        return view.import_tokens, (text,), {}
    if "sign_in" in call:
        named = dict(call["sign_in"])
        return view.oauth.exchange, (named.pop("code"),), named
    if "device" in call:
        return view.oauth.device, (), call["device"]
    if "page" in call:
        return view.jsapi.sign, (call["page"],), {}
    if "revoke" in call:
        return view.oauth.revoke, (call["revoke"],), {}
    named = _options(call)
    if "max_wait" in named:
        view = view.with_options(max_wait=named.pop("max_wait") / 1000)
    if "files" in call:
        named |= _files(call)
    if "request" in call:
        request = dict(call["request"])
        named["headers"] = {**request.pop("headers", {}), **named.get("headers", {})}
        return view.request, (request.pop("method"), request.pop("path")), {**named, **request}
    target = view
    for part in call["operation"].split("."):
        target = getattr(target, _snake(part))
    named |= {name: larkspur.NULL if value is None else value for name, value in call.get("arguments", {}).items()}
    if "message" in call:
        named["content"] = _message(call)
    return target, (), named


def _snake(name):
    return re.sub(r"(?<!_)([A-Z])", lambda capital: "_" + capital[1].lower(), name)


def _view(client, call):
    if "user" in call:
        return client.as_user(token=call["user"])
    if "user_key" in call:
        return client.as_user(call["user_key"])
    return client.for_tenant(call["tenant"]) if "tenant" in call else client


def _options(call):
    options = dict(call.get("options", {}))
    if "timeout" in options:
        options["timeout"] /= 1000
    return options


def _files(call):
    files = {name: (file["name"], _body(file)) if "name" in file else _body(file) for name, file in call["files"].items()}
    return {"files": files} if "request" in call else files


def _wants_reply(call):
    return "reply" in call["result"] or "attempts" in call["result"]


# What came of them.


def _check(expected, outcome):
    if "error" in expected:
        assert "error" in outcome, f"succeeded: {outcome}"
        _check_error(expected["error"], outcome["error"])
    elif "error" in outcome:
        raise outcome["error"]
    for name in ("items", "pages", "token", "imported"):
        if name in expected:
            assert outcome.get(name, []) == expected[name]
    if "device" in expected:
        assert {name: getattr(outcome["device"], name) for name in ("url", "user_code")} == expected["device"]
    if "user" in expected:
        _check_user(expected["user"], outcome)
    if isinstance(outcome.get("data"), larkspur._scopes.Scopes):
        assert [_snake(name) for name in expected.get("undocumented", [])] == outcome["data"].undocumented
        assert [_snake(name) for name in expected.get("conditional", [])] == outcome["data"].conditional
    if "data" in expected:
        data = outcome["reply"].data if "reply" in outcome else outcome["data"]
        assert data == expected["data"]
    if "file" in expected:
        _check_file(expected["file"], outcome)
    elif "attempts" in expected:
        assert outcome["reply"].attempts == expected["attempts"]
    if "reply" in expected:
        _check_reply(expected["reply"], outcome["reply"])


def _check_signed(expected, told, app):
    text = f"jsapi_ticket={expected['ticket']}&noncestr={told['nonceStr']}&timestamp={told['timestamp']}&url={expected['url']}"
    assert told["signature"] == hashlib.sha1(text.encode()).hexdigest()
    assert told["appId"] == app.id and abs(told["timestamp"] / 1000 - time.time()) < 30 and len(told["nonceStr"]) == 32


def _check_user(expected, outcome):
    user, began = outcome["user"], outcome["began"]
    assert user.key == expected["key"]
    # Feishu Project tells neither.
    for name in ("open_id", "scopes"):
        assert getattr(user, name, None) == expected.get(name)
    assert user.expires_at - began == pytest.approx(expected["expires_in"] / 1000, abs=5)
    if expected["refresh_expires_in"] is None:
        assert user.refresh_expires_at is None
    else:
        assert user.refresh_expires_at - began == pytest.approx(expected["refresh_expires_in"] / 1000, abs=5)


def _check_reply(expected, reply):
    for name in ("status", "code", "msg", "log_id"):
        if name in expected:
            assert getattr(reply, name) == expected[name], name
    for name, value in expected.get("headers", {}).items():
        assert reply.headers.get(name.lower()) == value


def _check_file(expected, outcome):
    assert outcome["content"] == _body(expected)
    file = outcome["file"]
    assert file.file_name == expected.get("name", file.file_name)
    assert file.size == expected.get("size", file.size)


def _check_error(expected, error):
    assert type(error).__name__ == expected["class"], str(error)
    line = str(error)
    if "message" in expected:
        assert line == (f"{error.operation}: " if error.operation else "") + expected["message"]
    for part in expected.get("contains", []):
        assert part in line
    same = ("code", "status", "msg", "log_id", "attempts", "retryable", "missing_scopes", "troubleshooter", "data")
    for name in same:
        if name in expected:
            assert getattr(error, name) == expected[name], name
    for name in ("field_violations", "permission_violations", "helps"):
        if name in expected:
            assert [{key: text for key, text in row.items() if text} for row in getattr(error, name)] == expected[name]
    for name in ("url", "apply_url"):
        if name in expected:
            page = urllib.parse.urlsplit(getattr(error, name))
            assert re.sub(r"cli_\w+", "$app_id", f"{page.path}?{page.query}") == expected[name]
    if "import_text" in expected:
        assert error.import_text == expected["import_text"]
    if "retry_after" in expected:
        assert error.retry_after == (None if expected["retry_after"] is None else expected["retry_after"] / 1000)
    assert "\n" not in line


def _check_waits(vector, waits):
    """Pauses of calls; those for a token or a turn are no retries, and those of a refresh belong to no call."""
    listed = [wait for wait in vector.get("waits", []) if not wait.get("of_refresh")]
    places = [place for place, wait in enumerate(listed) if wait["why"] in ("backoff", "rate_limit")]
    assert [REASONS[wait.reason] for wait in waits] == [listed[place]["why"] for place in places]
    for place, event in zip(places, waits, strict=True):
        # The turn right behind a pause belongs to the same wait.
        spans = [_span(listed[place])] + [_span(turn) for turn in listed[place + 1 : place + 2] if turn["why"] == "pacing"]
        least, most = map(sum, zip(*spans, strict=True))
        assert least - 1 <= event.seconds * 1000 <= most + 1


def _span(wait):
    return wait["ms"] if isinstance(wait["ms"], list) else (wait["ms"], wait["ms"])


# What was sent.


def _check_log(app, vector):
    turns = [turn["expect"] for turn in _turns(vector)]
    requests = app.requests()
    if vector.get("order") == "free":
        turns, requests = (sorted(each, key=lambda request: (request["method"], request["path"])) for each in (turns, requests))
    lines = [f"{request['method']} {request['path']}" for request in requests]
    assert lines == [f"{expect['method']} {expect['path']}" for expect in turns]
    names = {"$app_id": app.id, "$app_secret": "***"}
    tokens: dict[str, str] = {}
    for expect, request in zip(turns, requests, strict=True):
        assert _fits(expect.get("query", ""), request["raw_query"] or "", names)
        assert request["headers"]["user-agent"].startswith("larkspur/")
        _check_headers(expect, request, names)
        _check_token(expect, request, tokens)
        _check_body(expect, request, names)


def _check_headers(expect, request, names):
    for name, value in expect.get("headers", {}).items():
        found = request["headers"].get(name.lower())
        if value is None:
            assert found is None, name
        elif name == "X-Lark-Helpdesk-Authorization":
            # The log shows the pair without its secret half.
            assert found == base64.b64decode(value).decode().partition(":")[0] + ":***"
        elif value.endswith("*"):
            assert found.startswith(value[:-1])
        else:
            assert _fits(value, found, names), f"{name}: {found}"


def _check_token(expect, request, tokens):
    """The log shows a label in the place of a token: the same label for the same token, and for it alone."""
    if "token" not in expect:
        return
    if expect["token"] is None:
        assert request["token"] is None
        return
    label = request["token"]["label"]
    assert tokens.setdefault(expect["token"], label) == label
    assert len(set(tokens.values())) == len(tokens)


def _check_body(expect, request, names):
    body, kind = request["body"], request["headers"].get("content-type", "")
    if "form" in expect or kind.startswith("multipart/"):
        boundary = kind.removeprefix("multipart/form-data; boundary=")
        if "text" in expect:
            text = expect["text"].replace("$boundary", boundary)
            assert int(request["headers"]["content-length"]) == len(text.encode())
            return
        assert [_seen(part) for part in body["parts"]] == [_wanted(part) for part in expect["form"]]
    elif "json" in expect:
        assert kind == JSON
        wanted = expect["json"]
        if isinstance(wanted, dict):
            # The log shows no secret.
            hidden = SECRETS | ({"code"} if "grant_type" in wanted else set())
            wanted = {name: "***" if name in hidden else value for name, value in wanted.items()}
        assert _fits(wanted, json.loads(body["text"]), names), body["text"]
    elif "text" in expect:
        assert body["text"] == expect["text"]
    elif "fields" in expect:
        assert kind == "application/x-www-form-urlencoded"
        wanted = {name: "***" if name in SECRETS else value for name, value in expect["fields"].items()}
        assert _fits(wanted, dict(urllib.parse.parse_qsl(body["text"], strict_parsing=True)), names), body["text"]
    else:
        assert body is None
        assert kind == ""


def _seen(part):
    return part["name"], part["file_name"], part["type"], part["size"], part["sha256"]


def _wanted(part):
    content = _body(part) or b""
    return part["name"], part.get("file_name"), part.get("type"), len(content), hashlib.sha256(content).hexdigest()


def _fits(expected, actual, names):
    """Equal, but for ``$uuid`` and the like: any value of the kind at first sight, the same from then on."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(_fits(value, actual[name], names) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(_fits, expected, actual, [names] * len(actual)))
    if not isinstance(expected, str) or "$" not in expected or not isinstance(actual, str):
        return type(expected) is type(actual) and expected == actual
    if expected in MADE:
        return MADE[expected].fullmatch(actual) is not None
    for name in re.findall(r"\$\w+", expected):
        if name not in names:
            found = UUID.search(actual)
            assert name.startswith("$uuid")
            assert found, f"no key in {actual}"
            assert found[0] not in names.values(), "two calls have the same key"
            names[name] = found[0]
        expected = expected.replace(name, names[name])
    return expected == actual
