"""Measures the Swift package beside URLSession and Codable by hand:
``bench.py --out FILE --server PROGRAM --library FILE --folder DIR --worker COMMAND``; the command is a JSON list.

Every measurement is a fresh process on the first core, the server on the second; the clients take turns. Of each run the last of four
windows counts. Medians of the rounds; the spread is the range of the ratio over the rounds.
"""

import argparse
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from bench import Server, row

ROUNDS = 3
PEER = "URLSession"
# What the server waits before it gives a token, whoever asks.
TOKEN_DELAY = 200


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("out", "server", "library", "folder", "worker"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    with Server(options.server) as server:
        bench = Bench(server.url.replace("localhost", "127.0.0.1"), options.folder, json.loads(options.worker))
        rows = [size(Path(options.library)), bench.start(), *bench.rates()]
    Path(options.out).write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


def size(library: Path) -> dict:
    """In 10^6 bytes."""
    size = library.stat().st_size / 1e6
    return {"work": "stripped native library", "unit": "MB", "ours": round(size, 2), "need": "< 4", "holds": size < 4}


class Bench:
    def __init__(self, url: str, folder: str, worker: list[str]):
        self.url, self.folder, self.command = url, folder, worker

    def worker(self, client: str, work: str, count: int = 0) -> list[str]:
        command = ["taskset", "-c", "0", *self.command, client, work, self.url, str(count)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{client} {work} failed: {done.stderr[-2000:]}")
        return done.stdout.splitlines()

    def turns(self, measure, ours: int, peer: int) -> tuple[list, list]:
        both = (partial(measure, "larkspur", ours), partial(measure, "urlsession", peer))
        taken = [[each() for each in both] for _ in range(ROUNDS)]
        return tuple(list(column) for column in zip(*taken, strict=True))

    def start(self) -> dict:
        """From just before the program is started to the end of its first call, token included."""

        def took(client: str, _: int) -> float:
            began, first = self.worker(client, "start")
            return (int(first) - int(began)) / 1e6 - TOKEN_DELAY

        ours, peer = self.turns(took, 0, 0)
        made = row("start to first call finished", "ms", ours, peer, PEER, 0, more_is_better=False)
        return {**made, "need": None, "holds": None}

    def rates(self) -> list[dict]:
        rows = []
        for work, name, ours, peer in (
            ("post", "POST message, one in flight", 4000, 1000),
            ("get", "GET message, one in flight", 4000, 1000),
            ("many", "POST message, 64 in flight", 16000, 3200),
        ):
            taken = self.turns(partial(self.settled, work), ours, peer)
            rate, cpu = zip(*([list(figures) for figures in zip(*each, strict=True)] for each in taken), strict=True)
            rows.append(row(name, "calls/s", *rate, PEER, 2, more_is_better=True))
            beside = row(f"{name}: CPU per call", "us", *cpu, PEER, 0, more_is_better=False)
            rows.append({**beside, "need": None, "holds": None})
        return rows

    def settled(self, work: str, client: str, count: int) -> tuple[float, float]:
        """Calls a second and the processor's microseconds a call in the last window."""
        window = json.loads(self.worker(client, work, count)[-1])
        return window["calls"] / window["wall"], 1e6 * window["cpu"] / window["calls"]


if __name__ == "__main__":
    main()
