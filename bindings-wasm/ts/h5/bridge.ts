/** What the platform's client gives the pages inside of it, through its script. */

/** Why something did not come about in a page. */
export type H5Failure =
  /** The page is not inside of the platform's client, or has not loaded its script. */
  | "missing"
  /** The user refused. */
  | "refused"
  /** The platform's client says that it failed; see `errno`. */
  | "failed"
  /** Nobody answered in time. */
  | "timeout"
  /** The page's own backend refused or cannot be reached; see `status`. */
  | "backend";

/** What goes wrong in a page inside of the platform's client. */
export class H5Error extends Error {
  /** Why. */
  readonly reason: H5Failure;
  /** The number that the platform's client gives the failure. */
  readonly errno: number | undefined;
  /** The HTTP status with which the backend answered. */
  readonly status: number | undefined;

  constructor(reason: H5Failure, message: string, facts: { errno?: number | undefined; status?: number | undefined } = {}) {
    super(message);
    this.reason = reason;
    this.errno = facts.errno;
    this.status = facts.status;
  }
}

// By hand: a minifier would change the name of the class.
H5Error.prototype.name = "H5Error";

/** What a function of the platform's client is given. */
type Given = Record<string, unknown>;

/** The two objects that the platform's script makes. */
export interface Bridge {
  h5sdk?: { ready?(then: () => void): void; config?(given: Given): void };
  tt?: { requestAccess?(given: Given): void; requestAuthCode?(given: Given): void };
}

/** The number for a user who refused. */
const REFUSED = 2700002;

/** The bridge of this page. @throws where there is none. */
export function bridge(): Bridge {
  const { h5sdk, tt } = globalThis as Bridge;
  if (h5sdk || tt) return { ...(h5sdk && { h5sdk }), ...(tt && { tt }) };
  throw new H5Error(
    "missing",
    "the platform's client is not there; open the page inside Feishu or Lark, and load its script (h5-js-sdk) first",
  );
}

/** Calls a function of the platform's client, whose two callbacks are named; ends with a time-out where neither is called. */
export function ask(
  what: string,
  signal: AbortSignal,
  [success, fail]: [string, string],
  call: (given: Given) => void,
): Promise<unknown> {
  return within(what, signal, (resolve, reject) => {
    try {
      call({ [success]: resolve, [fail]: (failure: unknown) => reject(failed(what, failure)) });
    } catch (thrown) {
      reject(failed(what, thrown));
    }
  });
}

/** Waits until the platform's client has got ready. */
export async function ready({ h5sdk }: Bridge, signal: AbortSignal): Promise<void> {
  if (h5sdk?.ready) await within("the platform's client", signal, (resolve) => h5sdk.ready?.(() => resolve(undefined)));
}

/** A promise that gives up with the signal. */
function within(
  what: string,
  signal: AbortSignal,
  begin: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(tooLate(what));
    if (signal.aborted) return late();
    signal.addEventListener("abort", late, { once: true });
    begin(resolve, reject);
  });
}

/** Nobody answered. */
export function tooLate(what: string): H5Error {
  return new H5Error("timeout", `${what} gave no answer in time; is the page open inside Feishu or Lark?`);
}

/** Older versions know `errMsg` or `errorMessage` only. */
function failed(what: string, failure: unknown): H5Error {
  const told = (failure ?? {}) as {
    errno?: unknown;
    errorCode?: unknown;
    errString?: unknown;
    errMsg?: unknown;
    errorMessage?: unknown;
    message?: unknown;
  };
  const errno = Number(told.errno ?? told.errorCode ?? NaN);
  const text = [told.errString, told.errMsg, told.errorMessage, told.message].find(
    (text) => typeof text === "string" && text !== "",
  );
  const facts = { errno: Number.isNaN(errno) ? undefined : errno };
  if (errno === REFUSED) return new H5Error("refused", `${what}: the user refused`, facts);
  const number = facts.errno === undefined ? "" : ` (errno ${errno})`;
  return new H5Error("failed", `${what} failed: ${String(text ?? "the platform's client gave no reason")}${number}`, facts);
}
