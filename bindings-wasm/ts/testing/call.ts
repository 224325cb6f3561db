import type { Route } from "../inside.js";

/** A call as it came to the fake. */
export interface FakeCall {
  /** The operation's name; method and path where the catalogue has none. */
  operation: string;
  method: string;
  /** The path as it was sent, without the query. */
  path: string;
  pathParams: Record<string, string>;
  /** The query; a name that came more than once has a list. */
  query: Record<string, string | string[]>;
  /** The body, read as JSON; of a form its fields. */
  body: unknown;
  /** The files of a form. */
  files: Record<string, Blob>;
  headers: Headers;
  /** Whose authority the call had. */
  as: "app" | "user" | "nobody";
}

/** Reads a request. */
export async function readCall(request: Request, path: string, route: Route | undefined, ownToken: string): Promise<FakeCall> {
  const { body, files } = await contents(request);
  const authorization = request.headers.get("authorization");
  return {
    operation: route?.name ?? `${request.method} ${path}`,
    method: request.method,
    path,
    pathParams: route ? parameters(route.path, path) : {},
    query: grouped(new URL(request.url).searchParams),
    body,
    files,
    headers: request.headers,
    as: authorization === null ? "nobody" : authorization === `Bearer ${ownToken}` ? "app" : "user",
  };
}

async function contents(request: Request): Promise<Pick<FakeCall, "body" | "files">> {
  if ((request.headers.get("content-type") ?? "").startsWith("multipart/")) {
    const entries = [...(await request.formData())];
    const files = entries.filter(([, value]) => typeof value !== "string");
    const fields = entries.filter(([, value]) => typeof value === "string");
    return { body: Object.fromEntries(fields), files: Object.fromEntries(files) as unknown as Record<string, Blob> };
  }
  const text = await request.text();
  return { body: text === "" ? undefined : JSON.parse(text), files: {} };
}

function parameters(template: string, path: string): Record<string, string> {
  const given = path.split("/");
  const named = template.split("/").map((segment, place) => [segment, given[place] ?? ""] as const);
  const own = named.filter(([segment]) => segment.startsWith(":"));
  return Object.fromEntries(own.map(([segment, value]) => [segment.slice(1), decodeURIComponent(value)]));
}

function grouped(query: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(query.keys())];
  return Object.fromEntries(
    names.map((name) => [name, query.getAll(name)]).map(([name, all]) => [name, all?.length === 1 ? all[0] : all]),
  );
}
