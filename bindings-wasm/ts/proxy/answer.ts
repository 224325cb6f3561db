/** The platform's code for a request without a token: the page's client raises an `AuthError`. */
export const MISSING_TOKEN = 99991661;

/** An answer of the proxy itself: an envelope like the platform's, which the page's client turns into an error. */
export class Refusal extends Error {
  /** `code` is the HTTP status unless the platform has a code that says the same. */
  constructor(
    readonly status: number,
    readonly msg: string,
    readonly code: number = status,
  ) {
    super(msg);
  }

  /** What was thrown on the way; nothing of it but the client's own errors is told to the page. */
  static from(thrown: unknown): Refusal {
    if (thrown instanceof Refusal) return thrown;
    const { name, code } = thrown instanceof Error ? (thrown as Error & { code?: number }) : { name: "" };
    if (name === "ReauthorizationRequired") return new Refusal(401, "the user must sign in again", code || MISSING_TOKEN);
    return new Refusal(500, name.endsWith("Error") ? `the backend failed (${name})` : "the backend failed");
  }

  /** No answer came from the platform. */
  static unreachable(thrown: unknown): Refusal {
    return thrown instanceof Refusal ? thrown : new Refusal(502, "the platform cannot be reached");
  }

  response(): Response {
    const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
    return new Response(JSON.stringify({ code: this.code, msg: this.msg }), { status: this.status, headers });
  }
}
