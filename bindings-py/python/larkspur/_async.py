"""The client for asyncio: the same names as the blocking one, awaited."""

from __future__ import annotations

from ._answers import Reply, Token, token
from ._bridge import run
from ._client import BaseClient
from ._operation import BaseItems, BaseOperation, BasePages, BaseRequest, documentation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from ._jsapi import AsyncJsapi
    from ._oauth import AsyncOAuth


class AsyncClient(BaseClient):
    """Calls the platform: ``await client.service.version.resource.method(argument=…)`` returns the answer's ``data``.

    It works on any event loop and on several, one after the other or in threads; cancelling a call really ends it.
    """

    request: AsyncRequest
    """Any path of the platform: ``await client.request("GET", "/open-apis/…")``, with ``.raw``, ``.iter`` and ``.pages``."""

    def _adopt(self) -> None:
        self._leaf = AsyncOperation
        self.request = AsyncRequest(self._core)

    @property
    def oauth(self) -> AsyncOAuth:
        """Users who sign in: the page to send them to, and the exchange of the code that comes back."""
        from ._oauth import AsyncOAuth

        return AsyncOAuth(self._core)

    @property
    def jsapi(self) -> AsyncJsapi:
        """Signatures for web pages inside the platform's client."""
        from ._jsapi import AsyncJsapi

        return AsyncJsapi(self._core)

    async def token(self) -> Token:
        """The token of this view, renewed when it must be: for a backend that serves a phone or a page."""
        return token(await run(self._core.token().submit))

    async def aclose(self) -> None:
        """Closes the connections. Calls of this client and its views that wait, or come later, raise ``ConfigError``."""
        self._core.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()


class AsyncOperation(BaseOperation):
    __slots__ = ()
    __doc__ = documentation

    async def __call__(self, /, **arguments: Any) -> Any:
        """Makes the call and returns ``data``; for a download, an ``AsyncDownload``."""
        invocation = self._core.prepare(self._entry, arguments)
        if self._is_download:
            from ._async_files import AsyncDownload

            return await AsyncDownload._start(invocation)
        return await run(invocation.submit, invocation.on_progress)

    async def raw(self, /, **arguments: Any) -> Reply:
        """Makes the call and returns the whole answer."""
        invocation = self._core.prepare(self._entry, arguments)
        reply: Reply = await run(invocation.submit_raw, invocation.on_progress)
        return reply

    def iter(self, /, **arguments: Any) -> AsyncItems:
        """Walks over the items of all pages, with ``async for``."""
        return AsyncItems(self._core.prepare(self._entry, arguments).walk(items=True))

    def pages(self, /, **arguments: Any) -> AsyncPages:
        """Walks over the pages, with ``async for``; each is the ``data`` of one answer."""
        return AsyncPages(self._core.prepare(self._entry, arguments).walk(items=False))


class AsyncRequest(BaseRequest):
    __slots__ = ()
    __doc__ = BaseRequest.__doc__

    async def __call__(self, method: str, path: str, /, **parts: Any) -> Any:
        """Makes the call and returns ``data``.

        ``path`` begins with ``/`` and may hold placeholders (``/open-apis/contact/v3/users/:user_id``).
        ``path_params``, ``query``, ``headers``, ``files``: mappings; ``body``: an object; ``token``: ``"tenant"``, ``"app"``,
        ``"user"`` or ``"none"``; and the options of every call.
        """
        invocation = self._core.prepare_path(method, path, parts)
        return await run(invocation.submit, invocation.on_progress)

    async def raw(self, method: str, path: str, /, **parts: Any) -> Reply:
        """Makes the call and returns the whole answer."""
        invocation = self._core.prepare_path(method, path, parts)
        reply: Reply = await run(invocation.submit_raw, invocation.on_progress)
        return reply

    def iter(self, method: str, path: str, /, **parts: Any) -> AsyncItems:
        """Walks over the items of all pages, with ``async for``."""
        return AsyncItems(self._core.prepare_path(method, path, parts).walk(items=True))

    def pages(self, method: str, path: str, /, **parts: Any) -> AsyncPages:
        """Walks over the pages, with ``async for``; each is the ``data`` of one answer."""
        return AsyncPages(self._core.prepare_path(method, path, parts).walk(items=False))


class AsyncPages(BasePages):
    __slots__ = ()
    __doc__ = BasePages.__doc__

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        found = await run(self._walk.submit)
        if found is None:
            raise StopAsyncIteration
        return found


class AsyncItems(BaseItems):
    __slots__ = ()
    __doc__ = BaseItems.__doc__

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while True:
            for item in self._items:
                return item
            self._token = self._walk.resume_token
            page = await run(self._walk.submit)
            if page is None:
                raise StopAsyncIteration
            self._items = iter(page)
