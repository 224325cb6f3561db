"""Errors: their classes, what they tell, and that they travel."""

from __future__ import annotations

import builtins
import pickle

import pytest

import larkspur


def refused(client):
    with pytest.raises(larkspur.ApiError) as caught:
        client.im.v1.message.get(message_id="om_1")
    return caught.value


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ({"code": 99991672, "msg": "no scope"}, larkspur.PermissionDenied),
        ({"code": 99992402, "msg": "field validation failed"}, larkspur.InvalidRequest),
        ({"code": 230001, "msg": "param invalid"}, larkspur.InvalidRequest),
        ({"code": 99991400, "msg": "slow down", "status": 429}, larkspur.RateLimited),
        ({"code": 99991668, "msg": "user token"}, larkspur.AuthError),
    ],
)
def test_codes_have_their_classes(app, shape, kind):
    with app.client(max_retries=0) as client:
        app.fault(then=shape, operation="im.v1.message.get", times=0)
        error = refused(client)
        assert isinstance(error, kind) and error.code == shape["code"] and error.operation == "im.v1.message.get"
        assert error.log_id and error.attempts >= 1 and error.status in (400, 429)
        assert str(error).startswith("im.v1.message.get: ") and error.log_id in str(error) and "\n" not in str(error)
        assert repr(error).startswith(f"{kind.__name__}(") and f"code={shape['code']}" in repr(error)


def test_missing_scopes_are_named(app, client):
    app.post("apps", missing_scopes=["im:message", "im:message:readonly", "im:message.history:readonly", "im:message:send_as_bot"])
    app.post("apps", missing_scopes=client.im.v1.message.get._entry.about()["scopes"])
    error = refused(client)
    assert isinstance(error, larkspur.PermissionDenied)
    assert "im:message" in " ".join(error.missing_scopes) and error.permission_violations[0]["kind"]
    assert error.helps[0]["url"].startswith("http") and error.missing_scopes[0] in str(error)


def test_violated_fields_are_named(client):
    with pytest.raises(larkspur.InvalidRequest) as caught:
        client.request("POST", "/open-apis/im/v1/messages", body={})
    assert caught.value.field_violations[0]["field"] and set(caught.value.field_violations[0]) == {"field", "value", "description"}


def test_errors_are_pickled_whole(app, client):
    app.fault(then={"code": 99991672, "msg": "no scope"}, times=0, operation="im.v1.message.get")
    error = refused(client)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error) and vars(again) == vars(error)


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        (larkspur.TimeoutError, [builtins.TimeoutError, larkspur.TransportError]),
        (larkspur.UnknownOperation, [AttributeError]),
        (larkspur.ArgumentError, [TypeError]),
        (larkspur.ReauthorizationRequired, [larkspur.AuthError, larkspur.ApiError]),
        (larkspur.TlsError, [larkspur.TransportError]),
    ],
)
def test_errors_are_also_what_python_calls_them(kind, others):
    error = kind("it failed", attempts=3, operation="a.b")
    for other in [*others, larkspur.LarkError]:
        assert isinstance(error, other)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.attempts, again.operation) == ("it failed", 3, "a.b")


def test_errors_can_be_made_by_hand():
    error = larkspur.RateLimited("slow down", code=99991400)
    assert error.code == 99991400 and error.missing_scopes == [] and error.headers == {}
