"""The clients of Feishu Project, the second API family."""

from __future__ import annotations

from ._async import AsyncClient
from ._client import BaseClient, log_if_wanted
from ._native import Core
from ._sync import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from typing import Any, Literal

    from typing_extensions import Self

    from ._native import FileStore, MemoryStore, RedisStore
    from ._project_oauth import AsyncProjectOAuth, ProjectOAuth
    from ._stores import TokenStore


class _Project(BaseClient):
    """One plugin on one host, acting for a user."""

    def __init__(
        self,
        plugin_id: str | None = None,
        plugin_secret: str | None = None,
        *,
        user_key: str | None = None,
        base_url: str | None = None,
        plugin_token_type: Literal["plugin", "virtual"] = "plugin",
        check_user_rights: bool | None = None,
        idempotency: bool = True,
        pacing: bool | RedisStore = True,
        timeout: float | None = None,
        max_wait: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        proxy: str | bool | None = None,
        ca: str | bytes | os.PathLike[str] | None = None,
        http2: bool = True,
        max_answer: int | None = None,
        allow_http: bool = False,
        token_provider: Callable[[dict[str, Any]], Any] | None = None,
        token_store: MemoryStore | FileStore | RedisStore | TokenStore | None = None,
        transport: Callable[[Any], Any] | None = None,
        on_request: Callable[[Any], object] | None = None,
        on_response: Callable[[Any], object] | None = None,
        on_retry: Callable[[Any], object] | None = None,
    ) -> None:
        """Makes a client; nothing is sent before the first call.

        ``plugin_id``, ``plugin_secret``: the plugin's credentials; default: ``LARK_PLUGIN_ID`` and ``LARK_PLUGIN_SECRET``.
        ``user_key``: the user that the plugin acts for; calls with the plugin's token need it.
        ``base_url``: ``"feishu"``, ``"lark"`` or a URL; default: ``LARK_PROJECT_URL``, else ``"feishu"``.
        ``plugin_token_type``: ``"virtual"`` for a plugin under development. ``check_user_rights``: whether rights are checked strictly
        as the user's; default: what the platform does. ``idempotency``: whether writing calls carry a string by which the platform
        recognises a repetition. ``pacing``: whether calls wait for their turn by the platform's rates, which hold for each token and
        interface; processes that share a token pass a ``RedisStore(url)`` to share its rates too. While that Redis is away, each takes
        a quarter of every rate.
        ``token_provider``: called with ``{kind, user_key, reason}``, the kind being ``"plugin"``, ``"virtual"`` or ``"user"``.
        The other options are those of ``Client``.

        Raises ``ConfigError`` for an empty credential, a base URL that is not https, or an option that cannot be.
        """
        log_if_wanted()
        options = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        options["app_id"], options["app_secret"] = options.pop("plugin_id"), options.pop("plugin_secret")
        self._core = Core(options)
        self._adopt()

    def as_user(self, key: str | None = None, *, token: str | None = None) -> Self:
        """A view with the authority of a user: one who has signed in (``project.oauth.exchange`` gives the key), whose token is renewed by
        itself, or one whose user plugin token (``u-…``) you have. It sends no user key, and never falls back to the plugin's authority.

        Calls raise ``ReauthorizationRequired`` when the user has to sign in again.
        """
        return super().as_user(key, token=token)


class ProjectClient(_Project, Client):
    """Calls Feishu Project: ``project.resource.method(argument=…)`` returns the answer's ``data``.

    Calls raise ``ApiError`` (``code``, ``detail_code``, ``log_id``) for what the platform refuses, ``IdempotencyConflict`` for a repeated
    write, ``ArgumentError`` and ``ConfigError`` before anything is sent. The platform's codes:
    https://project.feishu.cn/b/helpcenter/1p8d7djs/5aueo3jr

    >>> with larkspur.ProjectClient("MII_1", "secret", user_key="7000001") as project:
    ...     project.work_item.create(project_key="p1", work_item_type_key="story", name="Login page")
    """

    @property
    def aio(self) -> AsyncProjectClient:
        """The asynchronous twin: the same connections, tokens and limits."""
        twin = object.__new__(AsyncProjectClient)
        twin._core = self._core
        twin._adopt()
        return twin

    @property
    def oauth(self) -> ProjectOAuth:  # type: ignore[override]  # the families' sign-ins have nothing in common but the name
        """Users who sign in: the exchange of the code that the front end gets."""
        from ._project_oauth import ProjectOAuth

        return ProjectOAuth(self._core)


class AsyncProjectClient(_Project, AsyncClient):
    """Calls Feishu Project: ``await project.resource.method(argument=…)`` returns the answer's ``data``."""

    @property
    def oauth(self) -> AsyncProjectOAuth:  # type: ignore[override]  # the families' sign-ins have nothing in common but the name
        """Users who sign in: the exchange of the code that the front end gets."""
        from ._project_oauth import AsyncProjectOAuth

        return AsyncProjectOAuth(self._core)
