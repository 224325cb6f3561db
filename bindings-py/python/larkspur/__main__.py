"""The command line: ``larkspur scopes``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ._errors import LarkError
from ._scopes import operations_in, operations_of, scopes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: What is read of a folder.
SOURCES = {".py", ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx", ".kt", ".kts", ".java", ".swift"}
#: Folders that hold other people's code.
SKIPPED = {"node_modules", "__pycache__", "site-packages", "build", "dist", "target"}


def main(words: list[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="larkspur", description="Larkspur calls the Feishu / Lark Open Platform.")
    commands = parser.add_subparsers(required=True, metavar="command")
    _scopes_parser(commands.add_parser("scopes", help="the least permissions that a program needs"))
    given = parser.parse_args(words)
    try:
        code: int = given.run(given)
    except (LarkError, OSError, ValueError) as error:
        print(f"larkspur: {error}", file=sys.stderr)
        return 1
    return code


def _scopes_parser(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Prints the least permissions as the text that the developer console imports. Names are operations "
        "(im.v1.message.create), source files, or folders of them; with --allows they are scopes."
    )
    parser.add_argument("names", nargs="+", metavar="name")
    parser.add_argument("--identity", choices=("tenant", "user", "both"), default="tenant", help="whose authority calls (tenant)")
    parser.add_argument("--fields", action="store_true", help="also what only unlocks fields of the answers")
    parser.add_argument("--missing", metavar="exported.json", type=Path, help="leave out what this export of the console has")
    parser.add_argument("--allows", action="store_true", help="print the operations that scopes allow")
    parser.add_argument("--calls", action="store_true", help="print the operations that were found")
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    if given.allows:
        print("\n".join(dict.fromkeys(operation for scope in given.names for operation in operations_of(scope))))
        return 0
    operations = list(dict.fromkeys(operation for name in given.names for operation in _operations(name)))
    if given.calls:
        print("\n".join(operations))
        return 0
    granted = _exported(given.missing) if given.missing else None
    found = scopes(operations, identity=given.identity, fields=given.fields, granted=granted)
    print(json.dumps(found, indent=2))
    _warn("nobody has documented what these need", found.undocumented)
    _warn("these need more under conditions that only their pages tell", found.conditional)
    return 0


def _exported(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ValueError(f"{path} holds no JSON; pass what the developer console has exported") from None


def _operations(name: str) -> list[str]:
    path = Path(name)
    if not path.exists():
        if path.suffix in SOURCES or path.name != name:
            raise FileNotFoundError(f"{name} is not there; pass a source file, a folder, or an operation's name")
        return [name]
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if _is_source(file.relative_to(path)))
    return [operation for file in files for operation in operations_in(file.read_text(encoding="utf-8", errors="replace"))]


def _is_source(file: Path) -> bool:
    return file.suffix in SOURCES and not any(part in SKIPPED or part.startswith(".") for part in file.parts[:-1])


def _warn(what: str, operations: list[str]) -> None:
    if operations:
        print(f"larkspur: {what}: {', '.join(operations)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
