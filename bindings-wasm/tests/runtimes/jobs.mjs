/** The main jobs of a client. */
export async function smoke({ client, isApiError, message }, held) {
  const sent = await client.im.v1.message.create({
    receive_id_type: "chat_id",
    receive_id: "oc_1",
    content: message.text("hello"),
  });
  expect(sent.message_id.startsWith("om_"), "no message id");
  held("send a message");
  let users = 0;
  for await (const user of client.contact.v3.user.findByDepartment.iter({ department_id: "0", page_size: 50 }))
    users += user.open_id ? 1 : 0;
  expect(users === 1000, `${users} users`);
  held("list users over pages");
  const refused = await client.im.v1.message.get({ message_id: "om_none" }).catch((error) => error);
  expect(isApiError(refused) && refused.name === "NotFound" && refused.logId, String(refused));
  held("an error with its log id");
  const data = new Uint8Array(300_000).fill(7);
  const { file_key } = await client.im.v1.file.create({ file_type: "stream", file: { name: "a.bin", data } });
  const file = await client.im.v1.file.get({ file_key });
  const bytes = await file.bytes();
  expect(bytes.length === data.length && bytes.every((byte) => byte === 7), "the file is not the same");
  held("a file up and down");
  const abort = new AbortController();
  const aborted = client.im.v1.message.get({ message_id: sent.message_id }, { signal: abort.signal }).catch((error) => error);
  abort.abort(new Error("enough"));
  expect((await aborted).message === "enough", "not aborted");
  held("abort a call");
}

/** What servers have besides: users whose tokens lie in a store, and Feishu Project. */
export async function serverJobs({ Client, ProjectClient, tokenStore }, baseUrl, held) {
  const redirectUri = "https://app.example.com/cb";
  const failures = [];
  const options = { appId: "cli_server", appSecret: "s", baseUrl, tokenStore, onStoreFailed: (line) => failures.push(line) };
  const [client, other] = [new Client(options), new Client(options)];
  const start = client.oauth.authorize({ redirectUri, pkce: true });
  const page = await fetch(`${start.url}&sandbox_user=ou_1`, { redirect: "manual" });
  const code = new URL(page.headers.get("location")).searchParams.get("code");
  const { key } = await client.oauth.exchange(code, { redirectUri, codeVerifier: start.codeVerifier });
  const views = Array.from({ length: 10 }, (_, index) => (index % 2 ? client : other).asUser(key));
  const seen = await Promise.all(views.map((view) => view.authen.v1.userInfo.get()));
  expect(
    seen.every(({ open_id }) => open_id === "ou_1"),
    "another user",
  );
  expect(failures.length === 0, failures[0]);
  held("a user of two clients with one store");
  const project = new ProjectClient("MII_server", "s", { userKey: "7000001", baseUrl });
  const item = await project.workItem.create({ project_key: "p1", work_item_type_key: "story", name: "n" });
  expect(Number.isInteger(item), `${item} is no work item`);
  held("a work item");
}

function expect(held, otherwise) {
  if (!held) throw new Error(otherwise);
}
