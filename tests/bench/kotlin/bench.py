"""Measures the Kotlin module beside the official Java SDK: ``bench.py --out FILE --server PROGRAM --ours DIR --peer DIR --classes DIR``.

Every measurement is a fresh JVM on the first core, the server on the second; the clients take turns. Of each run the last of four windows
counts, when the compiler has settled. Medians of the rounds; the spread is the range of the ratio over the rounds.
"""

import argparse
import json
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from bench import Server, row

ROUNDS = 3
OFFICIAL = "oapi-sdk 2.5.3"
# What the server waits before it gives a token, whoever asks.
TOKEN_DELAY = 0.2
LIBRARY = "linux-x86-64/liblarkspur_ffi.so"


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("out", "server", "ours", "peer", "classes"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    paths = {"ours": sorted(Path(options.ours).glob("*.jar")), "peer": sorted(Path(options.peer).glob("*.jar"))}
    with Server(options.server) as server:
        bench = Bench(server, Path(options.classes), **paths)
        rows = [*sizes(**paths), *bench.starts(), *bench.rates(), bench.cold()]
    Path(options.out).write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


def sizes(ours: list[Path], peer: list[Path]) -> list[dict]:
    """In 10^6 bytes."""
    size = lambda files: [sum(file.stat().st_size for file in files) / 1e6]  # noqa: E731
    named = lambda files, name: [file for file in files if file.name.startswith(name)]  # noqa: E731
    own = named(ours, "larkspur-")
    with zipfile.ZipFile(own[0]) as jar:
        library = jar.getinfo(LIBRARY).file_size / 1e6
    return [
        row("jar with one native library", "MB", size(own), size(named(peer, "oapi-sdk")), OFFICIAL, 6, more_is_better=False),
        row("jar with run-time dependencies", "MB", size(ours), size(peer), OFFICIAL, 2.5, more_is_better=False),
        {"work": "stripped native library", "unit": "MB", "ours": round(library, 2), "need": "< 4", "holds": library < 4},
    ]


class Bench:
    def __init__(self, server: Server, classes: Path, ours: list[Path], peer: list[Path]):
        self.server = server
        # Each has what its users have; the program itself is in Kotlin.
        language = [file for file in ours if file.name.startswith("kotlin-stdlib")]
        self.ours, self.peer = [classes, *ours], [classes, *peer, *language]

    def command(self, client: str, work: str, count: int = 0) -> list[str]:
        path = ":".join(map(str, self.peer if client == "official" else self.ours))
        url = self.server.url.replace("localhost", "127.0.0.1")
        return ["taskset", "-c", "0", "java", "-cp", path, "io.github.larkspur.bench.WorkerKt", client, work, url, str(count)]

    def worker(self, client: str, work: str, count: int = 0) -> list[str]:
        done = subprocess.run(self.command(client, work, count), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{client} {work} failed: {done.stderr[-2000:]}")
        return done.stdout.splitlines()

    def turns(self, *measurements) -> list[list]:
        taken = [[measure() for measure in measurements] for _ in range(ROUNDS)]
        return [list(column) for column in zip(*taken, strict=True)]

    def starts(self) -> list[dict]:
        def start(client: str) -> tuple[float, float]:
            began = time.monotonic()
            with subprocess.Popen(self.command(client, "start"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
                line = program.stdout.readline()
                took = time.monotonic() - began
            return 1e3 * (took - TOKEN_DELAY), int(line.removeprefix("first ")) / 1024

        clients = ("coroutines", "blocking")
        *mine, theirs = self.turns(*(partial(start, client) for client in (*clients, "official")))
        column = lambda taken, at: [each[at] for each in taken]  # noqa: E731
        rows = []
        for client, ours in zip(clients, mine, strict=True):
            for at, (work, unit, need) in enumerate((("start to first call finished", "ms", 1.8), ("resident memory then", "MiB", 1.5))):
                rows.append(row(f"{work}, {client}", unit, column(ours, at), column(theirs, at), OFFICIAL, need, more_is_better=False))
        return rows

    def rates(self) -> list[dict]:
        rows = []
        for work, name, clients, calls in (
            ("post", "POST message, one in flight", {"coroutines": 6, "blocking": 6}, (8000, 800)),
            ("get", "GET message, one in flight", {"coroutines": 0.8, "blocking": 1}, (15000, 15000)),
            ("many", "POST message, 64 in flight", {"coroutines": 2}, (32000, 16000)),
        ):
            ours = [partial(self.settled, client, work, calls[0]) for client in clients]
            *mine, theirs = self.turns(*ours, partial(self.settled, "official", work, calls[1]))
            for (client, need), taken in zip(clients.items(), mine, strict=True):
                rows += both(f"{name}, {client}", taken, theirs, need, 2 if work == "many" else None)
        return rows

    def settled(self, client: str, work: str, count: int) -> dict:
        """The last window."""
        return json.loads(self.worker(client, work, count)[-1])

    def cold(self) -> dict:
        counts = {}
        for client in ("blocking", "official"):
            self.server.token_requests()
            counts[client] = []
            for _ in range(ROUNDS):
                self.worker(client, "cold")
                counts[client].append(self.server.token_requests())
        made = row("token requests for 64 cold threads", "requests", *counts.values(), OFFICIAL, 1, more_is_better=False)
        return {**made, "need": "1", "holds": set(counts["blocking"]) == {1}}


def both(work: str, ours: list[dict], peer: list[dict], need: float, cpu_need: float | None) -> list[dict]:
    """The rate, and the CPU time of a call beside it."""
    rate = lambda taken: [1e9 * each["calls"] / each["wall"] for each in taken]  # noqa: E731
    cpu = lambda taken: [1e-3 * each["cpu"] / each["calls"] for each in taken]  # noqa: E731
    beside = row(f"{work}: CPU per call", "us", cpu(ours), cpu(peer), OFFICIAL, cpu_need or 0, more_is_better=False)
    if cpu_need is None:
        beside["need"] = None
    return [row(work, "calls/s", rate(ours), rate(peer), OFFICIAL, need, more_is_better=True), beside]


if __name__ == "__main__":
    main()
