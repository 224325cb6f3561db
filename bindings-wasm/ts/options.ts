/** What a client and a call can be told. */

import { ConfigError } from "./errors.js";
import type { Fetch } from "./fetch.js";
import { environment, inPage, runtimeName } from "./place.js";
import { current, type TransportOptions } from "./runtime.js";

/** What one call is told. */
export interface CallOptions {
  /** The longest time of one attempt in milliseconds (30,000); for a file the longest time without progress. */
  timeout?: number | undefined;
  /** The longest time of the whole call with its waits in milliseconds (120,000; no limit for files). */
  maxWait?: number | undefined;
  /** How often a call is sent again at most (2). */
  maxRetries?: number | undefined;
  /** Further headers. */
  headers?: Record<string, string> | undefined;
  /** The key under which the platform recognises a repeated write. */
  idempotencyKey?: string | undefined;
  /** Ends the call: it is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told while a file moves: the bytes so far, and all of them if that is known. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** How far a file has come, in bytes. */
export interface Progress {
  done: number;
  total: number | undefined;
}

/** What a view is told. */
export type ViewOptions = Omit<CallOptions, "signal" | "onProgress">;

/** Which token a provider is asked for. */
export interface TokenWanted {
  kind: "tenant" | "app" | "user";
  /** The tenant, or the user, of whose view it is. */
  tenantKey?: string | undefined;
  userKey?: string | undefined;
  reason: "first" | "expired" | "refused";
}

/** Gives tokens instead of an app secret; `expiresAt` in milliseconds since 1970. */
export type TokenProvider = (wanted: TokenWanted) => TokenAnswer | Promise<TokenAnswer>;
export type TokenAnswer = string | { token: string; expiresAt?: number | Date | undefined };

/** A request that goes out, for a hook; nothing in it is secret. */
export interface RequestEvent {
  operation: string;
  method: string;
  path: string;
  /** The number of the attempt, counted from one. */
  attempt: number;
}

/** An answer that came, or none. */
export interface ResponseEvent extends RequestEvent {
  /** The HTTP status; undefined when no answer came. */
  status: number | undefined;
  logId: string | undefined;
  /** Milliseconds from request to answer. */
  took: number;
}

/** A wait before the next attempt. */
export interface RetryEvent extends RequestEvent {
  reason: "backoff" | "rate_limit";
  /** The pause in milliseconds. */
  wait: number;
  /** The whole wait in milliseconds: the pause, and the turn for which a paced call waits behind it, as things stand. */
  whole: number;
}

/** Functions that are told what a client does. What they throw is ignored. */
export interface Hooks {
  onRequest?: ((event: RequestEvent) => void) | undefined;
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
}

/** What a client is told. */
export interface ClientOptions extends ViewOptions, Hooks, TransportOptions {
  /** The app id (`cli_…`); on a server `LARK_APP_ID` by default. */
  appId?: string | undefined;
  /** The app secret; on a server `LARK_APP_SECRET` by default. Never in a page. */
  appSecret?: string | undefined;
  /** `feishu` (the default), `lark`, a URL; in a page also a path of its own host, such as `/lark`. */
  baseUrl?: "feishu" | "lark" | (string & {}) | undefined;
  /** Allows plain http to other hosts than this machine. */
  allowHttp?: boolean | undefined;
  /** Gives tokens instead of an app secret. */
  tokenProvider?: TokenProvider | undefined;
  /** The helpdesk's id and token, for the operations that need them. */
  helpdesk?: readonly [id: string, token: string] | undefined;
  /** The most bytes of an answer that is not a file (64 MiB). */
  maxAnswer?: number | undefined;
  /** Takes the network's place; by default Node's own HTTP where there is one, else the runtime's `fetch`. */
  fetch?: Fetch | undefined;
}

const TOLD = ["timeout", "maxWait", "maxRetries", "headers", "idempotencyKey"];
const CALL = [...TOLD, "signal", "onProgress"];
const HOOKS = ["onRequest", "onResponse", "onRetry"];
const OWN = ["appId", "appSecret", "baseUrl", "allowHttp", "tokenProvider", "helpdesk", "maxAnswer", "fetch", "proxy", "ca"];

/** The options of a client as the core reads them; `more` are those that only some entries know, and `names` how they are called. */
export function clientText(options: ClientOptions, names: string[] = [], more?: object): string {
  check(options, [...TOLD, ...HOOKS, ...OWN, ...names], "Client");
  const page = inPage();
  if (page && options.appSecret !== undefined) {
    throw new ConfigError(
      "appSecret does not belong in a page, whose visitors can read it; use baseUrl with a proxy of your own (see larkspur/proxy), or tokenProvider",
    );
  }
  const { appId, appSecret, baseUrl, allowHttp, helpdesk, maxAnswer } = options;
  return JSON.stringify({
    appId,
    appSecret,
    baseUrl,
    allowHttp,
    helpdesk,
    maxAnswer: number("maxAnswer", maxAnswer),
    inPage: page,
    hasTokenProvider: options.tokenProvider !== undefined,
    alone: current().alone,
    userAgent: runtimeName(),
    env: page ? undefined : environment(),
    call: told(options),
    ...more,
  });
}

/** The options of a view as the core reads them. */
export function viewText(options: ViewOptions): string {
  check(options, TOLD, "withOptions");
  return JSON.stringify(told(options));
}

/** The options of a call as the core reads them; empty for none. */
export function callText(options: CallOptions | undefined, of: string): string {
  if (options === undefined) return "";
  check(options, CALL, of);
  return JSON.stringify(told(options));
}

/** The first option of a call among the arguments, where it has been put by mistake. */
export function misplaced(args: object): string | undefined {
  return CALL.find((name) => Object.hasOwn(args, name) && name !== "headers");
}

function told(options: ViewOptions): object {
  return {
    timeout: number("timeout", options.timeout),
    maxWait: number("maxWait", options.maxWait),
    maxRetries: number("maxRetries", options.maxRetries),
    headers: Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]),
    idempotencyKey: options.idempotencyKey,
  };
}

function number(name: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  const whole = name === "maxRetries" || name === "maxAnswer";
  if (typeof value === "number" && Number.isFinite(value) && value >= 0 && (!whole || Number.isInteger(value)))
    return Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER);
  throw new ConfigError(`${name} is ${String(value)}; pass ${whole ? "a whole number" : "milliseconds above zero"}`);
}

function check(options: object, known: string[], of: string): void {
  if (typeof options !== "object" || options === null)
    throw new ConfigError(`${of}: the options are ${String(options)}; pass an object`);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!known.includes(name))
      throw new ConfigError(`${of}: ${name} is no option${inPage() ? " in a page" : ""}; there are ${known.join(", ")}`);
    if (FUNCTION.test(name) && typeof value !== "function") throw new ConfigError(`${of}: ${name} is no function`);
    if (name === "signal" && value && !value.addEventListener)
      throw new ConfigError(`${of}: signal is no AbortSignal; pass the signal of a controller`);
  }
}

/** The options that are functions, by their names. */
const FUNCTION = /^(on[A-Z]|fetch$)|(Provider|Assertion)$/;

/** Tells one of the caller's functions; what it throws must not change what a call does. */
export function tell(hook: () => void): void {
  try {
    hook();
  } catch {
    // It is told, not asked.
  }
}
