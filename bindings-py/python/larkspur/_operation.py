"""What both clients have in common: an operation's name, signature and documentation; requests to any path; walks over pages."""

from __future__ import annotations

from ._names import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from inspect import Signature
    from typing import Any, NoReturn

    from ._native import Core, Entry, Walk


class BaseOperation:
    """An operation of the platform."""

    __slots__ = ("_core", "_entry", "_is_download")

    def __init__(self, core: Core, entry: Entry) -> None:
        self._core = core
        self._entry = entry
        self._is_download = entry.is_download

    @property
    def __name__(self) -> str:
        return self._entry.name

    @property
    def __signature__(self) -> Signature:
        from ._help import signature

        return signature(self._entry.about())

    def __repr__(self) -> str:
        return f"<larkspur operation {self._entry.name}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        refuse(self)


class BaseRequest:
    """Calls any path of the platform; the same checks, tokens and errors as for operations."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core

    def __repr__(self) -> str:
        return "<larkspur request>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        refuse(self)


class BasePages:
    """The pages of a list, fetched one by one as they are asked for."""

    __slots__ = ("_walk",)

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    @property
    def resume_token(self) -> str | None:
        """The page token to go on with later: the page after the last one that was given."""
        return self._walk.resume_token


class BaseItems:
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


@property  # type: ignore[misc]
def documentation(self: BaseOperation) -> str:
    """What ``help()`` shows: each operation has its own, and it is written when somebody looks."""
    from ._help import text

    return text(self._entry.about())
