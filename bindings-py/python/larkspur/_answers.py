"""What comes back from a call: replies, tokens."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Reply:
    """The whole answer of a call: what ``.raw(...)`` gives."""

    __slots__ = ("attempts", "code", "data", "headers", "log_id", "msg", "status")

    status: int
    """The HTTP status."""
    headers: dict[str, str]
    """The headers of the answer, by their names in lower case."""
    code: int
    """The platform's code: zero."""
    msg: str
    """The platform's message."""
    log_id: str | None
    """The log id to quote to the platform's support."""
    data: Any
    """What the plain call returns."""
    attempts: int
    """How many requests the call sent, those for tokens not counted."""

    def __init__(self, status: int, headers: dict[str, str], code: int, msg: str, log_id: str | None, data: Any, attempts: int) -> None:
        self.status = status
        self.headers = headers
        self.code = code
        self.msg = msg
        self.log_id = log_id
        self.data = data
        self.attempts = attempts

    def __repr__(self) -> str:
        return f"Reply(status={self.status}, code={self.code}, msg={self.msg!r}, log_id={self.log_id!r}, data={self.data!r})"


class Token:
    """A token and when it expires; its value shows in no ``repr``."""

    __slots__ = ("expires_at", "value")

    value: str
    """The token itself: a secret."""
    expires_at: float | None
    """When it expires, in seconds since 1970; ``None`` if that is not known."""

    def __init__(self, value: str, expires_at: float | None) -> None:
        self.value = value
        self.expires_at = expires_at

    def __repr__(self) -> str:
        return f"Token(value='***', expires_at={self.expires_at})"


def token(data: dict[str, Any]) -> Token:
    """Makes the token from what the core answers, which counts milliseconds."""
    expires = data["expires_at"]
    return Token(data["token"], None if expires is None else expires / 1000)
