/// <reference lib="esnext.disposable" preserve="true" />
/** The client. */

import { entropy } from "./entropy.js";
import { ArgumentError, ConfigError } from "./errors.js";
import { fileSource, type FileInput, type FileSource } from "./files.js";
import { launch, View } from "./flight.js";
import { encode } from "./json.js";
import { Shared } from "./machine.js";
import { below, call, dataOf, named, ways, wholeOf, type Reply, type Target } from "./operation.js";
import { callText, clientText, viewText, type CallOptions, type ClientOptions, type ViewOptions } from "./options.js";
import { ClientPlatform } from "./platform.js";
import { ready } from "./runtime.js";
import type { Api } from "./api.js";

/** What a call of any path takes, besides the options of every call. */
export interface RequestOptions extends CallOptions {
  /** The values of the segments `:name`. */
  pathParams?: Record<string, unknown> | undefined;
  /** A list is sent as a repeated key. */
  query?: Record<string, unknown> | undefined;
  /** The JSON body; with files, the form's text parts. */
  body?: unknown;
  files?: Record<string, FileInput> | undefined;
  /** Which token goes with it; by default the one that the view has. */
  token?: "tenant" | "user" | "app" | "none" | undefined;
}

/** Calls any path of the platform: a door for what the catalogue does not have. */
export interface RequestFunction {
  <T = unknown>(method: string, path: string, options?: RequestOptions): Promise<T>;
  raw<T = unknown>(method: string, path: string, options?: RequestOptions): Promise<Reply<T>>;
  iter<T = unknown>(method: string, path: string, options?: RequestOptions): AsyncGenerator<T, void, undefined>;
  pages<T = unknown>(method: string, path: string, options?: RequestOptions): AsyncGenerator<T, void, undefined>;
}

/** A token and the moment it expires, if that is known. */
export interface Token {
  token: string;
  expiresAt: Date | undefined;
}

/** What a client has besides the services. */
export interface ClientMethods {
  /** Calls any path. */
  readonly request: RequestFunction;
  /** The app id. */
  readonly appId: string;
  /** Where calls go. */
  readonly baseUrl: string;
  /** Whose authority this view has. */
  readonly identity: "app" | "tenant" | "user";
  /** A view of this client with other options: the same connections, the same tokens. */
  withOptions(options: ViewOptions): this;
  /** A view with the authority of a user whose access token you have; it never falls back to the app's. */
  asUser(user: { token: string }): this;
  /** A view with the app's own authority. */
  asApp(): this;
  /** The token of this view, for a backend that serves a phone or a page. */
  token(options?: CallOptions): Promise<Token>;
  /** Ends what is under way and lets go of the connections, for all views. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A client of the platform, or a view of one. Operations are reached by name: `client.im.v1.message.create({…})`. */
export type Client = ClientMethods & Api;

/** Makes clients. */
export interface ClientConstructor {
  new (options?: ClientOptions): Client;
  readonly prototype: Client;
}

const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What every entry's client is made of. */
export class LarkClient {
  readonly #view: View;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    const view = handedOver;
    handedOver = undefined;
    this.#options = options;
    this.#view = view ?? new.target.first(options);
    this.request = requester(this.#view);
  }

  /** The view behind a client: where the names below lead. */
  static viewOf(client: LarkClient): View {
    return client.#view;
  }

  /** The options of the first view. */
  static optionsOf(client: LarkClient): ClientOptions {
    return client.#options;
  }

  /** A view of a client, as the export of the core with this name makes it. */
  static derive(client: LarkClient, name: string, ...parts: string[]): LarkClient {
    handedOver = client.#view.view(name, ...parts);
    return new (client.constructor as typeof LarkClient)(client.#options);
  }

  /** The first view of a client with these options. */
  static first(options: ClientOptions): View {
    return begun(new ClientPlatform(options), clientText(options));
  }

  declare readonly request: RequestFunction;

  get appId(): string {
    return this.#view.facts()?.[0] ?? this.#options.appId ?? "";
  }

  get baseUrl(): string {
    return this.#view.facts()?.[1] ?? this.#options.baseUrl ?? "feishu";
  }

  get identity(): string {
    return this.#view.facts()?.[2] ?? "app";
  }

  withOptions(options: ViewOptions): LarkClient {
    return LarkClient.derive(this, "with_options", viewText(options));
  }

  asUser(user: { token: string }): LarkClient {
    const token = (user as { token?: unknown } | undefined)?.token;
    if (typeof token !== "string") throw new ConfigError('asUser: there is no token; pass { token: "u-…" }');
    return LarkClient.derive(this, "as_user", token);
  }

  asApp(): LarkClient {
    return LarkClient.derive(this, "as_app");
  }

  async token(options?: CallOptions): Promise<Token> {
    const told = callText(options, "token");
    const data = await launch(
      this.#view,
      { signal: options?.signal },
      (core) => ["token", [this.#view.number(core)], entropy(), told],
      (text) => JSON.parse(text ?? "") as { token: string; expires_at: number | null },
    );
    return { token: data.token, expiresAt: data.expires_at === null ? undefined : new Date(data.expires_at) };
  }

  close(): Promise<void> {
    this.#view.shared.close();
    return Promise.resolve();
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  [INSPECT](): string {
    return `Client { appId: '${this.appId}', baseUrl: '${this.baseUrl}', identity: '${this.identity}' }`;
  }
}

/** The view for the client that is made next: views are clients too, but not made from options. */
let handedOver: View | undefined;

// The names of services stand behind the methods: only what is found nowhere else reaches the catalogue.
Object.setPrototypeOf(
  LarkClient.prototype,
  new Proxy(Object.prototype, {
    get: (_, name, self) => (self instanceof LarkClient ? namesOf(LarkClient.viewOf(self), self, name) : undefined),
  }),
);

/** What the core for pages has not. */
const ON_SERVERS = new Set<string | symbol>(
  "oauth,jsapi,forTenant,setAppTicket,exportTokens,importTokens,usedOperations".split(","),
);

function namesOf(view: View, self: object, name: string | symbol): unknown {
  if (ON_SERVERS.has(name))
    throw new ConfigError(
      `client.${String(name)} is for servers, since a page holds no secret; use it on your backend (see larkspur/proxy)`,
    );
  return below(view, [], view.shared.root, self, name);
}

/** A client of the platform; see {@link ClientOptions}. Nothing is sent before the first call. */
export const Client = LarkClient as unknown as ClientConstructor;

/** The first view of a client with these options, as the core reads them. */
export function begun(platform: ClientPlatform, options: string): View {
  return new View(new Shared(platform), (core) => core.make("client", [], options));
}

function requester(view: View): RequestFunction {
  const target = (method: string, path: string, options: RequestOptions): Target => new AnyPath(method, path, options);
  const request = async (method: string, path: string, options: RequestOptions = {}): Promise<unknown> =>
    call(view, target(method, path, options), callOptions(options), dataOf);
  const raw = async (method: string, path: string, options: RequestOptions = {}): Promise<unknown> =>
    call(view, target(method, path, options), callOptions(options), wholeOf);
  const walk =
    (way: "iter" | "pages") =>
    (method: string, path: string, options: RequestOptions = {}) =>
      ways(view, () => target(method, path, options))[way]({}, callOptions(options));
  return Object.assign(request, { raw, iter: walk("iter"), pages: walk("pages") }) as RequestFunction;
}

function callOptions(options: RequestOptions): CallOptions {
  const { pathParams: _p, query: _q, body: _b, files: _f, token: _t, ...call } = options;
  return call;
}

/** Any path with what it takes. */
class AnyPath implements Target {
  readonly name: string;

  constructor(
    private readonly method: string,
    private readonly path: string,
    private readonly options: RequestOptions,
  ) {
    if (typeof method !== "string" || typeof path !== "string")
      throw new ArgumentError("request: method or path is no string; pass both");
    if (typeof options !== "object" || options === null)
      throw new ConfigError(`request: the options are ${String(options)}; pass an object`);
    this.name = `${method.toUpperCase()} ${path}`;
  }

  number(): number {
    return 0;
  }

  isDownload(): boolean {
    return false;
  }

  prepare(_: unknown, call: CallOptions | undefined): { text: string; files: FileSource[] } {
    const { pathParams, query, body, files, token } = this.options;
    const text = encode({ method: this.method, path: this.path, pathParams, query, body, token }, this.name);
    const given = Object.entries(files ?? {});
    return { text, files: given.map(([name, file]) => named(this.name, () => fileSource(name, file, call?.onProgress))) };
  }
}

/** Fetches the core, where it is not there already, so that the first call need not wait for it. */
export async function preload(): Promise<void> {
  await ready();
}
