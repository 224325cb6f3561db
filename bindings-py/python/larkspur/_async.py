"""The client for asyncio: the same names as the blocking one, awaited."""

from __future__ import annotations

from ._answers import Reply, Token, token
from ._bridge import run
from ._client import BaseClient
from ._names import refuse
from ._operation import BaseOperation, documentation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any, NoReturn

    from typing_extensions import Self

    from ._native import Core, Walk


class AsyncClient(BaseClient):
    """Calls the platform: ``await client.service.version.resource.method(argument=…)`` returns the answer's ``data``.

    It works on any event loop and on several, one after the other or in threads; cancelling a call really ends it.
    """

    request: AsyncRequest
    """Any path of the platform: ``await client.request("GET", "/open-apis/…")``, with ``.raw``, ``.iter`` and ``.pages``."""

    def _adopt(self) -> None:
        self._leaf = AsyncOperation
        self.request = AsyncRequest(self._core)

    async def token(self) -> Token:
        """The token of this view, renewed when it must be: for a backend that serves a phone or a page."""
        return token(await run(self._core.token().submit))

    async def aclose(self) -> None:
        """Closes the connections; calls of this client and its views are refused from then on."""
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


class AsyncRequest:
    """Calls any path of the platform; the same checks, tokens and errors as for operations."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core

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

    def __repr__(self) -> str:
        return "<larkspur request>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        refuse(self)


class AsyncPages:
    """The pages of a list, fetched one by one as they are asked for."""

    __slots__ = ("_walk",)

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    @property
    def resume_token(self) -> str | None:
        """The page token to go on with later: the page after the last one that was given."""
        return self._walk.resume_token

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        found = await run(self._walk.submit)
        if found is None:
            raise StopAsyncIteration
        return found


class AsyncItems:
    """The items of a list, page by page as they are asked for."""

    __slots__ = ("_items", "_token", "_walk")

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._items: Iterator[Any] = iter(())
        self._token = walk.resume_token

    @property
    def resume_token(self) -> str | None:
        """The page token to go on with later: it begins with the page of the last item that was given."""
        return self._token

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
