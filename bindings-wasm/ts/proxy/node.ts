import type { IncomingMessage, ServerResponse } from "node:http";

/** Makes a listener for `node:http` (and for Express, Koa and others that take one) out of a Fetch handler. */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on("close", () => gone.abort());
    try {
      await write(await handler(toRequest(incoming, gone.signal)), outgoing);
    } catch {
      if (outgoing.headersSent || outgoing.destroyed) return void outgoing.destroy();
      outgoing.writeHead(500).end();
    }
  };
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
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

function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
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

async function write(answer: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (!answer.body) return void outgoing.end();
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    if (!outgoing.write(chunk)) await new Promise((resume) => outgoing.once("drain", resume).once("close", resume));
    if (outgoing.destroyed) return;
  }
  outgoing.end();
}
