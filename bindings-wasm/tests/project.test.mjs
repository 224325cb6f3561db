/** Feishu Project against the sandbox, which counts calls and knows each string by which a write is recognised. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { ProjectClient, larkspur } from "./larkspur.mjs";
import { newApp } from "./sandbox.mjs";

const CREATE = { project_key: "p1", work_item_type_key: "story" };

async function client(options, app) {
  app ??= await newApp();
  const given = { userKey: "7000001", baseUrl: app.url, headers: { "X-Sandbox-App": app.id }, ...options };
  return { app, project: new ProjectClient(app.id, app.secret, given) };
}

async function all(items) {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

const text = (bytes) => new TextDecoder().decode(bytes);
const namesOf = async (project) =>
  (await all(project.workItem.filter.iter({ project_key: "p1", page_size: 200 }))).map(({ name }) => name);

test("a work item is made, moved, found and commented", async () => {
  const { app, project } = await client();
  const story = await project.workItem.create({ ...CREATE, name: "Login page" });
  const path = { ...CREATE, work_item_id: story };
  await project.workflow.operateNode({ ...path, node_id: "draft", action: "confirm" });
  const { workflow_nodes: nodes } = await project.workflow.query({ ...path, flow_type: 0 });
  assert.deepEqual(
    nodes.map(({ status }) => status),
    [3, 2, 1],
  );
  await project.workItemComment.create({ ...path, content: "done" });
  assert.deepEqual(
    (await all(project.workItemComment.list.iter(path))).map(({ content }) => content),
    ["done"],
  );
  const refused = await project.workflow.operateNode({ ...path, node_id: "release", action: "confirm" }).catch((error) => error);
  assert.ok(refused instanceof larkspur.ApiError, String(refused));
  assert.deepEqual([refused.code, refused.attempts], [20016, 1]);
  const [first] = (await app.requests()).filter((request) => request.path.endsWith("/create"));
  assert.equal(first.headers["x-user-key"], "7000001");
  assert.ok(first.headers["x-idem-uuid"] && !first.headers.authorization);
  assert.equal(project.appId, app.id);
  assert.ok(!inspect(project, { depth: 6 }).includes(app.secret));
});

test("all four ways of paging reach the end", async () => {
  const { app, project } = await client();
  await app.post("work-items", { ...CREATE, count: 101 });
  assert.equal((await namesOf(project)).length, 101);
  const search = { ...CREATE, search_group: { conjunction: "AND" }, pagination: { page_size: 50 } };
  assert.equal(new Set((await all(project.search.universal.iter(search))).map(({ id }) => id)).size, 101);
  const pages = await all(project.space.listTeams.pages({ project_key: "p1" }));
  assert.ok(pages.length > 1);
  assert.equal(new Set((await all(project.space.listTeams.iter({ project_key: "p1" }))).map((team) => team.team_id)).size, 650);
  const story = await project.workItem.create({ ...CREATE, name: "n" });
  const records = project.workItem.listOpRecords.iter({ project_key: "p1", work_item_ids: [story], page_size: 1 });
  assert.deepEqual(
    (await all(records)).map((record) => record.operation_type),
    ["create"],
  );
});

test("files go up and come down, as forms and as they are", async () => {
  const { app, project } = await client();
  const story = await project.workItem.create({ ...CREATE, name: "n" });
  const path = { ...CREATE, work_item_id: story };
  const data = new TextEncoder().encode("hello");
  await project.attachment.upload({ ...path, field_key: "files", file: { name: "a.txt", data } });
  const [item] = await project.workItem.query({ ...CREATE, work_item_ids: [story] });
  const file = await project.attachment.download({ ...path, uuid: item.fields[0].field_value[0].uuid });
  assert.deepEqual([file.fileName, text(await file.bytes())], ["a.txt", "hello"]);
  // Unlike the open platform, this one takes empty files.
  await project.attachment.upload({ ...path, field_key: "files", file: { name: "empty.txt", data: new Uint8Array() } });
  const kind = { project_key: "p1", resource_type: "CommentAttachment" };
  const { resource_id } = await project.file.multipartPrepare({ ...kind, size: 5, file_name: "b" });
  const part = { project_key: "p1", resource_id, part_number: 0, md5: "5d41402abc4b2a76b9719d911017c592" };
  await project.file.multipartUploadPart({ ...part, file: data });
  const { file_token } = await project.file.multipartFinish({ project_key: "p1", resource_id });
  assert.equal(text(await (await project.file.download({ project_key: "p1", file_token })).bytes()), "hello");
  const bodies = (await app.requests()).filter(({ path }) => /\/file\/upload$|\/stream\/upload\//.test(path));
  assert.deepEqual(
    bodies.map(({ headers }) => headers["content-type"].split(";")[0]),
    ["multipart/form-data", "multipart/form-data", "application/octet-stream"],
  );
});

test("beyond a ceiling the search is to be narrowed", async () => {
  const { app, project } = await client({ pacing: false });
  await app.post("work-items", { ...CREATE, count: 5001 });
  let found = 0;
  const walk = async () => {
    for await (const _ of project.workItem.filterAcrossProject.iter({ work_item_type_key: "story", page_size: 50 }))
      if (++found % 500 === 0) await app.post("clock", { advance: 1 });
  };
  await assert.rejects(walk(), { name: "InvalidRequest", code: 20094, message: /narrow the search/ });
  assert.equal(found, 5000);
});

test("a lost answer makes no second work item, and a string that was used is told", async () => {
  const { app, project } = await client();
  await app.fault({ operation: "work_item.create", then: { cut: "fin", after_bytes: 10 } });
  const lost = await project.workItem.create({ ...CREATE, name: "one" }).catch((error) => error);
  assert.ok(larkspur.isIdempotencyConflict(lost), String(lost));
  assert.deepEqual([lost.code, lost.attempts], [10430, 2]);
  assert.deepEqual(await namesOf(project), ["one"]);
  const { app: other, project: without } = await client({ idempotency: false });
  await without.workItem.create({ ...CREATE, name: "two" });
  const [made] = (await other.requests()).filter((request) => request.path.endsWith("/create"));
  assert.equal(made.headers["x-idem-uuid"], undefined);
});

test("a string of one's own is sent as it is, and is a conflict the second time", async () => {
  const { app, project } = await client();
  const create = (options) => project.workItem.create({ ...CREATE, name: "n" }, options);
  await create({ idempotencyKey: "mine" });
  const again = await create({ idempotencyKey: "mine" }).catch((error) => error);
  assert.ok(again instanceof larkspur.IdempotencyConflict, String(again));
  assert.deepEqual([again.code, again.attempts, again.retryable], [10430, 1, false]);
  const sent = (await app.requests()).filter((request) => request.path.endsWith("/create"));
  assert.deepEqual(
    sent.map(({ headers }) => headers["x-idem-uuid"]),
    ["mine", "mine"],
  );
  const reading = project.workItem.query({ ...CREATE, work_item_ids: [1] }, { idempotencyKey: "mine" });
  await assert.rejects(reading, { name: "ArgumentError" });
});

test("500 writes over connections that are cut make no work item twice", { timeout: 120_000 }, async () => {
  const app = await newApp();
  const cuts = [{ cut: "rst" }, { delay_ms: 0 }, { html: 502 }, { cut: "fin", after_bytes: 10 }, { delay_ms: 0 }];
  for (let number = 0; number < 500; number++)
    await app.fault({ operation: "work_item.create", then: cuts[number % cuts.length] });
  const [outcomes, waiting] = [[], Array.from({ length: 500 }, (_, number) => `n${number}`)];
  const caller = async () => {
    const { project } = await client({ pacing: false }, app);
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      // The sandbox's limit is not what is tested here.
      await app.post("clock", { advance: 1 });
      outcomes.push([name, await project.workItem.create({ ...CREATE, name }).catch((error) => error)]);
    }
  };
  await Promise.all(Array.from({ length: 20 }, caller));
  const names = await namesOf((await client({}, app)).project);
  assert.equal(new Set(names).size, names.length);
  const conflicts = outcomes.filter(([, end]) => larkspur.isIdempotencyConflict(end));
  const made = outcomes.filter(([, end]) => typeof end === "number" || larkspur.isIdempotencyConflict(end));
  assert.ok(made.every(([name]) => names.includes(name)));
  const attempts = (await app.requests()).filter((request) => request.path.endsWith("/create"));
  assert.ok(outcomes.length === 500 && attempts.length > 500 && conflicts.length > 50, `${attempts.length}, ${conflicts.length}`);
});

test("a virtual token, strict rights, and a user's own token", async () => {
  const { app, project } = await client({ pluginTokenType: "virtual", checkUserRights: true });
  await project.workItem.create({ ...CREATE, name: "one" });
  const { token } = await app.post("users/token");
  await project.asUser({ token }).workItem.create({ ...CREATE, name: "two" });
  const requests = await app.requests();
  const bought = requests.find(({ path }) => path.endsWith("/plugin_token"));
  assert.equal(JSON.parse(bought.body.text).type, 1);
  const [one, two] = requests.filter(({ path }) => path.endsWith("/create"));
  assert.deepEqual([one.token.kind, one.headers["x-auth-mode"], one.headers["x-user-key"]], ["virtual", "1", "7000001"]);
  assert.deepEqual([two.token.kind, two.headers["x-user-key"]], ["user", undefined]);
});

test("a token that has expired is replaced", async () => {
  const { app, project } = await client();
  await project.workItem.create({ ...CREATE, name: "one" });
  await app.post("tokens/expire");
  await project.workItem.create({ ...CREATE, name: "two" });
  const sent = (await app.requests()).filter(({ path }) => path.endsWith("/create"));
  assert.deepEqual(
    sent.map(({ status }) => status),
    [200, 401, 200],
  );
});

test("the families have their own names", async () => {
  const { app, project } = await client();
  const here = new larkspur.Client(app.options());
  assert.throws(() => project.im, { name: "UnknownOperation", message: /im is not in the catalogue; call it on a Client/ });
  assert.throws(() => here.workItem, { name: "UnknownOperation", message: /call it on a ProjectClient/ });
});

test("an error knows the detailed code", async () => {
  const app = await newApp();
  const refusal = { err_code: 20005, err_msg: "wrong", err: { code: 1000051280, msg: "name is missing" }, data: null };
  const fetch = async (url) =>
    String(url).endsWith("/plugin_token")
      ? Response.json({ data: { token: "p-1", expire_time: 7200 }, error: { code: 0, msg: "success" } })
      : Response.json(refusal, { status: 400 });
  const project = new ProjectClient(app.id, app.secret, { userKey: "7000001", baseUrl: app.url, fetch });
  const error = await project.workItem.create({ ...CREATE, name: "n" }).catch((thrown) => thrown);
  assert.deepEqual([error.name, error.code, error.detailCode], ["InvalidRequest", 20005, 1000051280]);
  assert.equal(new larkspur.ApiError("x").detailCode, undefined);
});

test(
  "60 writing calls at once keep to the rate, in their order, and an aborted one gives up its turn",
  { timeout: 60_000 },
  async () => {
    const { app, project } = await client();
    const began = performance.now();
    const abort = new AbortController();
    const made = Array.from({ length: 60 }, (_, index) =>
      project.workItem.create({ ...CREATE, name: `n${index}` }, index === 30 ? { signal: abort.signal } : undefined),
    );
    setTimeout(() => abort.abort(new Error("enough")), 200);
    const ends = await Promise.allSettled(made);
    assert.equal(ends[30].reason?.message, "enough");
    assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 59);
    const took = performance.now() - began;
    // Four bursts of fifteen, a second apart.
    assert.ok(took > 3000 && took < 6000, `${took} ms`);
    const sent = (await app.requests()).filter((request) => request.path.endsWith("/create"));
    const first = sent.slice(0, 15).map(({ body }) => Number(JSON.parse(body.text).name.slice(1)));
    assert.deepEqual(
      first.toSorted((one, other) => one - other),
      Array.from({ length: 15 }, (_, index) => index),
    );
  },
);

test("a user signs in, calls without a user key, and the token renews itself", async () => {
  const { app, project } = await client({ tokenStore: new larkspur.MemoryStore(), onStoreFailed: assert.fail });
  const answer = await fetch(`${app.url}/open_api/authen/auth_code`, {
    method: "POST",
    headers: { cookie: "user=7000002", "content-type": "application/json" },
    body: JSON.stringify({ plugin_id: app.id, state: "1" }),
  });
  const { code } = (await answer.json()).data;
  const user = await project.oauth.exchange(code);
  assert.deepEqual(Object.keys(user), ["key", "expiresAt", "refreshExpiresAt"]);
  assert.equal(user.key, "7000002");
  const view = project.asUser(user.key);
  await view.workItem.create({ ...CREATE, name: "theirs" });
  await app.post("tokens/expire");
  await view.workItem.create({ ...CREATE, name: "theirs too" });
  const made = (await app.requests()).filter((request) => request.path.endsWith("/create"));
  assert.deepEqual(
    made.map(({ status, headers }) => [status, headers["x-user-key"]]),
    [
      [200, undefined],
      [401, undefined],
      [200, undefined],
    ],
  );
  await assert.rejects(project.oauth.exchange(code), { name: "ReauthorizationRequired" });
  await assert.rejects(project.oauth.exchange(""), { name: "ArgumentError" });
});

test("what a client needs is said before the network", async () => {
  const app = await newApp();
  assert.throws(() => new ProjectClient("", "s"), { name: "ConfigError", message: /plugin_id is empty/ });
  assert.throws(() => new ProjectClient("MII_1", "s", { pluginTokenType: "real" }), { message: /pluginTokenType is neither/ });
  assert.throws(() => new ProjectClient("MII_1", "s", { appType: "store" }), { message: /appType is no option/ });
  const nobody = new ProjectClient(app.id, app.secret, { baseUrl: app.url });
  await assert.rejects(nobody.workItem.create({ ...CREATE, name: "n" }), { message: /needs a user_key/ });
  assert.throws(() => nobody.workItm, { name: "UnknownOperation", message: /did you mean workItem\?/ });
  const view = nobody.asUser({ token: "u-1" }).withOptions({ timeout: 5000 });
  assert.equal(view.identity, "user");
});
