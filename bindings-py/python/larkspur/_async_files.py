"""Files that come down, for asyncio."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from ._bridge import mailbox, run
from ._files import Facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO

    from typing_extensions import Self

    from ._native import Invocation


class AsyncDownload(Facts):
    """A file on its way: read it, save it, or walk over its chunks; it ends when it is closed or dropped."""

    __slots__ = ()

    @classmethod
    async def _start(cls, invocation: Invocation) -> AsyncDownload:
        native = invocation.download(mailbox=mailbox())
        return cls(invocation, native, await run(native.submit_head))

    async def read(self) -> bytes:
        """All bytes that are left."""
        return b"".join([chunk async for chunk in self])

    async def save(self, path: str | os.PathLike[str], *, resume: bool = True) -> Path:
        """Saves the file; ``path`` is complete or not there at all.

        Until then the bytes lie beside it in a file that ends in ``.part``; with ``resume`` an earlier one is gone on with.
        """
        target = Path(path)
        part = self._part(target)
        with part.open("ab" if resume else "wb") as file:
            if 0 < file.tell() != self.size:
                await self._go_on(file)
            if file.tell() != self.size:
                async for chunk in self:
                    await asyncio.to_thread(file.write, chunk)
        part.replace(target)
        self.close()
        return target

    def close(self) -> None:
        """Ends the download."""
        self._native.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._is_begun = True
        chunk: bytes | None = await run(self._native.submit_next)
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def _go_on(self, file: BinaryIO) -> None:
        """Asks for what an earlier attempt did not get; a server may give the whole file again."""
        self._native.close()
        self._native = self._invocation.download(file.tell(), mailbox())
        if not (await run(self._native.submit_head))["is_partial"]:
            file.truncate(0)
