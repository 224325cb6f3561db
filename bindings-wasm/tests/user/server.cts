/** The same package by `require`, as strict TypeScript sees it; compiled, never run. */
import { Client, isApiError } from "larkspur";
import { scopes } from "larkspur/about";
import { createH5 } from "larkspur/h5";
import { createProxy, toNodeHandler } from "larkspur/proxy";
import { FileStore } from "larkspur/stores";
import { fake } from "larkspur/testing";
import { createServer } from "node:http";
import slim = require("larkspur/slim");

const client: Client = new Client({ tokenStore: new FileStore("tokens") });
const proxy = createProxy({ client, allow: ["im.v1.chat.list"], user: async () => ({ token: "u-1" }) });
createServer(toNodeHandler(proxy)).close();
fake().on("im.v1.chat.list").reply({});
void [createH5({ client }), scopes(["im.v1.chat.list"]), slim.initSync, isApiError];
