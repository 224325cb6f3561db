/** The core as WebAssembly, and what it asks of JavaScript; the other half is in `src/js.rs`. */

/** What the glue of a build exports. */
export interface Wasm {
  Core: new (options: string, platform: Platform) => Core;
  abort(flight: number): void;
  find(below: number, name: string): number;
  operationAt(method: string, path: string): string | undefined;
  route(name: string): string;
  traits(operation: number): string[];
  buildMessage(kind: string, args: string): string;
  parseMessage(message: string): string;
  mention(userId: string, name: string): string;
  mentionAll(): string;
  escape(text: string): string;
  /** In builds for servers: the least permissions for these operations, as JSON. */
  scopes?(operations: string[]): string;
}

/** A client or a view in the core. */
export interface Core {
  readonly appId: string;
  readonly baseUrl: string;
  readonly identity: string;
  withOptions(options: string): Core;
  asUser(token: string): Core;
  asApp(): Core;
  call(
    operation: number,
    args: string,
    files: FileSource[],
    options: string | undefined,
    raw: boolean,
    sink: Sink | undefined,
    offset: number,
    settle: Settle,
  ): number;
  token(options: string | undefined, settle: Settle): number;
  refused(token: string, status: number, body: Uint8Array): boolean;
  walk(operation: number, args: string, files: FileSource[], options: string | undefined, items: boolean): PageWalk;
}

/** A walk over pages in the core. */
export interface PageWalk {
  next(settle: Settle): number;
  free(): void;
}

/** Where the core tells the end of a call. */
export interface Settle {
  data(data: string): void;
  reply(
    data: string,
    status: number,
    code: number,
    msg: string,
    logId: string | undefined,
    headers: string,
    attempts: number,
  ): void;
  failed(error: string): void;
}

/** What the core asks of the runtime. */
export interface Platform {
  readonly hooked: boolean;
  wall(): number;
  mono(): number;
  entropy(buffer: Uint8Array<ArrayBuffer>): void;
  env(name: string): string | undefined;
  send(
    method: string,
    url: string,
    headers: string,
    body: Body | undefined,
    collect: number,
    connect: number,
    timeout: number,
    idle: boolean,
    total: number,
  ): Exchange;
  timer(milliseconds: number): Timer;
  token(kind: string, reason: string): Promise<TokenGiven>;
  trace(
    what: string,
    operation: string,
    method: string,
    path: string,
    attempt: number,
    status: number,
    logId: string | undefined,
    milliseconds: number,
    why: string,
  ): void;
}

/** A timer that has been set. */
export interface Timer {
  readonly over: Promise<void>;
  clear(): void;
}

/** What a token provider gave, or why it gave nothing. */
export interface TokenGiven {
  token: string;
  expiresAt?: number | undefined;
  failed?: string;
}

/** The body of a request, in the core's memory. */
export interface Body {
  readonly length: number | undefined;
  whole(): Uint8Array | undefined;
  next(): Promise<Uint8Array | undefined>;
  free(): void;
}

/** A request under way and its answer. */
export interface Exchange {
  /** Rejected with a {@link Broken}. */
  readonly answered: Promise<void>;
  readonly status: number;
  /** A line of name and a line of value for each. */
  readonly headers: string;
  readonly body: Uint8Array;
  next(): Promise<Uint8Array | undefined>;
  abort(): void;
}

/** Why there is no answer. */
export interface Broken {
  kind: "connect" | "tls" | "timeout" | "broken" | "too_large" | "source";
  /** Whether the server may have seen the request. */
  sent: boolean;
  reason: string;
}

/** A file to be sent. */
export interface FileSource {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly length: number | undefined;
  readonly repeatable: boolean;
  open(): { next(): Promise<Uint8Array | undefined> };
}

/** Where the bytes of a download go. */
export interface Sink {
  start(status: number, headers: string, fileName: string | undefined, offset: number): void;
  write(chunk: Uint8Array): Promise<void> | undefined;
}
