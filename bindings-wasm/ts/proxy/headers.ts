/** What a page may tell the platform: no cookie, no Authorization, nothing about the connection or who is behind it. */
const REQUEST = ["accept", "accept-language", "content-type", "if-range", "prefer", "range", "x-aily-biz-user-id"];

/** What the platform may tell a page; among it the log id, and how long to wait. */
const ANSWER = [
  "accept-ranges",
  "content-disposition",
  "content-language",
  "content-range",
  "content-type",
  "date",
  "etag",
  "last-modified",
  "retry-after",
  "x-ogw-ratelimit-limit",
  "x-ogw-ratelimit-reset",
  "x-request-id",
  "x-tt-logid",
];

/** The headers of a page of another origin that its script may read. */
export const EXPOSED = ANSWER.join(", ");

/** The headers that go to the platform, with the token. */
export function requestHeaders(request: Request, token: string | undefined): Headers {
  const headers = picked(request.headers, REQUEST);
  headers.set("user-agent", "larkspur-proxy");
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  return headers;
}

/** The headers that go to the page. A file of the platform is never run as a page of the proxy's origin. */
export function answerHeaders(headers: Headers): Headers {
  const kept = picked(headers, ANSWER);
  const length = headers.get("content-length");
  // fetch has undone the encoding, so the length is no longer that of the body.
  if (length !== null && !headers.has("content-encoding")) kept.set("content-length", length);
  kept.set("cache-control", "no-store");
  kept.set("x-content-type-options", "nosniff");
  kept.set("content-security-policy", "default-src 'none'; sandbox");
  return kept;
}

function picked(headers: Headers, names: readonly string[]): Headers {
  const kept = new Headers();
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}
