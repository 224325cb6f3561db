/**
 * A proxy for web pages: it stands on your own backend, adds the token that a page must not hold, and lets through what you list.
 *
 * ```text
 * page ── /lark/open-apis/… + your cookie ──▶ createProxy(…) ── + token ──▶ open.feishu.cn
 * ```
 *
 * @module
 */
import type { Client } from "larkspur";
import { inside, type Inside } from "./inside.js";
import { AllowList, type Allowed, type Permit } from "./proxy/allow.js";
import { MISSING_TOKEN, Refusal } from "./proxy/answer.js";
import { boundedBody, firstBytes } from "./proxy/body.js";
import { answerHeaders, requestHeaders } from "./proxy/headers.js";
import { Origins } from "./proxy/origin.js";

export type { Allowed } from "./proxy/allow.js";
export { toNodeHandler } from "./proxy/node.js";

/**
 * Who is signed in, as your own session says; null for nobody. With the key of a user who signed in at this client (`client.oauth.exchange`, or
 * `larkspur/h5`) the client finds their token and renews it; with a token of your own it is up to you.
 */
export type SignedIn = { key: string } | { token: string } | null;

/** What {@link createProxy} is told. */
export interface ProxyOptions {
  /** The client of your app. The proxy uses its tokens, its base URL and its `fetch`. */
  client: Client;
  /** The operations that pages may call, by name in any spelling. Everything else is refused. */
  allow: readonly Allowed[];
  /**
   * Says who is signed in, from your own session cookie or header. Without this function every call is made with the app's authority.
   * With it every call needs a signed-in user and is made with theirs, but for those listed as `{ operation, as: "app" }`.
   */
  user?: (request: Request) => SignedIn | Promise<SignedIn>;
  /**
   * The origins of your pages, such as `https://app.example`. Left out, only pages of the proxy's own origin may call; set it where the proxy
   * stands behind another server, or the pages are somewhere else (they are then answered with CORS headers and may send cookies).
   */
  origins?: readonly string[];
  /** The most bytes a request's body may have; 10 MiB unless set. */
  maxBody?: number;
  /** Is told what went wrong in the proxy itself, for your log; the page is told no more than that something did. */
  onError?: (error: unknown, request: Request) => void;
  /** The longest that the platform may take until its answer begins, in milliseconds; 30,000 unless set. */
  timeout?: number;
}

/** A handler as Deno, Bun, Workers, Hono and Next take one. */
export type ProxyHandler = (request: Request) => Promise<Response>;

/**
 * Makes the handler. Mount it at any path; pages use `new Client({ baseUrl: "/that/path" })`.
 *
 * Refusals are answered as the platform does, `{ "code", "msg" }`, so that the page's client raises the error that fits.
 *
 * @throws an error when an operation is unknown (with the nearest name) or cannot be called in the way that is asked for.
 */
export function createProxy(options: ProxyOptions): ProxyHandler {
  const proxy = new Proxied(options);
  return (request) => proxy.answer(request);
}

class Proxied {
  readonly #client: Client;
  readonly #platform: Inside;
  readonly #allow: AllowList;
  readonly #origins: Origins;
  readonly #user: ProxyOptions["user"];
  readonly #maxBody: number;
  readonly #timeout: number;
  readonly #onError: ProxyOptions["onError"];

  constructor(options: ProxyOptions) {
    this.#client = options.client;
    this.#platform = inside(options.client);
    this.#allow = new AllowList(this.#platform, options.allow, options.user !== undefined);
    this.#origins = new Origins(options.origins);
    this.#user = options.user;
    this.#maxBody = positive("maxBody", options.maxBody ?? 10 * 1024 * 1024);
    this.#timeout = positive("timeout", options.timeout ?? 30_000);
    this.#onError = options.onError;
  }

  async answer(request: Request): Promise<Response> {
    const page = this.#origins.check(request);
    try {
      if (!page.isAllowed) throw new Refusal(403, `${page.who} may not call this proxy; add its origin to origins`);
      if (request.method === "OPTIONS") return page.preflight();
      return page.sign(await this.#forward(request));
    } catch (thrown) {
      if (request.signal.aborted) throw request.signal.reason;
      if (!(thrown instanceof Refusal)) this.#onError?.(thrown, request);
      return page.sign(Refusal.from(thrown).response());
    }
  }

  async #forward(request: Request): Promise<Response> {
    const { path, query } = target(request);
    const permit = this.#allow.find(request.method, path);
    const token = await this.#token(permit, request);
    const body = await boundedBody(request, this.#maxBody);
    const send = (value: string | undefined) => this.#send(request, path + query, value, body.open());
    const answer = await send(token.value);
    if (!token.owner || !isJson(answer)) return clean(answer);
    const first = await firstBytes(answer);
    const again = first.isWhole && token.owner.refused(token.value, answer.status, first.bytes) && body.isRepeatable;
    return clean(again ? await send((await ownToken(token.owner)).value) : first.answer);
  }

  /** A user never gets the app's authority: whose token is sent was decided with the list, not here. */
  async #token(permit: Permit, request: Request): Promise<Token> {
    if (permit.none) return { value: undefined, owner: undefined };
    if (permit.as === "app") return ownToken(this.#platform);
    const user = await this.#user?.(request);
    if (!user) throw new Refusal(401, "needs a user; sign in first", MISSING_TOKEN);
    if ("key" in user && isToken(user.key)) return ownToken(inside(this.#client.asUser(user.key)));
    if ("token" in user && isToken(user.token)) return { value: user.token, owner: undefined };
    throw new Refusal(500, "the user function of the proxy gave no usable key or token");
  }

  async #send(request: Request, path: string, token: string | undefined, body: BodyInit | null): Promise<Response> {
    const patience = new AbortController();
    const stop = () => patience.abort(request.signal.reason);
    request.signal.addEventListener("abort", stop, { once: true });
    const clock = setTimeout(() => patience.abort(new Refusal(504, "the platform gave no answer in time")), this.#timeout);
    try {
      const init = {
        method: request.method,
        headers: requestHeaders(request, token),
        body,
        redirect: "manual",
        signal: patience.signal,
      } as RequestInit;
      // Streams are sent while they are read; browsers and Node want to be told.
      if (body instanceof ReadableStream) Object.assign(init, { duplex: "half" });
      return await this.#platform.fetch(this.#platform.baseUrl + path, init);
    } catch (thrown) {
      throw patience.signal.aborted ? patience.signal.reason : Refusal.unreachable(thrown);
    } finally {
      clearTimeout(clock);
    }
  }
}

/** The token to send, and the view that can renew it. */
type Token = { value: string; owner: Inside } | { value: string | undefined; owner: undefined };

async function ownToken(owner: Inside): Promise<{ value: string; owner: Inside }> {
  return { value: await owner.token(), owner };
}

/** The platform's path behind any mount. */
function target(request: Request): { path: string; query: string } {
  const url = new URL(request.url);
  const start = url.pathname.indexOf("/open-apis/");
  if (start < 0) throw new Refusal(404, "no path of the platform; the page's client needs the path of the proxy as baseUrl");
  return { path: url.pathname.slice(start), query: url.search };
}

/** What the page gets: never a cookie, never a redirection to elsewhere. */
function clean(answer: Response): Response {
  if (answer.type === "opaqueredirect" || (answer.status >= 300 && answer.status < 400 && answer.status !== 304)) {
    throw new Refusal(502, "the platform redirected the call");
  }
  return new Response(answer.body, { status: answer.status, headers: answerHeaders(answer.headers) });
}

function isJson(answer: Response): boolean {
  return /^[^;]*\bjson\b/i.test(answer.headers.get("content-type") ?? "");
}

function isToken(token: unknown): boolean {
  return typeof token === "string" && /^[\x21-\x7e]+$/.test(token);
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`${name} is ${value}; pass a number above 0`);
  return value;
}
