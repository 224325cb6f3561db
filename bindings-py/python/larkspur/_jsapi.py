"""Signatures for web pages inside the platform's client: ``client.jsapi``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import Core


class BaseJsapi:
    """What both clients have in common."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core


class Jsapi(BaseJsapi):
    """Signatures for web pages inside the platform's client."""

    __slots__ = ()

    def sign(self, url: str) -> dict[str, str | int]:
        """Signs for the page at ``url`` (``location.href`` of the page): gives ``{appId, timestamp, nonceStr, signature}``, which
        the page passes to ``config``. A signature holds for ten minutes and once; the ticket behind it is kept like a token.
        """
        signed: dict[str, str | int] = self._core.jsapi_sign(url).run()
        return signed


class AsyncJsapi(BaseJsapi):
    """Signatures for web pages inside the platform's client."""

    __slots__ = ()

    async def sign(self, url: str) -> dict[str, str | int]:
        """Signs for the page at ``url`` (``location.href`` of the page): gives ``{appId, timestamp, nonceStr, signature}``, which
        the page passes to ``config``. A signature holds for ten minutes and once; the ticket behind it is kept like a token.
        """
        from ._bridge import run

        signed: dict[str, str | int] = await run(self._core.jsapi_sign(url).submit)
        return signed
