"""Users who sign in: ``client.oauth``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._native import Core, Invocation


class Authorization:
    """Where a user is sent to sign in; the verifier shows in no ``repr``."""

    __slots__ = ("code_verifier", "state", "url")

    url: str
    """The page."""
    state: str
    """What comes back with the code: compare it with what you kept in the user's session."""
    code_verifier: str | None
    """To be kept in the user's session until the code is exchanged; only with ``pkce``."""

    def __init__(self, url: str, state: str, code_verifier: str | None) -> None:
        self.url = url
        self.state = state
        self.code_verifier = code_verifier

    def __repr__(self) -> str:
        return f"Authorization(url={self.url!r})"


class SignedInUser:
    """A user who has signed in; the tokens stay inside the client and its store."""

    __slots__ = ("expires_at", "key", "open_id", "refresh_expires_at", "scopes")

    key: str
    """For ``client.as_user(key)``."""
    open_id: str
    """The user's open id."""
    expires_at: float
    """When the token expires, in seconds since 1970; it is renewed by itself."""
    refresh_expires_at: float | None
    """Until when it can be renewed; ``None`` if it cannot."""
    scopes: list[str]
    """What the user has granted."""

    def __init__(self, key: str, open_id: str, expires_at: float, refresh_expires_at: float | None, scopes: list[str]) -> None:
        self.key = key
        self.open_id = open_id
        self.expires_at = expires_at
        self.refresh_expires_at = refresh_expires_at
        self.scopes = scopes

    def __repr__(self) -> str:
        return f"SignedInUser(key={self.key!r}, expires_at={self.expires_at}, refresh_expires_at={self.refresh_expires_at})"


class BaseOAuth:
    """What both clients have in common."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core

    def authorize(self, *, redirect_uri: str, scopes: Iterable[str] = (), pkce: bool = False) -> Authorization:
        """The page to send a user to, with a fresh ``state``. Nothing is sent.

        ``redirect_uri``: where the user comes back to with a code; registered in the developer console. ``scopes``: what the app
        may do for the user; ``offline_access``, without which no token can be renewed, is added. ``pkce``: only who has
        ``code_verifier`` can exchange the code.
        """
        return Authorization(*self._core.authorize(redirect_uri, list(scopes), pkce))

    def _exchange(self, code: str, redirect_uri: str, code_verifier: str | None) -> Invocation:
        return self._core.exchange(code, redirect_uri, code_verifier)


class OAuth(BaseOAuth):
    """Users who sign in."""

    __slots__ = ()

    def exchange(self, code: str, *, redirect_uri: str, code_verifier: str | None = None) -> SignedInUser:
        """Buys a user's tokens for the code that came to ``redirect_uri``, and keeps them.

        Raises ``ReauthorizationRequired`` for a code that is old or spent.
        """
        return user(self._exchange(code, redirect_uri, code_verifier).run())


class AsyncOAuth(BaseOAuth):
    """Users who sign in."""

    __slots__ = ()

    async def exchange(self, code: str, *, redirect_uri: str, code_verifier: str | None = None) -> SignedInUser:
        """Buys a user's tokens for the code that came to ``redirect_uri``, and keeps them.

        Raises ``ReauthorizationRequired`` for a code that is old or spent.
        """
        from ._bridge import run

        return user(await run(self._exchange(code, redirect_uri, code_verifier).submit))


def user(data: dict[str, Any]) -> SignedInUser:
    """Makes the user from what the core answers, which counts milliseconds."""
    refresh = data["refresh_expires_at"]
    until = None if refresh is None else refresh / 1000
    return SignedInUser(data["key"], data["open_id"], data["expires_at"] / 1000, until, data["scopes"])
