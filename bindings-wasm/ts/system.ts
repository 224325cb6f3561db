/** What a system's errors mean, where a runtime shows them; a page is not shown any. */

import { broken, REDIRECT, type Broken } from "./transport.js";

/** What went wrong, if the error or one behind it has a system's code. */
export function systemFailure(thrown: unknown): Broken | undefined {
  const code = codeOf(thrown);
  if (code === REDIRECT) return broken("broken", true, REDIRECT);
  return code ? fromCode(code, true) : undefined;
}

/** What a code means; an error's texts may hold addresses, so that only codes are repeated. */
export function fromCode(code: string, sent: boolean): Broken {
  if (
    /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT|ConnectionRefused|FailedToOpenSocket)/.test(
      code,
    )
  ) {
    return broken("connect", false, `no connection (${code})`);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code))
    return broken("tls", false, `the certificate or the handshake failed (${code})`);
  return broken("broken", sent, `the connection broke (${code})`);
}

function codeOf(thrown: unknown): string | undefined {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string") return code;
    if (/connection refused/i.test(error.message)) return "ECONNREFUSED";
    if (error.message === "unexpected redirect") return REDIRECT;
  }
  return undefined;
}
