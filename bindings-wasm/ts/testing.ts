/**
 * A platform for your own tests that needs no server: `fake()` answers what you tell it to, and remembers what was called.
 *
 * @module
 */
import { Client, type ClientOptions } from "larkspur";
import { INSIDE, inside, type Catalogue, type Route } from "./inside.js";
import { inPage } from "./place.js";
import { Answers, type Failure, type ReplyOptions } from "./testing/answers.js";
import { readCall, type FakeCall } from "./testing/call.js";

export type { Answers, Failure, ReplyOptions } from "./testing/answers.js";
export type { FakeCall } from "./testing/call.js";

/** Makes a platform that knows nothing yet. */
export function fake(): Fake {
  return new Fake();
}

/** A stand-in for the platform; every client that it makes talks to it and to nothing else. */
export class Fake {
  /** The calls that came, in their order; requests for tokens are not among them. */
  readonly calls: FakeCall[] = [];
  readonly #answers = new Map<string, Answers>();
  #catalogue: Catalogue | Promise<Catalogue> | undefined;
  /** What was said of operations before the catalogue had come. */
  readonly #unread: [operation: string, answers: Answers][] = [];

  /**
   * Says what an operation answers; the name may be in any spelling.
   *
   * @throws an error with the nearest name when there is no such operation; in a page the first call ends in it.
   */
  on(operation: string): Answers {
    const known = this.#known();
    const answers = new Answers();
    if (!(known instanceof Promise)) return this.#added(known.route(operation), answers);
    this.#unread.push([operation, answers]);
    return answers;
  }

  /** A client of this platform. It sends nothing twice unless `maxRetries` is given, so that a failure is seen at once. */
  client(options: Partial<ClientOptions> = {}): Client {
    const place = inPage() ? { baseUrl: "/fake" } : { appId: "cli_fake", appSecret: "fake", baseUrl: ORIGIN };
    return new Client({ ...place, maxRetries: 0, fetch: this.fetch, ...options } as ClientOptions);
  }

  /** The `fetch` behind its clients, for a client that you make yourself. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, {
      ...init,
      ...(init?.body instanceof ReadableStream && { duplex: "half" }),
    } as RequestInit);
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(TOKENS))
      return json({ code: 0, msg: "ok", tenant_access_token: TOKEN, app_access_token: TOKEN, expire: 7200 });
    const path = pathname.slice(Math.max(pathname.indexOf("/open-apis/"), 0));
    const known = await this.#known();
    for (const [operation, answers] of this.#unread.splice(0)) this.#added(known.route(operation), answers);
    const name = known.operationAt(request.method, path);
    const route = name === undefined ? undefined : known.route(name);
    const call = await readCall(request, path, route, TOKEN);
    this.calls.push(call);
    const answer = await this.#answers.get(call.operation)?.next(call);
    return answer ?? json({ code: 404, msg: `the fake knows no answer to ${call.operation}; ${remedy(name)}` }, 404);
  };

  #added({ name, root }: Route, answers: Answers): Answers {
    const before = this.#answers.get(name);
    answers.settle(root, before);
    if (!before) this.#answers.set(name, answers);
    return before ?? answers;
  }

  /** The catalogue is behind a client; for a page, which seldom needs it, it comes with what `larkspur/about` knows. */
  #known(): Catalogue | Promise<Catalogue> {
    if (this.#catalogue) return this.#catalogue;
    const client = this.client();
    return (this.#catalogue = INSIDE in client ? inside(client) : fetched());
  }
}

function fetched(): Promise<Catalogue> {
  const found = import("larkspur/about").then(({ catalogue }) => catalogue());
  // Whoever calls is told.
  found.catch(() => {});
  return found;
}

const ORIGIN = "https://open.feishu.cn";
const TOKENS = "/open-apis/auth/v3/";
const TOKEN = "t-fake";

function remedy(name: string | undefined): string {
  return name === undefined ? "the catalogue has no such path" : `say lark.on("${name}").reply(…)`;
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}
