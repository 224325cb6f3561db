"""The names below a client: ``client.service.version.resource.method``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from ._native import Core, Entry


class Named:
    """Something with names of the catalogue below it; each is looked up once and then an attribute."""

    # What the names lead to holds the core and never the client: no cycle, so a dropped client ends at once.
    _core: Core
    _entry: Entry | None
    _leaf: Callable[[Core, Entry], Any]

    def __getattr__(self, name: str) -> Any:
        if name[:1] == "_":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        found = self._core.child(self._entry, name)
        value = self._leaf(self._core, found) if found.is_operation else Node(self._core, found, self._leaf)
        self.__dict__[name] = value
        return value

    def __dir__(self) -> list[str]:
        # What was looked up before is an attribute already.
        return sorted({*super().__dir__(), *self._core.children(self._entry)})

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        refuse(self)


class Node(Named):
    """A service, a version or a resource: its attributes are what lies below it, operations at the end."""

    def __init__(self, core: Core, entry: Entry, leaf: Callable[[Core, Entry], Any]) -> None:
        self._core = core
        self._entry = entry
        self._leaf = leaf

    def __repr__(self) -> str:
        return f"<larkspur {self._entry.name}>" if self._entry else "<larkspur>"


def refuse(value: object) -> NoReturn:
    """Refuses to pickle or copy what holds connections and tokens."""
    name = type(value).__name__
    raise TypeError(f"{name} holds connections and tokens and cannot be pickled or copied; share it, or make a client in each process")
