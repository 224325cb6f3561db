"""Feishu Project, with a platform in the network's place that counts what it is sent."""

from __future__ import annotations

import json
import threading
import time

import pytest

import larkspur


class Platform:
    """Tokens, work items in pages, idempotency, and the real limit: more than 15 calls of an interface in a second are refused."""

    def __init__(self):
        self.lock = threading.Lock()
        self.arrived, self.requests, self.items, self.keys = [], [], [], set()
        self.refused = 0

    def __call__(self, request):
        path = request.url.partition("/open_api")[2]
        body = json.loads(request.body) if request.body else {}
        headers = {name.lower(): value for name, value in dict(request.headers).items()}
        if path == "/authen/plugin_token":
            token = ("v-" if body["type"] else "p-") + "1"
            return 200, {}, {"data": {"token": token, "expire_time": 7200}, "error": {"code": 0, "msg": "success"}}
        with self.lock:
            self.requests.append((request.method, path, headers, body))
            return self.create(headers, body) if path.endswith("/create") else self.filter(body)

    def create(self, headers, body):
        now = time.monotonic()
        self.arrived = [moment for moment in self.arrived if now - moment < 1] + [now]
        if len(self.arrived) > 15:
            self.refused += 1
            return refusal(429, 10429, "too many calls")
        if headers["x-idem-uuid"] in self.keys:
            return refusal(429, 10430, "the string was used")
        if body["name"] == "forbidden":
            return refusal(401, 10301, "no scope")
        self.keys.add(headers["x-idem-uuid"])
        self.items.append(body["name"])
        return 200, {}, {"err_code": 0, "err_msg": "", "err": {}, "data": len(self.items)}

    def filter(self, body):
        number, size = body.get("page_num", 1), body["page_size"]
        rows = self.items[(number - 1) * size : number * size]
        pagination = {"page_num": number, "page_size": size, "total": len(self.items)}
        return 200, {}, {"err_code": 0, "err_msg": "", "err": {}, "data": rows, "pagination": pagination}


def refusal(status, code, msg):
    return status, {}, {"err_code": code, "err_msg": msg, "err": {"code": code, "msg": msg, "log_id": "L1"}, "data": None}


@pytest.fixture
def platform():
    return Platform()


def client(platform, **options):
    return larkspur.ProjectClient("MII_1", "s3cret", user_key="7000001", transport=platform, **options)


def create(project, name, **options):
    return project.work_item.create(project_key="p1", work_item_type_key="story", name=name, **options)


def test_work_items_are_made_and_found(platform):
    with client(platform) as project:
        assert [create(project, f"item {number}") for number in range(5)] == [1, 2, 3, 4, 5]
        found = project.work_item.filter.iter(project_key="p1", work_item_type_keys=["story"], page_size=2)
        assert list(found) == [f"item {number}" for number in range(5)]
    _, path, headers, _ = platform.requests[0]
    assert path == "/p1/work_item/create"
    assert (headers["x-plugin-token"], headers["x-user-key"]) == ("p-1", "7000001")
    assert "authorization" not in headers and "x-auth-mode" not in headers
    assert len(platform.keys) == 5


def test_the_kind_of_token_and_user_views(platform):
    with client(platform, plugin_token_type="virtual", check_user_rights=True) as project:
        create(project, "one")
        create(project.as_user(token="u-1"), "two")
    first, second = (headers for _, _, headers, _ in platform.requests)
    assert (first["x-plugin-token"], first["x-auth-mode"]) == ("v-1", "1")
    assert second["x-plugin-token"] == "u-1" and "x-user-key" not in second


def test_errors_have_code_log_id_and_a_remedy(platform):
    with client(platform) as project, pytest.raises(larkspur.PermissionDenied, match="grant the plugin the scope") as caught:
        create(project, "forbidden")
    error = caught.value
    assert (error.code, error.detail_code, error.log_id, error.attempts) == (10301, 10301, "L1", 1)


def test_a_repeated_key_is_a_conflict_and_is_not_sent_again(platform):
    with client(platform) as project:
        create(project, "one", idempotency_key="mine")
        with pytest.raises(larkspur.IdempotencyConflict) as caught:
            create(project, "one", idempotency_key="mine")
    assert (caught.value.code, caught.value.attempts, len(platform.items)) == (10430, 1, 1)


def test_what_cannot_be_sent_is_refused_before_the_network(platform):
    with larkspur.ProjectClient("MII_1", "s", transport=platform) as project, pytest.raises(larkspur.ConfigError, match="user_key"):
        create(project, "x")
    with pytest.raises(larkspur.ConfigError, match="plugin_id is empty; pass it or set LARK_PLUGIN_ID"):
        larkspur.ProjectClient("", "s")
    with pytest.raises(larkspur.ConfigError, match="plugin_token_type"):
        client(platform, plugin_token_type="real")
    assert platform.requests == []


def test_slips_are_told_before_the_network(platform):
    with pytest.raises(larkspur.ConfigError, match="user_key is of the type int; pass a str"):
        larkspur.ProjectClient("MII_1", "s", user_key=7000001, transport=platform)
    with pytest.raises(larkspur.ConfigError, match="idempotency is a str; pass True or False"):
        client(platform, idempotency="no")
    with client(platform) as project:
        with pytest.raises(larkspur.ConfigError, match="idempotency_key is of the type int; pass a str"):
            create(project, "x", idempotency_key=5)
        with pytest.raises(larkspur.ArgumentError, match="idempotency_key is empty"):
            create(project, "x", idempotency_key=" ")
        with pytest.raises(larkspur.ArgumentError, match="has pages of a kind that is not known; call its operation"):
            project.request.iter("POST", "/open_api/p1/work_item/filter", body={})
        with pytest.raises(larkspur.ArgumentError, match="work_item_type_keys is a string; pass a list"):
            project.work_item.filter(project_key="p1", work_item_type_keys="story")
        with pytest.raises(larkspur.ArgumentError, match="project_key is empty"):
            project.work_item.filter(project_key="")
        with pytest.raises(larkspur.UnknownOperation, match="im is not in the catalogue; call it on a Client"):
            project.im.v1.chat.list()
        with pytest.raises(larkspur.UnknownOperation, match="work_item is not in the catalogue; call it on a ProjectClient"):
            larkspur.Client("cli_a", "s").work_item.create()
        assert dir(project).count("work_item") == 1
    assert platform.requests == []


def test_a_retry_tells_the_whole_wait(platform):
    waits, requests = [], platform.requests
    with client(platform, on_retry=waits.append) as project:
        create(project, "one")
        platform.arrived = [time.monotonic()] * 15
        begin = time.monotonic()
        create(project, "two")
        took = time.monotonic() - begin
    # The pause is half a second at most; the rest of the second is the turn behind it.
    assert platform.refused >= 1 and len(requests) == 2 + platform.refused
    assert waits[0].reason == "too many calls" and 0.9 < waits[0].seconds <= took + 0.1


def test_the_families_have_their_own_names(platform):
    with client(platform) as project:
        assert "work_item" in dir(project) and "im" not in dir(project)
        with pytest.raises(larkspur.UnknownOperation, match="did you mean create"):
            project.work_item.creat()
        assert not hasattr(larkspur.Client("cli_a", "s"), "work_item")
        told = project.work_item.create.__doc__
        assert "project_key" in told and "with plugin or user token" in told and "Rate: 15/s" in told and "idempotency_key, or one" in told
        told = project.work_item.filter.__doc__
        assert "Rate: 15/s,450/min" in told and "recognises a repetition" not in told


def test_without_pacing_the_platform_refuses_and_the_calls_slow_down(platform):
    with client(platform, pacing=False, max_retries=0) as project, pytest.raises(larkspur.RateLimited) as caught:
        for number in range(16):
            create(project, f"item {number}")
    assert (caught.value.code, platform.refused) == (10429, 1)
