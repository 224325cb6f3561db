"""Permissions: the least that a program needs, on the command line and from within."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import larkspur
from larkspur._scopes import operations_in

PROGRAM = """
async def main(client):
    await client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=hello)
    async for user in client.contact.v3.user.find_by_department.iter(department_id="0"):
        print(user)
"""


def run(*words, code=0):
    done = subprocess.run([sys.executable, "-m", "larkspur", "scopes", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


def test_a_list_of_operations_gives_what_the_console_imports():
    found = larkspur.scopes(["im.v1.message.create", "im.v1.chat.list"])
    assert found == {"scopes": {"tenant": ["im:chat:readonly", "im:message:send_as_bot"], "user": []}}
    assert json.loads(json.dumps(found)) == found
    assert found.conditional == ["im.v1.message.create"] and found.undocumented == []


def test_both_spellings_and_a_wrong_one():
    snake, camel = (larkspur.scopes([name]) for name in ("contact.v3.user.batch_get_id", "contact.v3.user.batchGetId"))
    assert snake == camel
    with pytest.raises(larkspur.UnknownOperation, match=r"did you mean im\.v1\.message"):
        larkspur.scopes(["im.v1.mesage.create"])
    with pytest.raises(larkspur.ArgumentError, match="identity is"):
        larkspur.scopes([], identity="app")  # type: ignore[arg-type]
    with pytest.raises(larkspur.ArgumentError, match="no export of the developer console"):
        larkspur.scopes(["im.v1.chat.list"], granted={"tenant": []})


def test_what_a_scope_allows():
    assert "im.v1.message.create" in larkspur.operations_of("im:message:send_as_bot")
    with pytest.raises(larkspur.ArgumentError, match=r"did you mean im:message\?"):
        larkspur.operations_of("im:mesage")


def test_a_client_remembers_what_it_called(app, client):
    assert client.used_operations() == []
    client.im.v1.chat.list()
    client.as_user(token=app.post("users/token")["token"]).im.v1.chat.list()
    client.request("GET", "/open-apis/im/v1/chats")
    with pytest.raises(larkspur.ArgumentError):
        client.im.v1.message.get()
    assert client.used_operations() == ["im.v1.chat.list"] == client.as_app().used_operations()
    assert larkspur.scopes(client.used_operations())["scopes"]["tenant"] == ["im:chat:readonly"]


def test_a_refusal_says_where_to_get_the_permission(app, client):
    app.post("apps", missing_scopes=["im:chat", "im:chat:read", "im:chat:readonly", "im:chat.group_info:readonly"])
    with pytest.raises(larkspur.PermissionDenied) as raised:
        client.im.v1.chat.list()
    error = raised.value
    assert error.apply_url.startswith(f"https://open.feishu.cn/app/{app.id}/auth?q=") and error.missing_scopes
    assert json.loads(error.import_text)["scopes"] == larkspur.scopes(["im.v1.chat.list"])["scopes"]


def test_the_command_line_reads_sources(tmp_path):
    (tmp_path / "bot.py").write_text(PROGRAM)
    (tmp_path / "page.ts").write_text("await client.im.v1.chat\n  .list({});")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "other.js").write_text("client.drive.v1.file.copy({})")
    assert operations_in(PROGRAM) == ["im.v1.message.create", "contact.v3.user.find_by_department"]
    done = run(tmp_path)
    calls = ["im.v1.message.create", "contact.v3.user.find_by_department", "im.v1.chat.list"]
    assert json.loads(done.stdout) == larkspur.scopes(calls)
    assert "under conditions that only their pages tell: im.v1.message.create" in done.stderr
    assert run(tmp_path, "--calls").stdout.split() == calls
    assert json.loads(run(tmp_path / "bot.py", "--fields").stdout) == larkspur.scopes(calls[:2], fields=True)


def test_the_command_line_leaves_out_what_the_app_has(tmp_path):
    exported = tmp_path / "exported.json"
    exported.write_text('{"scopes": {"tenant": ["im:message"], "user": []}}')
    done = run("im.v1.message.create", "im.v1.chat.list", "--missing", exported)
    assert json.loads(done.stdout) == {"scopes": {"tenant": ["im:chat:readonly"], "user": []}}
    exported.write_text("{}")
    assert "no export of the developer console" in run("im.v1.chat.list", "--missing", exported, code=1).stderr
    exported.write_text("rubbish")
    assert f"larkspur: {exported} holds no JSON; pass what" in run("im.v1.chat.list", "--missing", exported, code=1).stderr


def test_the_command_line_tells_what_a_scope_allows():
    assert run("--allows", "im:message:send_as_bot").stdout.split() == larkspur.operations_of("im:message:send_as_bot")
    assert "larkspur: no operation names the scope" in run("--allows", "no:scope", code=1).stderr
    assert "larkspur: im.v1.mesage.create is not in the catalogue" in run("im.v1.mesage.create", code=1).stderr
    for name in ("no/folder", "none.py"):
        assert f"larkspur: {name} is not there; pass a source file" in run(name, code=1).stderr
