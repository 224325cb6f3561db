"""The client that blocks."""

from __future__ import annotations

from ._answers import Reply, Token, token
from ._client import BaseClient
from ._operation import BaseItems, BaseOperation, BasePages, BaseRequest, documentation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from ._async import AsyncClient
    from ._jsapi import Jsapi
    from ._native import Invocation
    from ._oauth import OAuth


class Client(BaseClient):
    """Calls the platform: ``client.service.version.resource.method(argument=…)`` returns the answer's ``data``.

    >>> with larkspur.Client("cli_a1", "secret") as client:
    ...     client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=larkspur.message.text("hello"))
    """

    request: Request
    """Any path of the platform: ``client.request("GET", "/open-apis/…")``, with ``.raw``, ``.iter`` and ``.pages``."""

    def _adopt(self) -> None:
        self._leaf = Operation
        self.request = Request(self._core)

    @property
    def aio(self) -> AsyncClient:
        """The asynchronous twin: the same connections, tokens and limits."""
        from ._async import AsyncClient

        twin = object.__new__(AsyncClient)
        twin._core = self._core
        twin._adopt()
        return twin

    @property
    def oauth(self) -> OAuth:
        """Users who sign in: the page to send them to, and the exchange of the code that comes back."""
        from ._oauth import OAuth

        return OAuth(self._core)

    @property
    def jsapi(self) -> Jsapi:
        """Signatures for web pages inside the platform's client."""
        from ._jsapi import Jsapi

        return Jsapi(self._core)

    def token(self) -> Token:
        """The token of this view, renewed when it must be: for a backend that serves a phone or a page."""
        return token(self._core.token().run())

    def close(self) -> None:
        """Closes the connections. Calls of this client and its views that wait, or come later, raise ``ConfigError``."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Operation(BaseOperation):
    __slots__ = ()
    __doc__ = documentation

    def __call__(self, /, **arguments: Any) -> Any:
        """Makes the call and returns ``data``; for a download, a ``Download``."""
        invocation = self._core.prepare(self._entry, arguments)
        return _download(invocation) if self._is_download else invocation.run()

    def raw(self, /, **arguments: Any) -> Reply:
        """Makes the call and returns the whole answer."""
        return self._core.prepare(self._entry, arguments).run_raw()

    def iter(self, /, **arguments: Any) -> Items:
        """Walks over the items of all pages."""
        return Items(self._core.prepare(self._entry, arguments).walk(items=True))

    def pages(self, /, **arguments: Any) -> Pages:
        """Walks over the pages; each is the ``data`` of one answer."""
        return Pages(self._core.prepare(self._entry, arguments).walk(items=False))


class Request(BaseRequest):
    __slots__ = ()
    __doc__ = BaseRequest.__doc__

    def __call__(self, method: str, path: str, /, **parts: Any) -> Any:
        """Makes the call and returns ``data``.

        ``path`` begins with ``/`` and may hold placeholders (``/open-apis/contact/v3/users/:user_id``).
        ``path_params``, ``query``, ``headers``, ``files``: mappings; ``body``: an object; ``token``: ``"tenant"``, ``"app"``,
        ``"user"`` or ``"none"``; and the options of every call.
        """
        return self._core.prepare_path(method, path, parts).run()

    def raw(self, method: str, path: str, /, **parts: Any) -> Reply:
        """Makes the call and returns the whole answer."""
        return self._core.prepare_path(method, path, parts).run_raw()

    def iter(self, method: str, path: str, /, **parts: Any) -> Items:
        """Walks over the items of all pages."""
        return Items(self._core.prepare_path(method, path, parts).walk(items=True))

    def pages(self, method: str, path: str, /, **parts: Any) -> Pages:
        """Walks over the pages; each is the ``data`` of one answer."""
        return Pages(self._core.prepare_path(method, path, parts).walk(items=False))


class Pages(BasePages):
    __slots__ = ()
    __doc__ = BasePages.__doc__

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        found = self._walk.next()
        if found is None:
            raise StopIteration
        return found


class Items(BaseItems):
    __slots__ = ()
    __doc__ = BaseItems.__doc__

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        while True:
            for item in self._items:
                return item
            self._token = self._walk.resume_token
            page = self._walk.next()
            if page is None:
                raise StopIteration
            self._items = iter(page)


def _download(invocation: Invocation) -> Any:
    from ._files import Download

    return Download(invocation)
