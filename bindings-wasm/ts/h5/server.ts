/** The half of `larkspur/h5` for backends. */

import type { Client } from "larkspur";
import { Refusal } from "../proxy/answer.js";
import { boundedBody } from "../proxy/body.js";
import { Origins } from "../proxy/origin.js";
// Not of the package, whose types for pages have it not.
import type { SignedInUser } from "../server/oauth.js";

/** What {@link createH5} is told. */
export interface H5Options {
  /** The client of your app. */
  client: Client;
  /**
   * Starts your own session for a user who has just signed in, and answers the page: keep `user.key` and set your cookie. The tokens stay
   * in the client and its store, from which `client.asUser(user.key)` takes them. Without this function nobody can sign in.
   */
  signedIn?: ((user: SignedInUser, request: Request) => Response | Promise<Response>) | undefined;
  /**
   * The origins of your pages, such as `https://app.example`. Left out, only pages of the handler's own origin; set it where the handler
   * stands behind another server, or the pages are somewhere else.
   */
  origins?: readonly string[] | undefined;
  /** Is told what went wrong, for your log; the page is told no more than that something did. */
  onError?: ((error: unknown, request: Request) => void) | undefined;
}

/** A handler as Deno, Bun, Workers, Hono and Next take one; `toNodeHandler` of `larkspur/proxy` fits it to Node's own. */
export type H5Handler = (request: Request) => Promise<Response>;

/**
 * Makes the handler for what pages inside the platform's client need of their backend. Mount it at `/h5`, or at another path that the page then
 * names as `backend`. It answers `GET …/config?url=` with a signature for that page, and `POST …/session` with `{ "code" }` by exchanging the
 * code and calling `signedIn`. Refusals are `{ "code", "msg" }`.
 *
 * @throws an error for an origin that is none.
 */
export function createH5({ client, signedIn, origins, onError }: H5Options): H5Handler {
  const pages = new Origins(origins);
  const answer = async (request: Request): Promise<Response> => {
    switch (`${request.method} ${request.url.split("?", 1)[0]!.split("/").pop()}`) {
      case "GET config":
        return json(await client.jsapi.sign(ownPage(request, pages)));
      case "POST session":
        return session(client, signedIn, request);
      default:
        throw new Refusal(404, "there are GET …/config?url= and POST …/session");
    }
  };
  return async (request) => {
    const page = pages.check(request);
    try {
      if (!page.isAllowed) throw new Refusal(403, `${page.who} may not call this backend; add its origin to origins`);
      return page.sign(request.method === "OPTIONS" ? page.preflight() : await answer(request));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) onError?.(thrown, request);
      return page.sign(Refusal.from(thrown).response());
    }
  };
}

/** The page that is to be signed for: one of yours. */
function ownPage(request: Request, pages: Origins): string {
  const url = new URL(request.url).searchParams.get("url") ?? "";
  const origin = URL.canParse(url) ? new URL(url).origin : "null";
  if (pages.has(origin, request)) return url;
  throw new Refusal(400, "url is no page of yours; pass location.href, and list its origin in origins");
}

async function session(client: Client, signedIn: H5Options["signedIn"], request: Request): Promise<Response> {
  if (!signedIn) throw new Refusal(404, "nobody can sign in here; pass the function signedIn");
  const body = await boundedBody(request, 16 * 1024);
  const told = (await new Response(body.open()).json().catch(() => undefined)) as { code?: unknown } | undefined;
  if (typeof told?.code !== "string" || told.code === "") throw new Refusal(400, 'the body holds no code; send {"code"} as JSON');
  return signedIn(await client.oauth.exchange(told.code), request);
}

function json(told: object): Response {
  return Response.json(told, { headers: { "cache-control": "no-store" } });
}
