/** The half of `larkspur/h5` for pages. */

import { H5Error, ask, bridge, ready, tooLate, type Bridge } from "./bridge.js";

export { H5Error, type H5Failure } from "./bridge.js";

/** What {@link requestAccess} is told. */
export interface AccessOptions {
  /** The app id (`cli_…`), which is no secret. */
  appId: string;
  /** What the app may do for the user; without any, it learns who the user is. Clients before 6.9 do not take them. */
  scopes?: readonly string[] | undefined;
  /** How long the user may take, in milliseconds; 120,000 unless set. */
  timeout?: number | undefined;
}

/** What {@link signIn} is told. */
export interface SignInOptions extends AccessOptions {
  /** Where your backend has mounted `createH5`; `/h5` unless set. */
  backend?: string | undefined;
}

/** What {@link config} is told. */
export interface ConfigOptions {
  /** The functions of the platform's client that the page is going to call, such as `chooseContact`. */
  jsApiList: readonly string[];
  /** Where your backend has mounted `createH5`; `/h5` unless set. */
  backend?: string | undefined;
  /** How long backend and client may take together, in milliseconds; 15,000 unless set. */
  timeout?: number | undefined;
}

/** The number for a function that this version of the client does not have. */
const UNKNOWN = 103;

/** How long the platform's client may take to get ready, which never comes about in an ordinary browser. */
const READY = 10_000;

/**
 * Asks the platform's client who the user is, and the user for the scopes: gives a code, which your backend exchanges for the user's tokens.
 * The code holds for some minutes and once.
 *
 * Where the client does not know `requestAccess` yet, the older `requestAuthCode` is called.
 *
 * @throws an {@link H5Error}, whose `reason` is `missing`, `refused`, `failed` or `timeout`.
 */
export async function requestAccess({ appId, scopes = [], timeout = 120_000 }: AccessOptions): Promise<string> {
  const found = bridge();
  const signal = AbortSignal.timeout(timeout);
  await ready(found, AbortSignal.timeout(Math.min(timeout, READY)));
  // The script may bring `tt` only then.
  const { tt } = bridge();
  if (!tt?.requestAccess) return olderCode(tt, appId, signal);
  try {
    return codeOf(await asked("requestAccess", tt, { appID: appId, scopeList: [...scopes] }, signal));
  } catch (thrown) {
    if (thrown instanceof H5Error && thrown.errno === UNKNOWN) return olderCode(tt, appId, signal);
    throw thrown;
  }
}

/**
 * Signs the user in at your backend: {@link requestAccess}, then `createH5` exchanges the code and starts your session.
 *
 * Gives what your backend answered, read as JSON; undefined for an empty answer.
 *
 * @throws an {@link H5Error}; its `reason` is `backend` where that did not sign the user in.
 */
export async function signIn({ backend = "/h5", ...options }: SignInOptions): Promise<unknown> {
  const code = await requestAccess(options);
  const headers = { "content-type": "application/json" };
  return tell(`${backend}/session`, { method: "POST", headers, body: JSON.stringify({ code }) }, AbortSignal.timeout(30_000));
}

/**
 * Lets the page call further functions of the platform's client: your backend signs for the page, and the client checks the signature.
 *
 * A signature is for one address. Where a page changes its own by more than what stands behind `#`, call it again.
 *
 * @throws an {@link H5Error}.
 */
export async function config({ jsApiList, backend = "/h5", timeout = 15_000 }: ConfigOptions): Promise<void> {
  const { h5sdk } = bridge();
  if (!h5sdk?.config)
    throw new H5Error("failed", "config is not among the functions of the platform's client; load a newer script (h5-js-sdk)");
  const signal = AbortSignal.timeout(timeout);
  const page = location.href.split("#", 1)[0]!;
  const signed = (await tell(`${backend}/config?url=${encodeURIComponent(page)}`, {}, signal)) as object;
  await ask("config", signal, ["onSuccess", "onFail"], (given) =>
    h5sdk.config!({ ...signed, jsApiList: [...jsApiList], ...given }),
  );
}

function asked(
  name: "requestAccess" | "requestAuthCode",
  tt: NonNullable<Bridge["tt"]>,
  given: object,
  signal: AbortSignal,
): Promise<unknown> {
  return ask(name, signal, ["success", "fail"], (callbacks) => tt[name]!({ ...given, ...callbacks }));
}

async function olderCode(tt: Bridge["tt"], appId: string, signal: AbortSignal): Promise<string> {
  if (!tt?.requestAuthCode)
    throw new H5Error("failed", "the platform's client has neither requestAccess nor requestAuthCode; update it");
  return codeOf(await asked("requestAuthCode", tt, { appId }, signal));
}

function codeOf(answer: unknown): string {
  const code = (answer as { code?: unknown } | undefined)?.code;
  if (typeof code === "string" && code !== "") return code;
  throw new H5Error("failed", "the platform's client answered without a code");
}

/** Asks the backend; its refusals have `msg`, as the platform's have. */
async function tell(url: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
  let answer;
  let text;
  try {
    answer = await fetch(url, { ...init, credentials: "include", signal });
    text = await answer.text();
  } catch {
    if (signal.aborted) throw tooLate(`the backend at ${url.split("?", 1)[0]}`);
    throw new H5Error("backend", `the backend at ${url.split("?", 1)[0]} cannot be reached`);
  }
  const read = parsed(text);
  const { status } = answer;
  if (answer.ok && (read !== undefined || text === "")) return read;
  const said = (read as { msg?: unknown } | undefined)?.msg;
  const reason = typeof said === "string" ? said : answer.ok ? "what it answered is no JSON" : "it gave no reason";
  throw new H5Error("backend", `the backend at ${url.split("?", 1)[0]} refused (HTTP ${status}): ${reason}`, { status });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
