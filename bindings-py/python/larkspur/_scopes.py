"""Permissions: the least that a program needs, and what a permission allows."""

from __future__ import annotations

import json

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal


class Scopes(dict):  # type: ignore[type-arg]
    """``{"scopes": {"tenant": […], "user": […]}}``: as JSON, it is what the developer console imports."""

    undocumented: list[str]
    """The operations of which nobody has documented what they need."""
    conditional: list[str]
    """The operations whose pages tie their scopes to further conditions in prose: see ``help(client.…)`` for the page."""

    def __init__(self, text: str, undocumented: list[str], conditional: list[str]) -> None:
        super().__init__(json.loads(text))
        self.undocumented = undocumented
        self.conditional = conditional


def scopes(
    operations: Iterable[str],
    *,
    identity: Literal["tenant", "user", "both"] = "tenant",
    fields: bool = False,
    granted: Mapping[str, Any] | None = None,
) -> Scopes:
    """The least permissions with which all these operations can be called, in the developer console's import format.

    ``operations``: dotted names, as of ``client.used_operations()``. ``identity``: with whose authority those are called that take
    either: the app's (``"tenant"``), the user's, or now the one and now the other (``"both"``). ``fields``: also the scopes without
    which some fields of the answers are left out. ``granted``: what the app has already, as the console exports it; it is left out.

    Raises ``UnknownOperation`` for a name that is none, ``ArgumentError`` for what is no export.
    """
    has = None if granted is None else json.dumps(granted)
    return Scopes(*_native.least_scopes(list(operations), identity, fields, has))


def operations_of(scope: str) -> list[str]:
    """The operations for which this scope is enough, or for whose full answers it is needed.

    Raises ``ArgumentError`` for a scope that no operation names.
    """
    return _native.operations_of_scope(scope)


def operations_in(source: str) -> list[str]:
    """The operations whose names stand in a source text (``client.im.v1.message.create(…)``), in whatever language.

    What a program calls in other ways, with a part kept in a variable, is not found: see ``client.used_operations()``.
    """
    return _native.operations_in(source)
