"""What is refused before the network, and how it is told."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import pathlib

import pytest

import larkspur

create = {"receive_id_type": "chat_id", "receive_id": "oc_1", "msg_type": "text"}


@pytest.fixture
def client(app):
    """Whatever is sent here was not refused."""
    with app.client() as client:
        yield client
        assert app.requests() == []


def test_misspelt_and_missing_arguments(client):
    with pytest.raises(larkspur.ArgumentError, match=r"^im\.v1\.message\.create: .*recieve_id.*receive_id"):
        client.im.v1.message.create(**create, content="{}", recieve_id="x")
    with pytest.raises(larkspur.ArgumentError, match="content is missing"):
        client.im.v1.message.create(**create)
    with pytest.raises(TypeError):
        client.im.v1.message.create(**create)


def test_positional_arguments_are_refused(client):
    with pytest.raises(TypeError):
        client.im.v1.message.get("om_1")


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_path_parameters_that_lead_elsewhere(client, value):
    with pytest.raises(larkspur.ArgumentError, match="message_id"):
        client.im.v1.message.get(message_id=value)


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (math.nan, "content holds NaN, which JSON cannot say"),
        ({"a": [math.inf]}, "content holds inf, which JSON cannot say"),
        (datetime.datetime(2026, 1, 1), r"content holds a datetime, .*int\(value\.timestamp\(\)\)"),
        ({"a": decimal.Decimal(1)}, "content holds a Decimal, .*pass a float"),
        ({1, 2}, "content holds a set, .*pass a list"),
        (b"x", "content holds a bytes, .*bytes are only for files"),
        (Colour.RED, "content holds a Colour"),
        (object(), "content holds a object"),
        ({1: 2}, "content has the key 1, a int; keys are strings"),
        ("half \ud83d", "content holds half a surrogate pair"),
    ],
)
def test_what_json_cannot_say(client, value, told):
    with pytest.raises(larkspur.ArgumentError, match=f"^im.v1.message.create: {told}"):
        client.im.v1.message.create(**create, content=value)


def test_what_never_ends_is_refused(client):
    endless: list = []
    endless.append(endless)
    with pytest.raises(larkspur.ArgumentError, match="nested more than 128 levels deep"):
        client.im.v1.message.create(**create, content=endless)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_headers_cannot_be_injected(client, value):
    with pytest.raises(larkspur.LarkError, match="control character"):
        client.im.v1.message.get(message_id="om_1", headers={"X-A": value})
    with pytest.raises(larkspur.LarkError):
        client.with_options(headers={f"X-{value}": "1"})


def test_the_clients_own_headers_are_refused(client):
    with pytest.raises(larkspur.LarkError, match="make a view of the user"):
        client.im.v1.message.get(message_id="om_1", headers={"Authorization": "Bearer u-1"})


@pytest.mark.parametrize("secret", ["", "  ", None])
def test_an_empty_secret(secret):
    with pytest.raises(larkspur.ConfigError, match="app_secret is empty; pass it or set LARK_APP_SECRET"):
        larkspur.Client("cli_a", secret)


def test_plain_http_needs_to_be_asked_for():
    with pytest.raises(larkspur.ConfigError, match="http"):
        larkspur.Client("cli_a", "s", base_url="http://example.com")
    larkspur.Client("cli_a", "s", base_url="http://example.com", allow_http=True)
    larkspur.Client("cli_a", "s", base_url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": math.nan},
        {"timeout": "soon"},
        {"max_retries": -1},
        {"max_wait": math.inf},
        {"base_url": "not a url"},
        {"proxy": "localhost:3128"},
        {"proxy": 3},
        {"ca": b"no certificate"},
        {"ca": pathlib.Path("/nowhere/ca.pem")},
        {"helpdesk": ("", "")},
        {"headers": [1]},
    ],
)
def test_options_that_cannot_be(options):
    with pytest.raises(larkspur.LarkError) as caught:
        larkspur.Client("cli_a", "s3cret-1", **options)
    assert next(iter(options)) in str(caught.value) and "s3cret" not in str(caught.value)


def test_unknown_options_are_pythons_own_error():
    with pytest.raises(TypeError, match="retries"):
        larkspur.Client("cli_a", "s", retries=3)


def test_a_file_given_as_text(client):
    with pytest.raises(larkspur.ArgumentError, match=r"image is a str; pass pathlib\.Path for a file on disk, bytes for its contents"):
        client.im.v1.image.create(image_type="message", image="photo.png")
    with pytest.raises(larkspur.ArgumentError, match="image is a int, which is no file"):
        client.im.v1.image.create(image_type="message", image=1)
    with pytest.raises(larkspur.ArgumentError, match="cannot be uploaded"):
        client.im.v1.image.create(image_type="message", image=pathlib.Path("/nowhere/photo.png"))


def test_authority_is_never_changed_in_silence(client):
    with pytest.raises(larkspur.ConfigError, match=r"needs a user; client\.as_user"):
        client.search.v2.message.create(query="x")
    with pytest.raises(larkspur.ConfigError, match=r"takes a tenant access token.*client\.as_app"):
        client.as_user(token="u-1").im.v1.batch_message.delete(batch_message_id="bm_1")
    with pytest.raises(larkspur.ConfigError, match="token is empty"):
        client.as_user(token=" ")


def test_any_path_is_checked_too(client):
    for path in ["open-apis/x", "//evil.example/x", "/a/../b", "/a?b=1", "https://evil.example/x"]:
        with pytest.raises(larkspur.ArgumentError, match="path"):
            client.request("GET", path)
    with pytest.raises(larkspur.ArgumentError, match="method"):
        client.request("BREW", "/open-apis/x")
    with pytest.raises(larkspur.ArgumentError, match="path_parms is no argument of request; did you mean path_params"):
        client.request("GET", "/open-apis/x", path_parms={})
    with pytest.raises(larkspur.ArgumentError, match="query is a list; pass a dict"):
        client.request("GET", "/open-apis/x", query=[1])
    with pytest.raises(larkspur.ArgumentError, match="user_id"):
        client.request("GET", "/open-apis/x/:user_id", path_params={"user_id": ".."})


def test_every_refusal_names_no_secret(client):
    with pytest.raises(larkspur.LarkError) as caught:
        client.as_user(token="u-s3cret\r\n")
    assert "s3cret" not in str(caught.value) + repr(caught.value)
