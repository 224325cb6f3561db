"""Users who sign in: ``client.oauth``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._native import Core, Invocation, WaitingDevice


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


class BaseDeviceFlow:
    """What both clients have in common."""

    __slots__ = ("_waiting",)

    def __init__(self, waiting: WaitingDevice) -> None:
        self._waiting = waiting

    @property
    def url(self) -> str:
        """The page to show to the user, as a link or as a QR code."""
        return self._waiting.url

    @property
    def user_code(self) -> str:
        """What the user types there, if the page asks for it."""
        return self._waiting.user_code

    @property
    def expires_at(self) -> float:
        """Until when, in seconds since 1970."""
        return self._waiting.expires / 1000

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.url!r}, user_code={self.user_code!r})"


class DeviceFlow(BaseDeviceFlow):
    """A sign-in that waits for its user, who has a browser elsewhere."""

    __slots__ = ()

    def wait(self) -> SignedInUser:
        """Waits until the user has signed in, and keeps the tokens.

        Raises ``ReauthorizationRequired`` when the user refuses, or does not come in time.
        """
        return user(self._waiting.wait().run())


class AsyncDeviceFlow(BaseDeviceFlow):
    """A sign-in that waits for its user, who has a browser elsewhere."""

    __slots__ = ()

    async def wait(self) -> SignedInUser:
        """Waits until the user has signed in, and keeps the tokens.

        Raises ``ReauthorizationRequired`` when the user refuses, or does not come in time.
        """
        from ._bridge import run

        return user(await run(self._waiting.wait().submit))


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

    def device(self, *, scopes: Iterable[str] = ()) -> DeviceFlow:
        """Begins the sign-in of a user for a program without a browser: show ``url`` and ``user_code``, then ``wait()``.

        ``scopes``: as for ``authorize``.
        """
        return DeviceFlow(self._core.device(list(scopes)).run_device())

    def revoke(self, key: str) -> None:
        """Takes back the tokens of the user with this key, at the platform and here. Who has none is signed out already.

        When the platform cannot be reached, the tokens stay, and the error is raised.
        """
        self._core.revoke(key).run()


class AsyncOAuth(BaseOAuth):
    """Users who sign in."""

    __slots__ = ()

    async def exchange(self, code: str, *, redirect_uri: str, code_verifier: str | None = None) -> SignedInUser:
        """Buys a user's tokens for the code that came to ``redirect_uri``, and keeps them.

        Raises ``ReauthorizationRequired`` for a code that is old or spent.
        """
        from ._bridge import run

        return user(await run(self._exchange(code, redirect_uri, code_verifier).submit))

    async def device(self, *, scopes: Iterable[str] = ()) -> AsyncDeviceFlow:
        """Begins the sign-in of a user for a program without a browser: show ``url`` and ``user_code``, then ``await wait()``.

        ``scopes``: as for ``authorize``.
        """
        from ._bridge import run

        return AsyncDeviceFlow(await run(self._core.device(list(scopes)).submit_device))

    async def revoke(self, key: str) -> None:
        """Takes back the tokens of the user with this key, at the platform and here. Who has none is signed out already.

        When the platform cannot be reached, the tokens stay, and the error is raised.
        """
        from ._bridge import run

        await run(self._core.revoke(key).submit)


def user(data: dict[str, Any]) -> SignedInUser:
    """Makes the user from what the core answers, which counts milliseconds."""
    refresh = data["refresh_expires_at"]
    until = None if refresh is None else refresh / 1000
    return SignedInUser(data["key"], data["open_id"], data["expires_at"] / 1000, until, data["scopes"])
