import { EXPOSED } from "./headers.js";

/** Which pages may call. */
export class Origins {
  readonly #listed: ReadonlySet<string> | undefined;

  /** @throws an error for what is no origin. */
  constructor(origins: readonly string[] | undefined) {
    this.#listed = origins && new Set(origins.map(checked));
  }

  /** Whether pages of an origin may call where this request came to. */
  has(origin: string, request: Request): boolean {
    return this.#listed ? this.#listed.has(origin) : origin === ownOf(request);
  }

  /**
   * Who calls. Browsers send `Origin` with everything but reading requests to the own origin, and there `Sec-Fetch-Site` says so; a page
   * elsewhere can leave out neither. Reading requests without both come from an old browser or from no browser at all.
   */
  check(request: Request): Page {
    const origin = request.headers.get("origin");
    const site = request.headers.get("sec-fetch-site");
    if (origin !== null) return new Page(origin, this.has(origin, request), origin !== ownOf(request));
    const reads = request.method === "GET" || request.method === "HEAD";
    return new Page(null, site === null ? reads : site === "same-origin", false);
  }
}

function ownOf(request: Request): string {
  return new URL(request.url).origin;
}

/** The page that a request comes from. */
class Page {
  constructor(
    readonly origin: string | null,
    readonly isAllowed: boolean,
    readonly isElsewhere: boolean,
  ) {}

  /** What a message calls it. */
  get who(): string {
    return this.origin === null ? "a request that does not come from a page of yours" : `a page of ${this.origin}`;
  }

  /** The answer to the question of a browser before it sends the request itself. */
  preflight(): Response {
    const allow = "GET, HEAD, POST, PUT, PATCH, DELETE";
    const headers = new Headers({ allow, "access-control-allow-methods": allow, "access-control-max-age": "600" });
    headers.set(
      "access-control-allow-headers",
      "accept, accept-language, content-type, if-range, prefer, range, x-aily-biz-user-id",
    );
    return this.sign(new Response(null, { status: 204, headers }));
  }

  /** Lets a page of another origin read the answer, and its cookies be sent. */
  sign(answer: Response): Response {
    answer.headers.append("vary", "Origin");
    if (this.isAllowed && this.isElsewhere && this.origin !== null) {
      answer.headers.set("access-control-allow-origin", this.origin);
      answer.headers.set("access-control-allow-credentials", "true");
      answer.headers.set("access-control-expose-headers", EXPOSED);
    }
    return answer;
  }
}

function checked(origin: string): string {
  let own = "null";
  try {
    own = new URL(origin).origin;
  } catch {
    // Refused below like any other that is no origin.
  }
  if (own === "null" || own !== origin)
    throw new TypeError(`${JSON.stringify(origin)} in origins is no origin; pass one such as https://app.example`);
  return origin;
}
