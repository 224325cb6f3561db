/** The network over Node's own HTTP, which costs a fraction of its `fetch`. */

import * as http from "node:http";
import * as https from "node:https";
import { rootCertificates } from "node:tls";
import { Stopwatch } from "../alarm.js";
import { ConfigError } from "../errors.js";
import type { TransportOptions } from "../runtime.js";
import { fromCode } from "../system.js";
import { broken, joined, late, tooLarge } from "../transport.js";
import type { Broken, Exchange, Outgoing, Receiver, Transport } from "../transport.js";
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

  send(request: Outgoing, to: Receiver): Exchange {
    try {
      return new NodeExchange(request, this.#started(request), to);
    } catch (thrown) {
      const { reason } = thrown instanceof ConfigError ? { reason: thrown.message } : failure(thrown as Error);
      queueMicrotask(() => to.broken(broken("connect", false, reason)));
      return { abort: () => undefined };
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
    this.#proxies.close();
  }

  #started({ method, url, headers, body, length }: Outgoing): http.ClientRequest {
    const start = url.indexOf("/", url.indexOf("://") + 3);
    const origin = url.slice(0, start);
    if (this.#last?.origin !== origin) this.#last = this.#destination(origin);
    const { protocol, hostname, port, agent, prefix, fixed } = this.#last;
    // A list is sent as it is; members of an object would be checked, sorted and copied one by one.
    const lines = [...headers, ...fixed];
    // POST, PUT and PATCH say so where they have no body.
    const known = body ? length : method.startsWith("P") ? 0 : undefined;
    if (known !== undefined) lines.push("Content-Length", String(known));
    // Written out: a copy of an object of unknown members takes longer than the rest.
    const options = { protocol, hostname, port, agent, method, headers: lines, path: prefix + url.slice(start) };
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
  readonly #request: Outgoing;
  readonly #wire: http.ClientRequest;
  readonly #to: Receiver;
  readonly #watch: Stopwatch;
  #connecting: ReturnType<typeof setTimeout> | undefined;
  #incoming: http.IncomingMessage | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** Whether somebody has been told; then what breaks is told by `next`. */
  #told = false;
  #failed: Broken | undefined;

  constructor(request: Outgoing, wire: http.ClientRequest, to: Receiver) {
    this.#request = request;
    this.#wire = wire;
    this.#to = to;
    this.#watch = new Stopwatch(request.patience, () => this.#fail(late(request.patience)));
    wire.on("response", (incoming) => this.#received(incoming));
    wire.on("error", (error) => this.#fail(failure(error)));
    wire.on("socket", (socket) => {
      if (!socket.connecting) return;
      const late = (): void => this.#fail(broken("connect", false, `no connection within ${request.connect} ms`));
      this.#connecting = setTimeout(late, request.connect);
      socket.once(this.#wire.protocol === "https:" ? "secureConnect" : "connect", () => clearTimeout(this.#connecting));
    });
    this.#send();
  }

  abort(): void {
    this.#told = true;
    this.#let();
  }

  #send(): void {
    const { body } = this.#request;
    if (!body || typeof body === "string" || body instanceof Uint8Array) return void this.#wire.end(body);
    this.#stream(body).catch((reason: unknown) => this.#fail(broken("source", true, String(reason))));
  }

  async #stream(body: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of body) {
      if (this.#failed || this.#told) return;
      this.#watch.moved();
      if (!this.#wire.write(chunk)) await this.#drained();
    }
    this.#wire.end();
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

  #received(incoming: http.IncomingMessage): void {
    this.#incoming = incoming;
    const status = incoming.statusCode ?? 0;
    const raw = incoming.rawHeaders;
    let headers = "";
    for (let at = 0; at + 1 < raw.length; at += 2) headers += `${raw[at]}\n${raw[at + 1]}\n`;
    if (this.#request.collect >= 0) return this.#collect(incoming, status, headers);
    this.#watch.rest();
    if (this.#told) return;
    this.#told = true;
    this.#to.opened(status, headers, () => this.#next(incoming));
  }

  async #next(incoming: http.IncomingMessage): Promise<Uint8Array | undefined> {
    this.#watch.moved();
    try {
      this.#chunks ??= incoming[Symbol.asyncIterator]();
      const step = await this.#chunks.next();
      if (!step.done) return step.value;
      this.#watch.stop();
      return undefined;
    } catch (thrown) {
      this.#fail(failure(thrown as Error));
      throw this.#failed;
    } finally {
      this.#watch.rest();
    }
  }

  #collect(incoming: http.IncomingMessage, status: number, headers: string): void {
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
      const tell = (): void => {
        if (this.#told) return;
        this.#told = true;
        this.#to.answered(status, headers, joined(pieces));
      };
      const { together } = this.#request;
      if (together) together(tell);
      else tell();
    });
  }

  #fail(reason: Broken): void {
    this.#failed ??= reason;
    this.#let();
    if (this.#told) return;
    this.#told = true;
    this.#to.broken(this.#failed);
  }

  #let(): void {
    this.#stop();
    // What the socket says now is of no interest any more.
    this.#wire.on("error", () => undefined);
    this.#wire.destroy();
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
