// Larkspur in Node beside the official SDK, and over `fetch` beside `fetch` alone: each in a process of its own, one after the other in each
// round. Medians of the rounds; the spread is the range of the ratio over them. `--server` names the bench server, `--out` the file for the rows.
import { execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROUNDS = 5;
const OURS = "larkspur";
const PEER = "@larksuiteoapi/node-sdk";
const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));

const [program, out] = ["--server", "--out"].map((name) => process.argv[process.argv.indexOf(name) + 1]);
const server = spawn(program, ["--prompt"], {
  stdio: ["pipe", "pipe", "inherit"],
});
const [line] = await new Promise((resolve) => createInterface({ input: server.stdout }).once("line", (line) => resolve([line])));
const url = line.replace("listening on ", "");

const first = await rounds("first", [OURS, PEER]);
const memory = await rounds("memory", [OURS, PEER]);
const calls = await rounds("calls", [OURS, PEER, "raw node:http", `${OURS} over fetch`, "raw fetch"]);
server.stdin.end();

const ms = (run) => run.ms;
const rate = (width) => (run) => run[width].rate;
const cpu = (width) => (run) => run[width].cpu;
const rows = [
  less("first call from a cold process", "ms", first, ms, { need: 3 }),
  less("first call from a cold process, CPU", "ms", first, (run) => run.cpu, {
    need: 3,
  }),
  less("resident memory after import and client", "MB", memory, (run) => run.rss, { need: 2 }),
  more("calls, one in flight", "calls/s", calls, rate(1), { need: 3 }),
  more("calls, 64 in flight", "calls/s", calls, rate(64), { need: 3 }),
  less("CPU per call, one in flight", "µs", calls, cpu(1), { need: 3 }),
  less("CPU per call, 64 in flight", "µs", calls, cpu(64), { need: 3 }),
  overFetch(1),
  overFetch(64),
  more("the server's own ceiling, 64 in flight", "calls/s", calls, rate(64), {
    peer: "raw node:http",
  }),
];
writeFileSync(out, `${JSON.stringify(rows, null, 2)}\n`);

async function rounds(job, ways) {
  const runs = Object.fromEntries(ways.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of ways) {
      const { stdout } = await promisify(execFile)(process.execPath, [WORKER, way, url, job]);
      // The official SDK writes lines of its own.
      runs[way].push(JSON.parse(stdout.trim().split("\n").at(-1)));
    }
  }
  return runs;
}

function more(work, unit, runs, value, { peer = PEER, need = null } = {}) {
  const [mine, theirs] = [runs[OURS].map(value), runs[peer].map(value)];
  return row(
    work,
    unit,
    mine,
    theirs,
    peer,
    (ours, other) => ours / other,
    need,
    (ratio) => ratio >= need,
  );
}

function less(work, unit, runs, value, { need }) {
  const [mine, theirs] = [runs[OURS].map(value), runs[PEER].map(value)];
  return row(
    work,
    unit,
    mine,
    theirs,
    PEER,
    (ours, other) => other / ours,
    need,
    (ratio) => ratio >= need,
  );
}

function overFetch(width) {
  const [mine, theirs] = [calls[`${OURS} over fetch`].map(cpu(width)), calls["raw fetch"].map(cpu(width))];
  const work = `over fetch: CPU per call, ${width === 1 ? "one" : width} in flight`;
  return row(
    work,
    "µs",
    mine,
    theirs,
    "raw fetch and JSON.parse",
    (ours, other) => ours / other,
    "at most 1.15",
    (ratio) => ratio <= 1.15,
  );
}

function row(work, unit, mine, theirs, peer_name, compare, need, holds) {
  const ratios = mine.map((ours, index) => compare(ours, theirs[index])).sort((one, other) => one - other);
  const ratio = compare(median(mine), median(theirs));
  const spread = `${ratios[0].toFixed(2)}..${ratios.at(-1).toFixed(2)}`;
  return {
    work,
    unit,
    ours: median(mine),
    peer: median(theirs),
    peer_name,
    ratio,
    need,
    holds: need === null ? null : holds(ratio),
    spread,
  };
}

function median(values) {
  return [...values].sort((one, other) => one - other)[values.length >> 1];
}
