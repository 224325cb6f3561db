"""Files that come down: what a download operation returns."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, BinaryIO

    from typing_extensions import Self

    from ._native import Download as Native
    from ._native import Invocation


class Facts:
    """What is known of a file before its bytes come."""

    __slots__ = ("_invocation", "_is_begun", "_native", "content_type", "file_name", "headers", "size")

    file_name: str | None
    """The file's own name, without folders; ``None`` if the platform gives none."""
    content_type: str | None
    """Its media type."""
    size: int | None
    """Its number of bytes, if the platform says so."""
    headers: dict[str, str]
    """The headers of the answer, by their names in lower case."""

    def __init__(self, invocation: Invocation, native: Native, head: dict[str, Any]) -> None:
        self._invocation = invocation
        self._native = native
        self._is_begun = False
        self.file_name = head["file_name"]
        self.content_type = head["content_type"]
        self.size = head["size"]
        self.headers = head["headers"]

    def _part(self, target: Path) -> Path:
        """Where the bytes lie until all are there; the name tells one version of the file from another."""
        if self._is_begun:
            raise ValueError("some of the file has been read already; save it first, or call the operation again")
        marks = (self.file_name, self.size, self.headers.get("etag"), self.headers.get("last-modified"))
        return target.with_name(f"{target.name}.{hashlib.sha256(repr(marks).encode()).hexdigest()[:8]}.part")

    def __repr__(self) -> str:
        return f"<larkspur {type(self).__name__} of {self.file_name!r}, {self.content_type}, {self.size} bytes>"


class Download(Facts):
    """A file on its way: read it, save it, or walk over its chunks; it ends when it is closed or dropped."""

    __slots__ = ()

    def __init__(self, invocation: Invocation) -> None:
        native = invocation.download()
        super().__init__(invocation, native, native.head())

    def read(self) -> bytes:
        """All bytes that are left."""
        return b"".join(self)

    def save(self, path: str | os.PathLike[str], *, resume: bool = True) -> Path:
        """Saves the file; ``path`` is complete or not there at all.

        Until then the bytes lie beside it in a file that ends in ``.part``; with ``resume`` an earlier one is gone on with.
        """
        target = Path(path)
        part = self._part(target)
        with part.open("ab" if resume else "wb") as file:
            if 0 < file.tell() != self.size:
                self._go_on(file)
            if file.tell() != self.size:
                for chunk in self:
                    file.write(chunk)
        part.replace(target)
        self.close()
        return target

    def close(self) -> None:
        """Ends the download."""
        self._native.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        self._is_begun = True
        chunk = self._native.next()
        if chunk is None:
            raise StopIteration
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _go_on(self, file: BinaryIO) -> None:
        """Asks for what an earlier attempt did not get; a server may give the whole file again."""
        self._native.close()
        self._native = self._invocation.download(file.tell())
        if not self._native.head()["is_partial"]:
            file.truncate(0)
