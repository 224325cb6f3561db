/** The network over Node's own HTTP, which costs a fraction of its `fetch`. */

import * as http from "node:http";
import * as https from "node:https";
import { rootCertificates } from "node:tls";
import { ConfigError } from "../errors.js";
import type { TransportOptions } from "../runtime.js";
import { broken, fromCode, joined, Stopwatch, tooLarge, unsent, type Outgoing, type Transport } from "../transport.js";
import type { Broken, Exchange } from "../wasm.js";
import { alarm } from "./alarm.js";
import { Proxies } from "./proxies.js";

/** Sends requests over connections that are kept. */
export class NodeTransport implements Transport {
  readonly #plain = named(new http.Agent({ keepAlive: true }));
  readonly #secure: https.Agent;
  readonly #proxies: Proxies;
  /** Where the last request went: parsing a URL costs as much as all the rest. */
  #last: Destination | undefined;

  constructor(options: TransportOptions) {
    const own = options.ca === undefined ? {} : { ca: withSystemRoots(options.ca) };
    this.#secure = named(new https.Agent({ keepAlive: true, ...own }));
    this.#proxies = new Proxies(options.proxy ?? "env", own);
  }

  send(request: Outgoing): Exchange {
    let wire: http.ClientRequest;
    try {
      wire = this.#started(request);
    } catch (thrown) {
      // An exception would leave the core in the middle of its work.
      request.body?.free();
      return unsent(broken("connect", false, thrown instanceof ConfigError ? thrown.message : failure(thrown as Error).reason));
    }
    return new NodeExchange(request, wire);
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
    this.#proxies.close();
  }

  #started({ method, url, headers: lines, body }: Outgoing): http.ClientRequest {
    const start = url.indexOf("/", url.indexOf("://") + 3);
    const origin = url.slice(0, start);
    if (this.#last?.origin !== origin) this.#last = this.#destination(origin);
    const { protocol, hostname, port, agent, prefix, fixed } = this.#last;
    // A list is sent as it is; members of an object would be checked, sorted and copied one by one.
    const headers = lines.split("\n");
    headers.pop();
    headers.push(...fixed);
    // POST, PUT and PATCH say so where they have no body.
    const length = body ? body.length : method.startsWith("P") ? 0 : undefined;
    if (length !== undefined) headers.push("Content-Length", String(length));
    // Written out: a copy of an object of unknown members takes longer than the rest.
    const options = { protocol, hostname, port, agent, method, headers, path: prefix + url.slice(start) };
    return protocol === "https:" ? https.request(options) : http.request(options);
  }

  #destination(origin: string): Destination {
    const url = new URL(origin);
    const { protocol, hostname, port, agent, path, headers } = this.#target(url);
    const fixed = Object.entries({ Host: url.host, ...headers }).flat() as string[];
    return { origin, protocol, hostname, port, agent, prefix: path ?? "", fixed };
  }

  #target(url: URL): http.RequestOptions {
    const secure = url.protocol === "https:";
    const direct = {
      protocol: url.protocol,
      hostname: bare(url.hostname),
      port: url.port,
      agent: secure ? this.#secure : this.#plain,
    };
    return this.#proxies.through(url, direct);
  }
}

/** Where requests to an origin go. */
interface Destination {
  origin: string;
  protocol: http.RequestOptions["protocol"];
  hostname: http.RequestOptions["hostname"];
  port: http.RequestOptions["port"];
  agent: http.RequestOptions["agent"];
  /** What stands before the path: the origin, where a proxy is to be told it. */
  prefix: string;
  /** The headers that all of them have: name, value, name, value. */
  fixed: string[];
}

class NodeExchange implements Exchange {
  readonly answered: Promise<void>;
  status = 0;
  headers = "";
  body: Uint8Array = new Uint8Array();
  readonly #request: Outgoing;
  readonly #wire: http.ClientRequest;
  readonly #watch: Stopwatch;
  #connecting: ReturnType<typeof setTimeout> | undefined;
  #incoming: http.IncomingMessage | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #failed: Broken | undefined;
  #reject: (reason: Broken) => void = () => undefined;

  constructor(request: Outgoing, wire: http.ClientRequest) {
    this.#request = request;
    this.#wire = wire;
    this.#watch = new Stopwatch(request.patience, () => this.#fail(this.#late()), alarm);
    this.answered = new Promise((resolve, reject) => {
      this.#reject = reject;
      wire.on("response", (incoming) => this.#received(incoming, resolve));
    });
    wire.on("error", (error) => this.#fail(failure(error)));
    wire.on("socket", (socket) => {
      if (!socket.connecting) return;
      const late = (): void => this.#fail(broken("connect", false, `no connection within ${request.connect} ms`));
      this.#connecting = setTimeout(late, request.connect);
      socket.once(this.#wire.protocol === "https:" ? "secureConnect" : "connect", () => clearTimeout(this.#connecting));
    });
    this.#send();
  }

  async next(): Promise<Uint8Array | undefined> {
    this.#watch.moved();
    try {
      this.#chunks ??= this.#incoming?.[Symbol.asyncIterator]();
      const step = await this.#chunks?.next();
      if (step && !step.done) return step.value;
      this.#watch.stop();
      return undefined;
    } catch (thrown) {
      this.#fail(failure(thrown as Error));
      throw this.#failed;
    } finally {
      this.#watch.rest();
    }
  }

  abort(): void {
    this.#stop();
    // What the socket says now is of no interest any more.
    this.#wire.on("error", () => undefined);
    this.#wire.destroy();
  }

  #send(): void {
    const body = this.#request.body;
    if (!body) return void this.#wire.end();
    const whole = body.whole();
    if (whole) {
      body.free();
      return void this.#wire.end(whole);
    }
    this.#stream().catch((reason: unknown) => this.#fail(broken("source", true, String(reason))));
  }

  async #stream(): Promise<void> {
    const body = this.#request.body;
    try {
      for (let chunk = await body?.next(); chunk && !this.#failed; chunk = await body?.next()) {
        this.#watch.moved();
        if (!this.#wire.write(chunk)) await this.#drained();
      }
      this.#wire.end();
    } finally {
      body?.free();
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        this.#wire.off("drain", over).off("close", over);
        resolve();
      };
      this.#wire.on("drain", over).on("close", over);
    });
  }

  #received(incoming: http.IncomingMessage, resolve: () => void): void {
    this.#incoming = incoming;
    this.status = incoming.statusCode ?? 0;
    const raw = incoming.rawHeaders;
    for (let at = 0; at + 1 < raw.length; at += 2) this.headers += `${raw[at]}\n${raw[at + 1]}\n`;
    if (this.#request.collect >= 0) return this.#collect(incoming, resolve);
    this.#watch.rest();
    resolve();
  }

  #collect(incoming: http.IncomingMessage, resolve: () => void): void {
    const pieces: Uint8Array[] = [];
    let length = 0;
    incoming.on("data", (piece: Uint8Array) => {
      pieces.push(piece);
      length += piece.length;
      this.#watch.moved();
      if (length > this.#request.collect) this.#fail(tooLarge(this.#request.collect));
    });
    incoming.on("error", (error) => this.#fail(failure(error)));
    incoming.on("end", () => {
      this.#stop();
      this.body = joined(pieces);
      resolve();
    });
  }

  #late(): Broken {
    const { timeout, idle } = this.#request.patience;
    return broken("timeout", true, idle ? `no byte moved for ${timeout} ms` : `no answer within ${timeout} ms`);
  }

  #fail(reason: Broken): void {
    this.#failed ??= reason;
    this.#reject(this.#failed);
    this.abort();
    this.#incoming?.destroy();
  }

  #stop(): void {
    this.#watch.stop();
    clearTimeout(this.#connecting);
  }
}

function failure(error: Error): Broken {
  return fromCode((error as NodeJS.ErrnoException).code ?? error.name, true);
}

/** All requests of an agent here have the same options but for host and port: a name of all of them is a waste. */
function named<A extends http.Agent>(agent: A): A {
  agent.getName = ({ host, port } = {}) => `${host}:${port}`;
  return agent;
}

/** The host without the brackets of an IPv6 address. */
function bare(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

/** Certificates that are trusted besides those of the system. */
function withSystemRoots(ca: NonNullable<TransportOptions["ca"]>): (string | Buffer)[] {
  const own = Array.isArray(ca) ? ca : [ca];
  return [...rootCertificates, ...own.map((one) => (typeof one === "string" ? one : Buffer.from(one)))];
}
