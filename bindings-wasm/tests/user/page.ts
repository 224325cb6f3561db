/** What a page's script says, as strict TypeScript sees it with the condition `browser`; compiled, never run. */
import { Client, isApiError, message, preload, type Operation } from "larkspur";
import { config, signIn } from "larkspur/h5";
import { init } from "larkspur/slim";

await preload();
const client: Client = new Client({ baseUrl: "/lark", tokenProvider: async () => ({ token: "u-1", expiresAt: new Date() }) });
const create: Operation = client.im.v1.message.create;
try {
  await create({ receive_id_type: "chat_id", receive_id: "oc_1", content: message.text("hello") });
  for await (const user of client.contact.v3.user.findByDepartment.iter({ department_id: "0" })) void user.name;
} catch (error) {
  if (isApiError(error)) void error.missingScopes.join();
}
{
  await using short = client.withOptions({ timeout: 5 });
  void short;
}
await init(new URL("https://app.example/larkspur-browser.wasm"));
await init(await WebAssembly.compile(new Uint8Array()));
await signIn({ appId: "cli_a1", scopes: [] });
await config({ jsApiList: [] });

// @ts-expect-error: a page holds no secret to sign with
client.jsapi;
// @ts-expect-error: users sign in at the backend
client.oauth;
// @ts-expect-error: nor does it hold the tokens of tenants
client.forTenant("t");
// @ts-expect-error: nor a store of them
new Client({ tokenStore: { load: () => undefined, swap: () => true } });
