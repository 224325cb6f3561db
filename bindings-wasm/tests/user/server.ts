/** What a user writes, as strict TypeScript sees it; compiled, never run. */
import {
  ApiError,
  Client,
  Download,
  MemoryStore,
  ProjectClient,
  isApiError,
  isIdempotencyConflict,
  isRateLimited,
  isReauthorizationRequired,
  message,
  type CallOptions,
  type Operation,
  type Reply,
  type SignedInUser,
  type TokenStore,
  WebhookBot,
  isPermissionDenied,
  type JsapiConfig,
} from "larkspur";
import { init } from "larkspur/slim";
import { H5Error, config, createH5, requestAccess, signIn, type H5Handler } from "larkspur/h5";
import { FileStore, RedisStore } from "larkspur/stores";

const client: Client = new Client({
  appId: "cli_a1",
  appSecret: "s",
  timeout: 1000,
  tokenProvider: async ({ kind }) => ({ token: kind }),
});
const create: Operation = client.im.v1.message.create;
const sent = await create({ receive_id_type: "chat_id", receive_id: "oc_1", content: message.text("hello") }, { timeout: 5 });
const id: string = sent.message_id;
const reply: Reply = await client.im.v1.message.get.raw({ message_id: id }, { signal: new AbortController().signal });
const status: number = reply.status;
for await (const user of client.contact.v3.user.findByDepartment.iter({ department_id: "0" })) void user.name;
const path = await client.request<{ n: number }>("GET", "/open-apis/x/:id", { pathParams: { id: 1 }, query: { a: [1, 2n] } });
const n: number = path.n;
const view: Client = client.asUser({ token: "u-1" }).withOptions({ maxRetries: 0 }).asApp();
const file: Download = await view.im.v1.file.get({ file_key: "k" });
const bytes: Uint8Array = await file.bytes();
const { token, expiresAt }: { token: string; expiresAt: Date | undefined } = await client.token();
const options: CallOptions = { onProgress: ({ done, total }) => void [done, total] };
try {
  await client.close();
} catch (error) {
  if (isRateLimited(error)) void error.retryAfter?.toFixed();
  if (isApiError(error)) void error.missingScopes.map((scope) => scope.length);
  if (error instanceof ApiError) void error.logId;
}
const store: TokenStore = {
  load: async () => ({ bytes: new Uint8Array(), version: 1 }),
  swap: (_key, expected, value, ttl) => expected === undefined && value.length > ttl,
};
const shop: Client = new Client({
  appType: "store",
  accountsUrl: "https://a",
  tokenStore: store,
  onStoreFailed: (line) => void line.length,
});
shop.setAppTicket("ticket");
const tenant: Client = shop.forTenant("tenant_1").withOptions({ timeout: 1 });
const start = tenant.oauth.authorize({ redirectUri: "https://b", scopes: ["a:b"], pkce: true });
const user: SignedInUser = await shop.oauth.exchange("code", { redirectUri: "https://b", codeVerifier: start.codeVerifier });
const until: Date | undefined = user.refreshExpiresAt;
const flow = await shop.oauth.device({ scopes: ["a:b"] });
void (await flow.wait({ signal: new AbortController().signal })).key;
await shop.asUser(user.key).oauth.revoke(user.key);
const taken: number = new Client({ tokenStore: new MemoryStore() }).importTokens(shop.exportTokens());
new Client({ tokenStore: new FileStore("tokens", { key: new Uint8Array(32) }) });
const project: ProjectClient = new ProjectClient("MII_1", "s", {
  userKey: "u",
  pluginTokenType: "virtual",
  pacing: false,
  tokenStore: store,
});
const item: number = await project.workItem.create({ project_key: "p1" }, { idempotencyKey: "k" });
for await (const found of project.workItem.filter.iter({ page_size: 5 })) void found.name;
const their: ProjectClient = project.asUser((await project.oauth.exchange("code")).key).withOptions({ timeout: 1 });
await their.request("GET", "/open_api/x");
try {
  await client.close();
} catch (error) {
  if (isIdempotencyConflict(error)) void error.detailCode?.toFixed();
  if (isReauthorizationRequired(error)) void error.url?.length;
}
const keyless: Client = new Client({ appId: "cli_a1", clientAssertion: async (audience) => audience });
const signed: JsapiConfig = await keyless.jsapi.sign("https://a/b", { timeout: 5 });
const used: string[] = keyless.usedOperations();
await new WebhookBot("https://x", { secret: "s", maxRetries: 0 }).send(message.text("hello"), { maxWait: 5 });
const backend: H5Handler = createH5({ client: shop, signedIn: ({ key }) => Response.json({ key }), origins: ["https://a"] });
try {
  await signIn({ appId: "cli_a1", scopes: ["a:b"], backend: "/h5" });
  await config({ jsApiList: ["chooseContact"], timeout: 1000 });
  const code: string = await requestAccess({ appId: "cli_a1" });
  void code.length;
} catch (error) {
  if (error instanceof H5Error && error.reason === "refused") void error.errno?.toFixed();
  if (isPermissionDenied(error)) void [error.applyUrl?.length, error.importText?.length];
}
await init(new URL("https://example.com/larkspur.wasm"));

// @ts-expect-error: no such service
client.imm;
// @ts-expect-error: no such operation
client.im.v1.message.creat;
// @ts-expect-error: spans are numbers
new Client({ timeout: "1s" });
// @ts-expect-error: no such kind of app
new Client({ appType: "shop" });
// @ts-expect-error: no such resource of Feishu Project
project.workItm;
// @ts-expect-error: no such kind of token
new ProjectClient("MII_1", "s", { pluginTokenType: "real" });
// @ts-expect-error: a swap says whether it took place
new Client({ tokenStore: { load: () => undefined, swap: () => "yes" } });
// @ts-expect-error: no such option
client.withOptions({ maxTries: 1 });

export { bytes, expiresAt, item, n, options, status, taken, token, until, backend, signed, used };
const pacing = new RedisStore(async (script, keys, args) => script + keys.length + args.length, { prefix: "p:" });
const fleet: Client = new Client({
  pacing,
  onStoreFailed: (line, store) => void [line.length, store === "pacing store"],
  onRetry: ({ wait, whole }) => void (whole - wait),
});
const planner: ProjectClient = new ProjectClient("MII_1", "s", { pacing });
void [fleet, planner, new Client({ pacing: true })];
// @ts-expect-error A file has no clock that a fleet could share.
void new Client({ pacing: new FileStore("tokens") });
