"""What both clients have in common: options, views, names."""

from __future__ import annotations

import os

from ._names import Named
from ._native import Core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal

    from typing_extensions import Self

    from ._native import FileStore, MemoryStore, RedisStore
    from ._stores import TokenStore


def log_if_wanted() -> None:
    """Writes what clients do to stderr, if ``LARK_LOG=debug`` asks for it."""
    if os.environ.get("LARK_LOG", "").lower() == "debug":
        from ._log import to_stderr

        to_stderr()


class BaseClient(Named):
    """One app on one host, with its connections and tokens. Safe to share among threads, tasks and event loops."""

    _entry = None

    def __init__(
        self,
        app_id: str | None = None,
        app_secret: str | None = None,
        *,
        base_url: str | None = None,
        accounts_url: str | None = None,
        app_type: Literal["self_built", "store"] | None = None,
        timeout: float | None = None,
        max_wait: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        proxy: str | bool | None = None,
        ca: str | bytes | os.PathLike[str] | None = None,
        http2: bool = True,
        helpdesk: tuple[str, str] | None = None,
        pacing: bool | RedisStore = False,
        max_answer: int | None = None,
        allow_http: bool = False,
        token_provider: Callable[[dict[str, Any]], Any] | None = None,
        client_assertion: Callable[[str], Any] | None = None,
        token_store: MemoryStore | FileStore | RedisStore | TokenStore | None = None,
        transport: Callable[[Any], Any] | None = None,
        on_request: Callable[[Any], object] | None = None,
        on_response: Callable[[Any], object] | None = None,
        on_retry: Callable[[Any], object] | None = None,
    ) -> None:
        """Makes a client; nothing is sent before the first call.

        ``app_id``, ``app_secret``: the app's credentials; default: ``LARK_APP_ID`` and ``LARK_APP_SECRET``.
        ``base_url``: ``"feishu"``, ``"lark"`` or a URL; default: ``LARK_BASE_URL``, else ``"feishu"``.
        ``accounts_url``: where users sign in, if it is not the host that belongs to ``base_url``.
        ``app_type``: ``"self_built"`` (default) or ``"store"``, for an app that many tenants install: see ``for_tenant``.
        ``timeout``: seconds for one attempt (30), for a file seconds without progress; ``max_wait``: for the whole call with
        its waits (120; no limit for files); ``max_retries``: how often a call is sent again (2); ``headers``: for every call.
        ``proxy``: a URL, ``False`` for none; default: the environment's. ``ca``: path or PEM bytes of a further root certificate.
        ``helpdesk``: id and token, for the operations that need them. ``max_answer``: most bytes of an answer (64 MiB).
        ``pacing``: whether calls wait for their turn by the rates of their pages, which hold for each app, tenant and operation; after a
        refusal (429, or code 99991400) they slow down to what the platform lets through, and recover. Processes of one app pass a
        ``RedisStore(url)`` to share the rates; while that Redis is away, each takes a quarter of every rate. An operation whose page
        names no figures is held to the highest documented rate, a hundred calls a second.
        ``token_provider``: called with ``{kind, tenant_key, user_key, reason}``, gives a token or ``{token, expires_at}``.
        ``client_assertion``: for an app without a secret: called with an audience (the host where tokens are fetched), signs and
        gives a JWT for it, a new one each time; ``app_secret`` is left out then.
        ``token_store``: where tokens are kept: ``MemoryStore()`` (default), ``FileStore(path)``, ``RedisStore(url)``, or an object
        with ``load(key)`` and ``swap(key, expected_version, value, ttl)``; clients and processes that share one share tokens, and
        renew each only once.
        ``transport``: called with each request instead of the network, gives ``(status, headers, body)``.
        ``on_request``, ``on_response``, ``on_retry``: called with what is sent, answered and waited for.

        Raises ``ConfigError`` for an empty credential, a base URL that is not https, or an option that cannot be.
        """
        log_if_wanted()
        options = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        self._core = Core(options)
        self._adopt()

    def _adopt(self) -> None:
        """Makes what hangs on the core."""
        raise NotImplementedError

    def _view(self, core: Core) -> Self:
        view = object.__new__(type(self))
        view._core = core
        view._adopt()
        return view

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_wait: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """A view of this client with other options: the same connections, tokens and limits."""
        return self._view(
            self._core.with_options({"timeout": timeout, "max_wait": max_wait, "max_retries": max_retries, "headers": headers})
        )

    def as_user(self, key: str | None = None, *, token: str | None = None) -> Self:
        """A view with the authority of a user: one who has signed in (``client.oauth.exchange`` gives the key), whose token is renewed by
        itself, or one whose access token (``u-…``) you have. It never falls back to the app's authority.

        Calls raise ``ReauthorizationRequired`` when the user has to sign in again.
        """
        return self._view(self._core.as_user(key, token))

    def for_tenant(self, tenant_key: str) -> Self:
        """A view in the tenant with this key: what every call of a store app needs; the tokens of tenants never mix.

        Its tokens are bought with an app ticket: see ``set_app_ticket``.
        """
        return self._view(self._core.for_tenant(tenant_key))

    def set_app_ticket(self, ticket: str) -> None:
        """Takes the ticket that the platform pushes to a store app about every hour: ``ticket`` is that ticket, or the JSON of the whole
        event ``app_ticket``, decrypted. Whether the event is the platform's, its receiver has checked.

        A call that needs one and finds none asks the platform for a push, and waits for it within ``max_wait``.
        """
        self._core.set_app_ticket(ticket)

    def as_app(self) -> Self:
        """A view with the app's own authority."""
        return self._view(self._core.as_app())

    def used_operations(self) -> list[str]:
        """The operations that this client and its views have called so far, for ``larkspur.scopes``. A call of any path
        (``client.request``) is not among them."""
        return self._core.used_operations()

    def export_tokens(self) -> str:
        """All tokens that this client and its views hold, for ``import_tokens`` of another client: for workers of the same app, and
        tests. It holds secrets. A token store is not asked."""
        return self._core.export_tokens()

    def import_tokens(self, exported: str) -> int:
        """Takes the tokens of an export that belong to this client's host and app and still hold; returns how many those were.

        Raises ``ConfigError`` for a text that is no export.
        """
        return self._core.import_tokens(exported)

    @property
    def app_id(self) -> str:
        """The app id."""
        return self._core.app_id

    @property
    def base_url(self) -> str:
        """Scheme, host and port that calls go to."""
        return self._core.base_url

    def __repr__(self) -> str:
        return f"<larkspur.{type(self).__name__} {self.app_id} at {self.base_url} as {self._core.identity}>"
