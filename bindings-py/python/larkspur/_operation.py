"""What the operations of both clients have in common: name, signature, documentation."""

from __future__ import annotations

from ._names import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from typing import NoReturn

    from ._native import Core, Entry


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


@property  # type: ignore[misc]
def documentation(self: BaseOperation) -> str:
    """What ``help()`` shows: each operation has its own, and it is written when somebody looks."""
    from ._help import text

    return text(self._entry.about())
