"""What ``help()`` and editors show of an operation, written from the catalogue when somebody looks."""

from __future__ import annotations

import keyword
import textwrap
from inspect import Parameter, Signature
from typing import Any

_TYPES = {
    "string": "str",
    "int": "int",
    "int_string": "int | str",
    "bool": "bool",
    "float": "float",
    "number": "float",
    "object": "dict[str, Any]",
    "map": "dict[str, Any]",
    "any": "Any",
    "list": "list[Any]",
    "file": "bytes | Path | BinaryIO | tuple[str, bytes]",
}


def signature(about: dict[str, Any]) -> Signature:
    """The call's arguments, all of them by name; required ones first."""
    # A field of the body whose name is taken goes inside ``body``.
    flat: dict[str, dict[str, Any]] = {}
    for parameter in about["parameters"]:
        flat.setdefault(parameter["name"], parameter)
    shown = [_parameter(parameter) for parameter in sorted(flat.values(), key=lambda parameter: not parameter["required"])]
    shown += [Parameter("per_call", Parameter.VAR_KEYWORD, annotation="Any")]
    return Signature(shown)


def text(about: dict[str, Any]) -> str:
    """The documentation of an operation."""
    parts = [
        f"{about['name']}{signature(about)}".replace("'", ""),
        f"{about['method']} {about['path']}, with {about['tokens']}.",
        *_warnings(about),
        _arguments(about),
        "Per call: timeout, max_wait, max_retries, headers, idempotency_key, on_progress; body= takes the whole body.",
        _repetition(about),
        *_paging(about),
        *_permissions(about),
        f"Documentation: {about['doc']}" if about["doc"] else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _parameter(parameter: dict[str, Any]) -> Parameter:
    default = Parameter.empty if parameter["required"] else None
    return Parameter(_spelled(parameter["name"]), Parameter.KEYWORD_ONLY, default=default, annotation=_type(parameter["type"]))


def _spelled(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _type(shape: str) -> str:
    kind, _, item = shape.partition(" of ")
    return f"list[{_TYPES[item]}]" if item else _TYPES[kind]


def _warnings(about: dict[str, Any]) -> list[str]:
    if not about["historic"]:
        return []
    successor = f"; use {about['successor']} instead" if about["successor"] else ""
    return [f"Historic: it works, but the platform's documentation calls it superseded{successor}."]


def _arguments(about: dict[str, Any]) -> str:
    if not about["parameters"]:
        return "Arguments: none."
    lines = [_argument(parameter) for parameter in about["parameters"]]
    return "Arguments:\n" + "\n".join(lines)


def _argument(parameter: dict[str, Any]) -> str:
    facts = [parameter["place"], _type(parameter["type"])]
    if parameter["required"]:
        facts.append("required")
    if parameter["idempotency"]:
        facts.append("filled when absent, so that the call can be sent again")
    line = f"{_spelled(parameter['name'])}: {', '.join(facts)}"
    if parameter["values"]:
        line += "; " + " | ".join(parameter["values"])
    return textwrap.fill(line, 110, initial_indent="    ", subsequent_indent="        ")


def _repetition(about: dict[str, Any]) -> str:
    if not about["takes_key"]:
        return ""
    return "Carries a string by which the platform recognises a repetition: idempotency_key, or one that is made for each call."


def _paging(about: dict[str, Any]) -> list[str]:
    ways = {
        "items": "To walk over all of it: .iter(…) gives the items, .pages(…) the pages.",
        "pages": "To walk over all of it: .pages(…).",
    }
    return [ways[about["paging"]]] if about["paging"] else []


def _permissions(about: dict[str, Any]) -> list[str]:
    lines = []
    if about["scopes"]:
        lines.append(f"Scopes, any one of: {', '.join(about['scopes'])}")
    if about["scopes_all"]:
        lines.append(f"Scopes for a full answer, all of: {', '.join(about['scopes_all'])}")
    if about["field_scopes"]:
        lines.append(f"Scopes for some fields of the answer: {', '.join(about['field_scopes'])}")
    if about["rate"]:
        lines.append(f"Rate: {about['rate']}")
    return ["\n".join(lines)] if lines else []
