"""Users of Feishu Project who sign in: ``project.oauth``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._native import Core


class ProjectUser:
    """A user of Feishu Project who has signed in; the tokens stay inside the client and its store."""

    __slots__ = ("expires_at", "key", "refresh_expires_at")

    key: str
    """The user key, for ``project.as_user(key)``."""
    expires_at: float
    """When the token expires, in seconds since 1970; it is renewed by itself."""
    refresh_expires_at: float | None
    """Until when it can be renewed; ``None`` if it cannot."""

    def __init__(self, key: str, expires_at: float, refresh_expires_at: float | None) -> None:
        self.key = key
        self.expires_at = expires_at
        self.refresh_expires_at = refresh_expires_at

    def __repr__(self) -> str:
        return f"ProjectUser(key={self.key!r}, expires_at={self.expires_at}, refresh_expires_at={self.refresh_expires_at})"


class _OAuth:
    """What both clients have in common."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core


class ProjectOAuth(_OAuth):
    """Users who sign in."""

    __slots__ = ()

    def exchange(self, code: str) -> ProjectUser:
        """Buys a user's tokens for the code that the front end got (``window.JSSDK.utils.getAuthCode()``), and keeps them.

        A code lives five minutes and serves once. Raises ``ReauthorizationRequired`` for one that is old or spent.
        """
        return _user(self._core.exchange(code, "", None).run())


class AsyncProjectOAuth(_OAuth):
    """Users who sign in."""

    __slots__ = ()

    async def exchange(self, code: str) -> ProjectUser:
        """Buys a user's tokens for the code that the front end got (``window.JSSDK.utils.getAuthCode()``), and keeps them.

        A code lives five minutes and serves once. Raises ``ReauthorizationRequired`` for one that is old or spent.
        """
        from ._bridge import run

        return _user(await run(self._core.exchange(code, "", None).submit))


def _user(data: dict[str, Any]) -> ProjectUser:
    """Makes the user from what the core answers, which counts milliseconds."""
    until = data["refresh_expires_at"]
    return ProjectUser(data["key"], data["expires_at"] / 1000, None if until is None else until / 1000)
