"""Users of Feishu Project: the code of the front end, pairs that rotate, stores that share them, and the end of a sign-in."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

import larkspur

CREATE = {"project_key": "p1", "work_item_type_key": "story"}
ANNA, BERT = "7000002", "7000003"


def client(app, kind=larkspur.ProjectClient, **options):
    return kind(app.id, app.secret, user_key="7000001", base_url=app.url, **options)


def code(app, user=ANNA) -> str:
    """Does what the front end does for its user."""
    headers = {"Cookie": f"user={user}", "X-Sandbox-App": app.id, "Content-Type": "application/json"}
    body = json.dumps({"plugin_id": app.id, "state": "s"}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{app.url}/open_api/authen/auth_code", body, headers)) as answer:
        return json.load(answer)["data"]["code"]


def sign_in(app, project, user=ANNA) -> larkspur.ProjectUser:
    return project.oauth.exchange(code(app, user))


def paths(app, end) -> list[dict]:
    return [request for request in app.requests() if request["path"].endswith(end)]


def renewals(app) -> int:
    """How often a pair was granted; the plugin's token, which expires with all others, may have been refused before."""
    return sum(request["status"] == 200 for request in paths(app, "/refresh_token"))


def creators(app) -> list[str]:
    """Whom the sandbox takes for the creator of each work item."""
    with client(app) as project:
        return [item["created_by"] for item in project.work_item.filter.iter(project_key="p1")]


def test_a_user_signs_in_and_calls_without_a_user_key(app):
    with client(app) as project:
        user = sign_in(app, project)
        assert (user.key, round(user.refresh_expires_at - user.expires_at)) == (ANNA, 1_209_600 - 7200)
        me = project.as_user(user.key)
        me.work_item.create(**CREATE, name="mine")
        project.work_item.create(**CREATE, name="the plugin's")
    first, second = paths(app, "/create")
    assert "x-user-key" not in first["headers"] and first["token"]["kind"] == "user"
    assert second["headers"]["x-user-key"] == "7000001" and second["token"]["kind"] == "plugin"
    assert sorted(creators(app)) == ["7000001", ANNA]
    assert "u-" not in repr(user)


def test_pairs_rotate_while_threads_call(app):
    app.post("apps", expire=1)
    with client(app) as project:
        me = project.as_user(sign_in(app, project).key)
        for _ in range(3):
            time.sleep(1.1)
            with ThreadPoolExecutor(8) as pool:
                assert len(list(pool.map(lambda _: me.user.query(user_keys=[ANNA]), range(8)))) == 8
        assert renewals(app) == 3 and {request["status"] for request in paths(app, "/refresh_token")} <= {200, 401}
        assert me.token().value.startswith("u-")


def test_an_expired_token_is_renewed_and_a_lost_one_is_signed_in_again(app):
    with client(app) as project:
        me = project.as_user(sign_in(app, project).key)
        app.post("tokens/expire")
        me.work_item.create(**CREATE, name="one")
        assert [request["status"] for request in paths(app, "/create")] == [401, 200]
        app.post("users/revoke")
        app.post("clock", advance=90)
        app.post("tokens/expire")
    with client(app) as project, pytest.raises(larkspur.ReauthorizationRequired, match="has not signed in; exchange a new code"):
        project.as_user(ANNA).work_item.create(**CREATE, name="two")


def test_a_refresh_token_that_is_taken_back_ends_the_sign_in(app):
    with client(app) as project:
        me = project.as_user(sign_in(app, project).key)
        app.post("users/revoke")
        app.post("tokens/expire")
        for _ in range(2):
            with pytest.raises(larkspur.ReauthorizationRequired, match="sign-in has ended") as caught:
                me.work_item.create(**CREATE, name="one")
        assert caught.value.attempts == 0 and [request["status"] for request in paths(app, "/refresh_token")] == [401, 403]
        me = project.as_user(sign_in(app, project).key)
        assert me.work_item.create(**CREATE, name="two")


def test_a_code_serves_once(app):
    with client(app) as project:
        one = code(app)
        project.oauth.exchange(one)
        with pytest.raises(larkspur.ReauthorizationRequired, match="fetch a new code") as caught:
            project.oauth.exchange(one)
        assert caught.value.code == 10210
        late = code(app)
        app.post("clock", advance=301)
        with pytest.raises(larkspur.ReauthorizationRequired):
            project.oauth.exchange(late)
        with pytest.raises(larkspur.ArgumentError, match="code is empty; pass the code of the front end"):
            project.oauth.exchange(" ")


def test_a_refresh_whose_answer_is_lost_is_tried_again(app):
    with client(app) as project:
        me = project.as_user(sign_in(app, project).key)
        app.post("tokens/expire")
        app.fault(operation="auth.refreshToken", then={"html": 502})
        me.work_item.create(**CREATE, name="one")
        assert (renewals(app), paths(app, "/refresh_token")[0]["status"]) == (1, 502)


def test_users_and_kinds_keep_apart(app, tmp_path):
    store = larkspur.FileStore(tmp_path / "tokens")
    with client(app, token_store=store) as project, client(app, token_store=store, plugin_token_type="virtual") as virtual:
        for user in (ANNA, BERT):
            project.as_user(sign_in(app, project, user).key).work_item.create(**CREATE, name=user)
        with pytest.raises(larkspur.ReauthorizationRequired):
            virtual.as_user(ANNA).work_item.create(**CREATE, name="x")
    assert sorted(creators(app)) == [ANNA, BERT]
    entries = json.loads((tmp_path / "tokens").read_text())["entries"]
    assert sorted(entry["key"].removeprefix(f"{app.url}|{app.id}|") for entry in entries) == [
        "plugin",
        f"user of plugin|{ANNA}",
        f"user of plugin|{BERT}",
    ]


def test_clients_of_one_store_share_a_user_and_renew_once(app, tmp_path):
    store = larkspur.FileStore(tmp_path / "tokens")
    with client(app, token_store=store) as project:
        key = sign_in(app, project).key
    with client(app, token_store=store) as one, client(app, token_store=store) as other:
        one.as_user(key).work_item.create(**CREATE, name="one")
        app.post("tokens/expire")
        one.as_user(key).work_item.create(**CREATE, name="two")
        other.as_user(key).work_item.create(**CREATE, name="three")
    assert renewals(app) == 1


def test_tokens_go_from_one_client_to_another(app):
    with client(app) as project:
        key = sign_in(app, project).key
        project.work_item.create(**CREATE, name="one")
        exported = project.export_tokens()
    with client(app) as other:
        assert other.import_tokens(exported) == 2
        app.post("tokens/expire")
        other.as_user(key).work_item.create(**CREATE, name="two")
    with client(app, plugin_token_type="virtual") as virtual, pytest.raises(larkspur.ReauthorizationRequired):
        virtual.import_tokens(exported)
        virtual.as_user(key).work_item.create(**CREATE, name="three")


def test_the_same_awaited(app):
    async def main():
        async with client(app, larkspur.AsyncProjectClient) as project:
            user = await project.oauth.exchange(await asyncio.to_thread(code, app))
            me = project.as_user(user.key)
            await me.work_item.create(**CREATE, name="one")
            await asyncio.to_thread(app.post, "tokens/expire")
            await asyncio.gather(*(me.work_item.create(**CREATE, name=f"{number}") for number in range(5)))
            return user

    assert asyncio.run(main()).key == ANNA
    assert renewals(app) == 1 and set(creators(app)) == {ANNA}


def test_a_provider_gives_users_tokens(app):
    asked = []
    token = app.post("users/token")["token"]

    def provide(wanted):
        asked.append((wanted["kind"], wanted["user_key"]))
        return token

    with client(app, token_provider=provide) as project:
        project.as_user(ANNA).work_item.create(**CREATE, name="one")
        with pytest.raises(larkspur.ConfigError, match="exchange the code there"):
            project.oauth.exchange("code")
    assert asked == [("user", ANNA)]


def test_what_only_the_open_platform_has_is_refused(app):
    with client(app) as project:
        for call in (lambda: project.for_tenant("t1"), lambda: project.set_app_ticket("t"), lambda: project.jsapi.sign("https://a.b/")):
            with pytest.raises(larkspur.ConfigError, match="Feishu Project knows nothing of it"):
                call()
        assert not hasattr(project.oauth, "authorize")
    with pytest.raises(larkspur.ConfigError, match="token_store and token_provider are both there"):
        client(app, token_store=larkspur.FileStore("x"), token_provider=lambda wanted: "p-1")
    assert app.requests() == []
