"""Measures the Python package beside its peers: ``bench.py --out FILE [--server PROGRAM] [--reqwest PROGRAM]``.

Every measurement is a fresh process; the clients take turns, so that a change of the machine's mood meets all of them.
Medians of five rounds; the spread is the range of the ratio over the rounds.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROUNDS = 5
HERE = Path(__file__).parent


class Server:
    """The bench server in a process of its own on the second core."""

    def __init__(self, program: str, folder: str | None = None):
        command = [program, *(["--tls", folder] if folder else [])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        os.sched_setaffinity(self.process.pid, {1})
        self.url = self.process.stdout.readline().removeprefix("listening on ").strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)

    def token_requests(self) -> int:
        """How many there were since the last question."""
        with urllib.request.urlopen(f"{self.url}/token-requests", timeout=10) as answer:
            return int(answer.read())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--reqwest", required=True)
    options = parser.parse_args()
    rows = [*starts(), *sizes()]
    with Server(options.server) as server:
        rows += plain(server, options.reqwest)
        rows += cold(server)
    with tempfile.TemporaryDirectory() as folder, Server(options.server, folder) as server:
        rows += encrypted(server, folder)
    Path(options.out).write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


def worker(client: str, work: str, mode: str, url: str, calls: int, **environment: str) -> dict:
    command = [sys.executable, str(HERE / "worker.py"), client, work, mode, url, str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:])} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def rounds(*measurements) -> list[list[dict]]:
    """Each measurement five times, in turns."""
    taken = [[measure() for measure in measurements] for _ in range(ROUNDS)]
    return [list(column) for column in zip(*taken, strict=True)]


def row(work, unit, ours, peer, peer_name, need, *, more_is_better, limit=None) -> dict:
    """One line of the table; ``ratio`` says how many times better ours is."""
    ratios = [a / b if more_is_better else b / a for a, b in zip(ours, peer, strict=True)]
    ratio, mine = statistics.median(ratios), statistics.median(ours)
    return {
        "work": work,
        "unit": unit,
        "ours": round(mine, 2),
        "peer": round(statistics.median(peer), 2),
        "peer_name": peer_name,
        "ratio": round(ratio, 2),
        "need": f">= {need}" + (f", < {limit}" if limit else ""),
        "holds": ratio >= need and (limit is None or mine < limit),
        "spread": f"{min(ratios):.2f}..{max(ratios):.2f}",
    }


def rate(results: list[dict]) -> list[float]:
    return [result["calls"] / result["wall"] for result in results]


def cpu(results: list[dict]) -> list[float]:
    return [1e6 * result["cpu"] / result["calls"] for result in results]


def starts() -> list[dict]:
    url = "http://127.0.0.1:9"
    ours, theirs = rounds(*(lambda name=name: worker(name, "start", "sync", url, 0) for name in ("larkspur", "lark_oapi")))
    wall = [[1e3 * result["wall"] for result in results] for results in (ours, theirs)]
    memory = [[result["rss"] for result in results] for results in (ours, theirs)]
    return [
        row("import and client", "ms", *wall, "lark-oapi", 60, more_is_better=False, limit=40),
        row("memory added by it", "MiB", *memory, "lark-oapi", 10, more_is_better=False, limit=15),
    ]


def sizes() -> list[dict]:
    ours, theirs = ([folder_size(name)] for name in ("larkspur", "lark_oapi"))
    return [row("installed size", "MB", ours, theirs, "lark-oapi", 12, more_is_better=False)]


def folder_size(package: str) -> float:
    """What the package's folder takes on the disk, with what pip compiles, in 10^6 bytes."""
    folder = Path(importlib.util.find_spec(package).origin).parent
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 1e6


def plain(server: Server, reqwest: str) -> list[dict]:
    url = server.url

    def rust(mode: str) -> dict:
        command = ["taskset", "-c", "0", reqwest, url.replace("localhost", "127.0.0.1"), "message", "10000", mode]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    ours, official, by_hand, ceiling = rounds(
        lambda: worker("larkspur", "message", "sync", url, 10000),
        lambda: worker("lark_oapi", "message", "sync", url, 400),
        lambda: rust("sequential"),
        lambda: rust("raw"),
    )
    page, official_page = rounds(
        lambda: worker("larkspur", "users", "sync", url, 4000), lambda: worker("lark_oapi", "users", "sync", url, 300)
    )
    flight, official_flight, aiohttp_flight = rounds(
        lambda: worker("larkspur", "message", "async", url, 40000),
        lambda: worker("lark_oapi", "message", "async", url, 128),
        lambda: worker("aiohttp", "message", "async", url, 10000),
    )
    return [
        *both("sync, one connection, 1 KB", ours, official, "lark-oapi", 8),
        *both("sync, 40 KB page to objects", page, official_page, "lark-oapi", 7),
        *both("sync, one connection, 1 KB", ours, by_hand, "reqwest + serde_json", 0.8),
        *both("async, 64 in flight, 1 KB", flight, official_flight, "lark-oapi", 800),
        *both("async, 64 in flight, 1 KB", flight, aiohttp_flight, "aiohttp by hand", 4),
        {**row("the server's own ceiling, one connection", "calls/s", rate(ours), rate(ceiling), "raw socket", 0, more_is_better=True)},
    ]


def both(work: str, ours: list[dict], peer: list[dict], name: str, need: float) -> list[dict]:
    """The rate, which is what is asked for, and the CPU time beside it."""
    beside = row(f"{work}: CPU per call", "us", cpu(ours), cpu(peer), name, 0, more_is_better=False)
    return [row(work, "calls/s", rate(ours), rate(peer), name, need, more_is_better=True), {**beside, "need": None}]


def cold(server: Server) -> list[dict]:
    rows = []
    for mode, what in (("threads", "64 cold threads"), ("async", "64 cold tasks")):
        counts = {}
        for name in ("larkspur", "lark_oapi"):
            server.token_requests()
            counts[name] = []
            for _ in range(ROUNDS):
                worker(name, "cold", mode, server.url, 0)
                counts[name].append(server.token_requests())
        ours, theirs = counts["larkspur"], counts["lark_oapi"]
        made = row(f"token requests for {what}", "requests", ours, theirs, "lark-oapi", 1, more_is_better=False)
        rows.append({**made, "need": "1", "holds": set(ours) == {1}})
    return rows


def encrypted(server: Server, folder: str) -> list[dict]:
    """The test's own authority is added to the normal bundle, as a company's is."""
    bundle = Path(folder) / "bundle.pem"
    normal = Path(importlib.import_module("certifi").where()).read_text(encoding="utf-8")
    bundle.write_text(normal + (Path(folder) / "ca.pem").read_text(encoding="utf-8"), encoding="utf-8")
    trust = {"SSL_CERT_FILE": str(bundle), "REQUESTS_CA_BUNDLE": str(bundle)}
    url = server.url
    ours, official = rounds(
        lambda: worker("larkspur", "message", "sync", url, 5000, **trust),
        lambda: worker("lark_oapi", "message", "sync", url, 60, **trust),
    )
    flight, official_flight, by_hand = rounds(
        lambda: worker("larkspur", "message", "async", url, 20000, **trust),
        lambda: worker("lark_oapi", "message", "async", url, 128, **trust),
        lambda: worker("aiohttp", "message", "async", url, 6000, **trust),
    )
    return [
        row("HTTPS, sync: CPU per call", "us", cpu(ours), cpu(official), "lark-oapi", 300, more_is_better=False),
        row("HTTPS, async, 64 in flight: CPU per call", "us", cpu(flight), cpu(official_flight), "lark-oapi", 300, more_is_better=False),
        row("HTTPS, async, 64 in flight: CPU per call", "us", cpu(flight), cpu(by_hand), "aiohttp by hand", 2, more_is_better=False),
    ]


if __name__ == "__main__":
    main()
