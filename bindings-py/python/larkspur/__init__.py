"""Larkspur calls the Feishu / Lark Open Platform: every operation, with tokens, retries and pages taken care of.

>>> import larkspur
>>> with larkspur.Client("cli_a1", "secret") as client:
...     sent = client.im.v1.message.create(
...         receive_id_type="chat_id", receive_id="oc_1", content=larkspur.message.text("hello")
...     )
"""

from __future__ import annotations

from ._errors import (
    ApiError,
    ArgumentError,
    AuthError,
    ConfigError,
    ConnectError,
    DecodeError,
    HttpError,
    IdempotencyConflict,
    InvalidRequest,
    LarkError,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    ReauthorizationRequired,
    TimeoutError,  # noqa: A004 the name is the same in every language
    TlsError,
    TransportError,
    Unavailable,
    UnknownOperation,
)
from ._native import NULL, __version__
from ._sync import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import message, testing
    from ._answers import Reply, Token
    from ._async import AsyncClient
    from ._async_files import AsyncDownload
    from ._bot import AsyncWebhookBot, WebhookBot
    from ._files import Download
    from ._native import FileStore, MemoryStore, RedisStore, RequestEvent, ResponseEvent, RetryEvent
    from ._project import AsyncProjectClient, ProjectClient
    from ._project_oauth import ProjectUser
    from ._scopes import operations_of, scopes
    from ._stores import TokenStore

__all__ = [
    "NULL",
    "ApiError",
    "ArgumentError",
    "AsyncClient",
    "AsyncDownload",
    "AsyncProjectClient",
    "AsyncWebhookBot",
    "AuthError",
    "Client",
    "ConfigError",
    "ConnectError",
    "DecodeError",
    "Download",
    "FileStore",
    "HttpError",
    "IdempotencyConflict",
    "InvalidRequest",
    "LarkError",
    "MemoryStore",
    "NotFound",
    "PermissionDenied",
    "ProjectClient",
    "ProjectUser",
    "QuotaExceeded",
    "RateLimited",
    "ReauthorizationRequired",
    "RedisStore",
    "Reply",
    "RequestEvent",
    "ResponseEvent",
    "RetryEvent",
    "TimeoutError",
    "TlsError",
    "Token",
    "TokenStore",
    "TransportError",
    "Unavailable",
    "UnknownOperation",
    "WebhookBot",
    "__version__",
    "message",
    "operations_of",
    "scopes",
    "testing",
]

# Imported when first used: a program that only blocks never pays for asyncio.
_LATER = {
    "AsyncClient": "_async",
    "AsyncDownload": "_async_files",
    "AsyncProjectClient": "_project",
    "AsyncWebhookBot": "_bot",
    "Download": "_files",
    "FileStore": "_native",
    "MemoryStore": "_native",
    "ProjectClient": "_project",
    "ProjectUser": "_project_oauth",
    "RedisStore": "_native",
    "Reply": "_answers",
    "RequestEvent": "_native",
    "ResponseEvent": "_native",
    "RetryEvent": "_native",
    "Token": "_answers",
    "TokenStore": "_stores",
    "WebhookBot": "_bot",
    "operations_of": "_scopes",
    "scopes": "_scopes",
    "message": "",
    "testing": "",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'larkspur' has no attribute {name!r}")
    from importlib import import_module

    home = _LATER[name]
    value = getattr(import_module(f"larkspur.{home}"), name) if home else import_module(f"larkspur.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
