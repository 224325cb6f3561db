/** What a client on a server can be told. */

import type { ClientOptions } from "../options.js";
import type { PacingStore, StoreName, TokenStore } from "./store.js";

/** What a client on a server is told. */
export interface ServerOptions extends ClientOptions {
  /** `store` for an app that is sold to many tenants: then each call needs one, see `forTenant`. */
  appType?: "self_built" | "store" | undefined;
  /** The host where users sign in, if it is not the one that belongs to `baseUrl`. */
  accountsUrl?: string | undefined;
  /**
   * For an app without a secret: signs a JSON web token for an audience, the host where tokens are fetched. It is called for each request for a
   * token.
   */
  clientAssertion?: ((audience: string) => string | Promise<string>) | undefined;
  /** Keeps tokens outside of this client: a `MemoryStore`, a `FileStore` of `larkspur/stores`, or an object of your own. */
  tokenStore?: TokenStore | undefined;
  /**
   * Whether calls wait for their turn by the rates of their pages, which hold for each app, tenant and operation (false); after a refusal they
   * slow down to what the platform lets through. With a `RedisStore` of `larkspur/stores` a fleet of processes keeps the rates together; while
   * that Redis is away, each process takes a quarter of every rate.
   */
  pacing?: boolean | PacingStore | undefined;
  /** Told in one line why a store cannot be used, and which; the client goes on without it. By default `console.warn` tells it. */
  onStoreFailed?: ((reason: string, store: StoreName) => void) | undefined;
}
