/** One sandbox for a run of tests; each test has an app of its own in it. */
import { spawn } from "node:child_process";
import { after } from "node:test";

let running;
let child;
let apps = 0;

// Said here, since inside of a test it would mean the end of that test.
after(() => child?.stdin.end());

/** An app that only this test uses, with the sandbox's doors to it. */
export class App {
  constructor(url) {
    this.url = url;
    this.id = `cli_js_${process.pid}_${apps++}`;
    this.secret = `s3cret-${this.id}`;
  }

  options(more = {}) {
    return { appId: this.id, appSecret: this.secret, baseUrl: this.url, ...more };
  }

  async post(door, body = {}) {
    const answer = await fetch(`${this.url}/__sandbox/${door}`, {
      method: "POST",
      body: JSON.stringify({ app_id: this.id, ...body }),
    });
    if (!answer.ok) throw new Error(`the sandbox refused ${door}: ${await answer.text()}`);
    return answer.json();
  }

  async fault(rule) {
    const rules = [{ app_id: this.id, ...rule }];
    const answer = await fetch(`${this.url}/__sandbox/faults`, { method: "POST", body: JSON.stringify({ rules }) });
    if (!answer.ok) throw new Error(`the sandbox refused the fault: ${await answer.text()}`);
  }

  script(answers, more = {}) {
    return this.post("script", { answers, ...more });
  }

  async requests() {
    const answer = await fetch(`${this.url}/__sandbox/requests?app_id=${this.id}`);
    return (await answer.json()).requests;
  }

  async calls() {
    return (await this.requests()).filter(({ path }) => !path.includes("access_token"));
  }
}

/** A fresh app in the sandbox of this run. */
export async function newApp() {
  running ??= start();
  return new App(await running);
}

/** The sandbox ends with its input, so that it outlives the tests in no case. */
function start() {
  const program = process.env.LARKSPUR_SANDBOX;
  if (!program) throw new Error("LARKSPUR_SANDBOX names no program; run the tests by cargo xtask test npm");
  child = spawn(program, ["--port", "0", "--quiet", "--with-parent"], { stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.stdout.once("data", (line) => resolve(String(line).match(/http:\S+/)[0]));
  });
}
