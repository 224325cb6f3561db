"""Names: looked up, listed, explained, refused."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import pydoc
import weakref

import pytest

import larkspur
from larkspur import message


@pytest.fixture(scope="module")
def client():
    return larkspur.Client("cli_a", "s3cret")


def test_names_are_looked_up_once(client):
    assert client.im is client.im
    assert client.im.v1.message.create is client.im.v1.message.create
    assert repr(client.im.v1.message) == "<larkspur im.v1.message>"
    assert repr(client.im.v1.message.create) == "<larkspur operation im.v1.message.create>"
    assert client.im.v1.batchMessage.getProgress.__name__ == "im.v1.batch_message.get_progress"


def test_dir_lists_what_lies_below(client):
    assert {"im", "contact", "drive", "request", "as_user", "with_options"} <= set(dir(client))
    assert {"create", "get", "list", "reply"} <= set(dir(client.im.v1.message))
    assert {"raw", "iter", "pages"} <= set(dir(client.im.v1.message.create))


def test_a_misspelt_name_is_answered_with_the_nearest(client):
    with pytest.raises(larkspur.UnknownOperation, match=r"im\.v1\.mesage is not in the catalogue; did you mean message\?"):
        client.im.v1.mesage.create()
    with pytest.raises(AttributeError, match="did you mean create"):
        client.im.v1.message.creat()
    assert not hasattr(client, "imm") and not hasattr(client.im, "_ipython_display_")


def test_help_tells_everything(client):
    shown = pydoc.plain(pydoc.render_doc(client.im.v1.message.create))
    for part in [
        "POST /open-apis/im/v1/messages, with tenant or user access token.",
        "receive_id: body, str, required",
        "receive_id_type: query, str, required; open_id",
        "uuid: body, str, filled when absent",
        "Scopes, any one of: im:message",
        "Documentation: https://open.feishu.cn/document/",
    ]:
        assert part in shown, shown
    assert ".iter(" in pydoc.plain(pydoc.render_doc(client.contact.v3.user.find_by_department))
    assert client.im.v1.message.create.__name__ == "im.v1.message.create"


def test_help_names_the_successor(client):
    shown = client.contact.v3.user.list.__doc__
    assert "Historic: it works" in shown and "use contact.v3.user.find_by_department instead" in shown


def test_the_signature_is_the_catalogues(client):
    signature = inspect.signature(client.im.v1.message.create)
    assert signature.parameters["receive_id"].default is inspect.Parameter.empty
    assert signature.parameters["uuid"].default is None
    assert "from_" in inspect.signature(client.acs.v1.access_record.list).parameters


def test_every_operation_can_be_explained(client):
    def walk(node):
        for name in node._core.children(getattr(node, "_entry", None)):
            child = getattr(node, name)
            yield from [child] if child.__class__.__name__ == "Operation" else walk(child)

    operations = list(walk(client))
    assert len(operations) > 1700
    for operation in operations:
        assert operation.__name__ in operation.__doc__ and inspect.signature(operation)


@pytest.mark.parametrize("name", ["client", "client.im", "client.im.v1.message.create", "client.request"])
def test_clients_are_not_pickled_or_copied(client, name):
    value = eval(name, {"client": client})
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied; share it, or make a client in each process"):
            way(value)


def test_what_holds_no_connection_can_be_pickled():
    hello = message.text("hello")
    for value in (hello, larkspur.NULL):
        assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(larkspur.NULL) is larkspur.NULL


def test_a_dropped_client_ends_at_once():
    client = larkspur.Client("cli_a", "s3cret")
    client.im.v1.message.create  # noqa: B018 the name is cached below the client
    gone = weakref.ref(client)
    gc.disable()
    try:
        del client
        assert gone() is None
    finally:
        gc.enable()


def test_nothing_secret_is_shown(client):
    assert "s3cret" not in repr(client) + repr(vars(client)) + str(client)
