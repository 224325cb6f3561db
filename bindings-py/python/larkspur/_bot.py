"""Custom bots of a group: whoever knows the address of one may send to it."""

from __future__ import annotations

from ._errors import ArgumentError
from ._native import BotCore
from .message import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from ._native import Invocation


class BaseWebhookBot:
    """One bot, with its connections. Safe to share among threads, tasks and event loops, which then keep its rate together."""

    def __init__(
        self,
        url: str,
        *,
        secret: str | None = None,
        timeout: float | None = None,
        max_wait: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        proxy: str | bool | None = None,
        ca: str | bytes | os.PathLike[str] | None = None,
        http2: bool = True,
        allow_http: bool = False,
        transport: Callable[[Any], Any] | None = None,
        on_request: Callable[[Any], object] | None = None,
        on_response: Callable[[Any], object] | None = None,
        on_retry: Callable[[Any], object] | None = None,
    ) -> None:
        """Makes a bot; nothing is sent before the first message.

        ``url``: the address in the bot's settings, which is a secret. ``secret``: what it signs with, if its settings say so.
        The other options are those of ``Client``.

        Raises ``ConfigError`` for an address that is none of a bot, an empty secret, or an option that cannot be.
        """
        options = {name: value for name, value in locals().items() if name not in ("self", "__class__", "url", "secret")}
        self._core = BotCore(url, secret, options)

    def _send(self, message: Message) -> Invocation:
        if not isinstance(message, Message):
            raise ArgumentError(f"message is a {type(message).__name__}; pass larkspur.message.text(…) or another message")
        return self._core.send(message.msg_type, message.content)

    def __repr__(self) -> str:
        return f"<larkspur.{type(self).__name__}>"


class WebhookBot(BaseWebhookBot):
    """A custom bot of a group.

    >>> larkspur.WebhookBot(url, secret="…").send(larkspur.message.text("deployed"))
    """

    def send(self, message: Message) -> Any:
        """Sends a text, post, image, shared chat or card to the bot's group; returns what the platform answers, mostly ``{}``.

        It waits for its turn within ``max_wait``: a bot may send five messages a second, and a hundred a minute.
        """
        return self._send(message).run()

    def close(self) -> None:
        """Closes the connections."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncWebhookBot(BaseWebhookBot):
    """A custom bot of a group, for asyncio.

    >>> await larkspur.AsyncWebhookBot(url, secret="…").send(larkspur.message.text("deployed"))
    """

    async def send(self, message: Message) -> Any:
        """Sends a text, post, image, shared chat or card to the bot's group; returns what the platform answers, mostly ``{}``.

        It waits for its turn within ``max_wait``: a bot may send five messages a second, and a hundred a minute.
        """
        from ._bridge import run

        return await run(self._send(message).submit)

    async def aclose(self) -> None:
        """Closes the connections."""
        self._core.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
