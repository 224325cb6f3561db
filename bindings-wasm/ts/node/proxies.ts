/** HTTP proxies, as the environment or an option names them. */

import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import { ConfigError } from "../errors.js";

/** Finds the way to an origin: straight, or through a proxy. */
export class Proxies {
  readonly #setting: string;
  readonly #own: { ca?: (string | Buffer)[] };
  readonly #agents: http.Agent[] = [];

  constructor(setting: string, own: { ca?: (string | Buffer)[] }) {
    this.#setting = setting;
    this.#own = own;
    if (setting !== "env" && setting !== "none") parsed(setting);
  }

  /** What a request to this origin is told. */
  through(url: URL, direct: http.RequestOptions): http.RequestOptions {
    const proxy = this.#find(url);
    if (!proxy) return direct;
    if (url.protocol === "https:") return { ...direct, agent: this.#kept(new TunnelAgent(proxy, this.#own)) };
    const agent = this.#kept(new http.Agent({ keepAlive: true }));
    const headers = { Host: url.host, ...authorization(proxy) };
    return { protocol: "http:", hostname: proxy.hostname, port: proxy.port || 80, agent, path: url.origin, headers };
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  #kept<A extends http.Agent>(agent: A): A {
    this.#agents.push(agent);
    return agent;
  }

  #find(url: URL): URL | undefined {
    if (this.#setting === "none") return undefined;
    if (this.#setting !== "env") return parsed(this.#setting);
    if (isExcepted(url.hostname, variable("no_proxy") ?? "")) return undefined;
    const named = variable(url.protocol === "https:" ? "https_proxy" : "http_proxy") ?? variable("all_proxy");
    return named ? parsed(named) : undefined;
  }
}

/** Reaches https hosts through a proxy's CONNECT. */
class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, own: { ca?: (string | Buffer)[] }) {
    super({ keepAlive: true, ...own });
    this.#proxy = proxy;
  }

  override createConnection(options: https.RequestOptions, callback?: (error: Error | null, socket: Duplex) => void): undefined {
    // What fails has no socket, which the types do not know.
    const done = callback as (error: Error | null, socket?: Duplex) => void;
    const { hostname, port } = this.#proxy;
    const path = `${options.host}:${options.port ?? 443}`;
    const connect = http.request({
      hostname,
      port: port || 80,
      method: "CONNECT",
      path,
      headers: { Host: path, ...authorization(this.#proxy) },
    });
    connect.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) return done(null, tls.connect({ ...(options as tls.ConnectionOptions), socket }));
      socket.destroy();
      done(refused(`the proxy answered ${answer.statusCode}`));
    });
    connect.once("error", (error) => done(refused(error.message)));
    connect.end();
    return undefined;
  }
}

function refused(message: string): Error {
  return Object.assign(new Error(message), { code: "ECONNREFUSED by the proxy" });
}

function authorization(proxy: URL): Record<string, string> {
  if (!proxy.username) return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "Proxy-Authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

function parsed(text: string): URL {
  const url = URL.parse?.(text) ?? tried(text);
  if (url?.protocol === "http:") return url;
  throw new ConfigError("proxy is no http URL; pass env, none, or a URL such as http://127.0.0.1:3128");
}

function tried(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function variable(name: string): string | undefined {
  return process.env[name] || process.env[name.toUpperCase()];
}

/** Whether a host is one that `NO_PROXY` names: itself, below a domain, or all. */
function isExcepted(host: string, list: string): boolean {
  const names = list
    .split(",")
    .map((name) =>
      name
        .trim()
        .toLowerCase()
        .replace(/^\*?\./, ""),
    )
    .filter(Boolean);
  return names.some((name) => name === "*" || host === name || host.endsWith(`.${name}`));
}
