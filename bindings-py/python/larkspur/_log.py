"""The ``larkspur`` logger: a record a call at DEBUG, one at ERROR for a store that fails; never a body, token or secret."""

from __future__ import annotations

import logging
from typing import Any

_logger = logging.getLogger("larkspur")
_logger.addHandler(logging.NullHandler())


def wanted() -> bool:
    """Whether anybody takes the records."""
    return _logger.isEnabledFor(logging.DEBUG)


def to_stderr() -> None:
    """Writes the records to stderr: what ``LARK_LOG=debug`` asks for."""
    if not any(isinstance(handler, logging.StreamHandler) for handler in _logger.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        _logger.addHandler(handler)
        _logger.setLevel(logging.DEBUG)


def write(facts: dict[str, Any]) -> None:
    """Writes the record of one call; each fact is also a field of the record."""
    line = "%(operation)s %(method)s %(path)s: %(outcome)s, status %(status)s, code %(code)s, %(attempts)d attempts, %(milliseconds)d ms"
    text = line % facts + (f", log id {facts['log_id']}" if facts["log_id"] else "")
    _logger.debug("%s", text, extra=facts)


def store_failed(store: str, reason: str) -> None:
    """Writes that the token store or the pacing store cannot be used; the call goes on without it."""
    without = {"token store": "tokens are fetched without it", "pacing store": "this client takes a quarter of each rate by itself"}
    _logger.error("the %s failed, %s: %s", store, without[store], reason)
