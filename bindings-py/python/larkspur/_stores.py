"""What a token store of your own has."""

from __future__ import annotations

from typing import Any, Protocol


class TokenStore(Protocol):
    """Keeps tokens for all clients that share it; ``AsyncClient`` also takes coroutine functions.

    What it raises is logged, and the client goes on without it. It must answer within five seconds.
    """

    def load(self, key: str) -> Any:
        """What lies under the key: ``(bytes, version)``, or ``None``.

        A version is a number or a text. It must never come back for another value, not even after the store was emptied.
        """

    def swap(self, key: str, expected_version: Any, value: bytes, ttl: int) -> Any:
        """Puts ``value`` in the place of the one with that version, in one step, and returns whether it did.

        ``None`` as the version means that there must be nothing under the key. ``ttl``: the seconds the value must be kept at least.
        """
