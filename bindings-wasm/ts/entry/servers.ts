/** What a page has not got, for a program that uses it there all the same: it is told why. */

import { ConfigError } from "../errors.js";

const forServers = (name: string): new () => never =>
  class {
    constructor() {
      throw new ConfigError(
        `${name} is for servers: its secret does not belong in a page, whose visitors can read it; call your backend`,
      );
    }
  } as never;

export const ProjectClient = forServers("ProjectClient");
export const WebhookBot = forServers("WebhookBot");
