"""What goes wrong, as exceptions; the tree is the same in every language."""

from __future__ import annotations

import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LarkError(Exception):
    """Anything that Larkspur raises; ``str()`` is one short line: what was called, what happened, what to do."""

    operation: str | None = None
    """What was called: an operation's name, or method and path."""
    attempts: int = 0
    """How many requests the call sent, those for tokens not counted."""
    retryable: bool = False
    """Whether the same call may succeed later."""
    retry_after: float | None = None
    """How many seconds to wait before that, if the platform says so."""

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.__dict__.update(facts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class ConfigError(LarkError):
    """An option of the client is missing or wrong, or the view cannot make this call."""


class UnknownOperation(LarkError, AttributeError):
    """The catalogue has no such operation."""


class ArgumentError(LarkError, TypeError):
    """An argument is unknown, missing, or cannot be sent."""


class TransportError(LarkError):
    """The connection broke."""


class TimeoutError(TransportError, builtins.TimeoutError):  # noqa: A001 the name is the same in every language
    """Time ran out before an answer came."""


class ConnectError(TransportError):
    """No connection."""


class TlsError(TransportError):
    """The certificate or the handshake was refused."""


class _Answered(LarkError):
    status: int = 0
    """The HTTP status."""
    code: int = 0
    """The platform's code; zero when the body was no envelope."""
    msg: str = ""
    """The platform's message, or the first bytes of a body that is no envelope."""
    detail_code: int | None = None
    """The finer cause that Feishu Project gives beside its code."""
    log_id: str | None = None
    """The log id to quote to the platform's support."""
    troubleshooter: str | None = None
    """The page that explains the error."""
    field_violations: list[dict[str, str]]
    """The arguments that the platform refused: ``field``, ``value``, ``description``."""
    permission_violations: list[dict[str, str]]
    """The permissions that are missing, as the platform lists them."""
    missing_scopes: list[str]
    """The scopes to ask for."""
    helps: list[dict[str, str]]
    """Pages that help: ``url``, ``description``."""
    headers: dict[str, str]
    """The headers of the answer, by their names in lower case."""
    data: Any = None
    """The answer's ``data``, where the refusal has one."""

    def __init__(self, message: str = "", **facts: Any) -> None:
        lists: dict[str, Any] = {name: [] for name in ("field_violations", "permission_violations", "missing_scopes", "helps")}
        super().__init__(message, **{**lists, "headers": {}, **facts})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r}, status={self.status}, code={self.code}, log_id={self.log_id!r})"


class HttpError(_Answered):
    """An answer that is no envelope of the platform: a gateway's page."""


class DecodeError(_Answered):
    """An answer that cannot be read."""


class ApiError(_Answered):
    """The platform refused."""


class AuthError(ApiError):
    """The app's or the user's credentials are refused."""


class ReauthorizationRequired(AuthError):
    """The user must sign in again."""

    url: str | None = None
    """Where to send the user, if that is known; better a page of ``client.oauth.authorize``, which has a ``state``."""


class PermissionDenied(ApiError):
    """A scope or a right is missing; see ``missing_scopes``, of which any one is enough."""

    apply_url: str | None = None
    """The page of the developer console where one applies for the scope."""
    import_text: str | None = None
    """The text that the console imports: the scope that allows least."""


class InvalidRequest(ApiError):
    """The platform refused an argument; see ``field_violations``."""


class NotFound(ApiError):
    """What was asked for does not exist."""


class RateLimited(ApiError):
    """Too many calls, and waiting for the platform's reset would have passed the limits of the call."""


class QuotaExceeded(ApiError):
    """A daily or monthly allowance is used up."""


class Unavailable(ApiError):
    """The platform is busy or has a fault."""


class IdempotencyConflict(ApiError):
    """The idempotency key was used before: with other contents, or (Feishu Project) by a call that was executed."""


def build(name: str, line: str, facts: dict[str, Any]) -> LarkError:
    """Makes the exception for an error of the core."""
    error: LarkError = globals()[name](line, **facts)
    return error
