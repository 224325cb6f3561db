/** What is used of an `IncomingMessage` of `node:http`, whose types a project may not have. */
export interface NodeRequest extends AsyncIterable<unknown> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly socket: object;
  resume(): unknown;
}

/** What is used of a `ServerResponse` of `node:http`. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  on(event: "close" | "drain", listener: () => void): unknown;
  writeHead(status: number, headers?: Record<string, string | string[]>): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
}

/** Makes a listener for `node:http` (and for Express, Koa and others that take one) out of a Fetch handler. */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
): (incoming: NodeRequest, outgoing: NodeResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on("close", () => gone.abort());
    try {
      await write(await handler(toRequest(incoming, gone.signal)), outgoing);
    } catch {
      if (outgoing.headersSent || outgoing.destroyed) return void outgoing.destroy();
      outgoing.writeHead(500);
      outgoing.end();
    }
  };
}

function toRequest(incoming: NodeRequest, signal: AbortSignal): Request {
  const scheme = "encrypted" in incoming.socket ? "https" : "http";
  // Put together as text: resolved as a link, `//elsewhere/…` would name another host than the one that was called.
  const url = `${scheme}://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  const init = { method: incoming.method ?? "GET", headers, body: hasBody ? streamOf(incoming) : null, signal, duplex: "half" };
  return new Request(url, init as RequestInit);
}

function streamOf(incoming: NodeRequest): ReadableStream<Uint8Array> {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream({
    async pull(sink) {
      const { done, value } = await chunks.next();
      if (done) sink.close();
      else sink.enqueue(value);
    },
    cancel: () => void incoming.resume(),
  });
}

async function write(answer: Response, outgoing: NodeResponse): Promise<void> {
  const cookies = answer.headers.getSetCookie();
  const headers = { ...Object.fromEntries(answer.headers), ...(cookies.length > 0 && { "set-cookie": cookies }) };
  outgoing.writeHead(answer.status, headers);
  if (!answer.body) return void outgoing.end();
  let goOn = (): void => {};
  for (const event of ["drain", "close"] as const) outgoing.on(event, () => goOn());
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    if (!outgoing.write(chunk) && !outgoing.destroyed) await new Promise<void>((resume) => (goOn = resume));
    if (outgoing.destroyed) return;
  }
  outgoing.end();
}
