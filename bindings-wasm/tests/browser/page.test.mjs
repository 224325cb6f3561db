// A client in a real page: unbundled, behind the proxy, with cookies, with a token provider, and where it must not be.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "larkspur";
import { createProxy } from "larkspur/proxy";
import { PACKAGE, blank, files, open, startBrowser, startSandbox, startServer } from "./support.mjs";

let browser, sandbox, server, elsewhere, page, errors;
let stalled;
const seen = [];

before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
  const client = new Client({ appId: "cli_page", appSecret: "s", baseUrl: sandbox.url });
  const { token } = await sandbox.control("users/token", { app_id: "cli_page" });
  const user = (request) => (/session=ada/.test(request.headers.get("cookie") ?? "") ? { token } : null);
  const allow = [
    "contact.v3.user.findByDepartment",
    "contact.v3.user.get",
    "im.v1.message.create",
    "im.v1.message.get",
    "im.v1.image.create",
    { operation: "im.v1.image.get", as: "app" },
    "authen.v1.userInfo.get",
  ];
  const proxy = createProxy({ client, allow, user, onError: (error) => console.error(error) });
  // A platform that never answers, and says what becomes of the request.
  const stalling = new Client({
    baseUrl: "https://open.feishu.cn",
    tokenProvider: () => "t-1",
    fetch: (_, { signal }) => stalled(signal),
  });
  const pages = { "/": blank, "/larkspur/": files("/larkspur/", PACKAGE) };
  server = await startServer({
    ...pages,
    "/lark/": (request) => (seen.push(Object.fromEntries(request.headers)), proxy(request)),
    "/broken/": async () => new Response("<h1>502 Bad Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } }),
    "/slow/": () => new Promise(() => {}),
    "/stalls/": createProxy({ client: stalling, allow: ["contact.v3.user.get"] }),
    "/login": async () => new Response(null, { status: 204, headers: { "set-cookie": "session=ada; HttpOnly; Path=/" } }),
  });
  const open_to_all = createProxy({ client, allow: ["contact.v3.user.findByDepartment"], origins: [server.url] });
  elsewhere = await startServer({ "/": async () => new Response("no CORS here"), "/lark/": open_to_all });
  ({ page, errors } = await open(browser, `${server.url}/`));
});

after(async () => {
  await browser?.close();
  await Promise.all([server?.close(), elsewhere?.close()]);
  sandbox?.close();
});

function deferred() {
  let resolve;
  return { promise: new Promise((done) => (resolve = done)), resolve };
}

/** Runs a function in the page with the package's exports; gives its answer, or what is told of its error. */
function inPage(work, argument) {
  return page.evaluate(
    async ([source, argument]) => {
      const larkspur = await import("larkspur");
      try {
        return { value: await (0, eval)(`(${source})`)(larkspur, argument) };
      } catch (error) {
        const { name, message, code, status, missingScopes } = error;
        return { error: { name, message, code, status, missingScopes } };
      }
    },
    [String(work), argument],
  );
}

test("what needs a secret, or a server, says so in a page", async () => {
  const told = await inPage(({ Client, ProjectClient, WebhookBot }) => {
    const attempts = [
      () => new ProjectClient("MII_1", "s", { userKey: "7000001" }),
      () => new WebhookBot("https://open.feishu.cn/open-apis/bot/v2/hook/1"),
      () => new Client({ baseUrl: "/lark", pacing: true }),
    ];
    return attempts.map((attempt) => {
      try {
        return attempt();
      } catch ({ name, message }) {
        return `${name}: ${message}`;
      }
    });
  });
  const [project, bot, pacing] = told.value;
  assert.match(
    project,
    /^ConfigError: ProjectClient is for servers: its secret does not belong in a page, .*; call your backend$/,
  );
  assert.match(bot, /^ConfigError: WebhookBot is for servers: /);
  assert.match(pacing, /^ConfigError: Client: pacing is no option in a page; there are timeout, /);
});

test("a signed-out visitor is told to sign in", async () => {
  const { error } = await inPage(({ Client }) => new Client({ baseUrl: "/lark" }).contact.v3.user.get({ user_id: "ou_1" }));
  assert.equal(error.name, "AuthError");
  assert.deepEqual([error.status, error.code], [401, 99991661]);
  assert.match(error.message, /sign in first: no token came with the call/);
  assert.match(error.message, /needs a user; sign in first/);
});

test("calls go to the page's own path with its cookie and without Authorization", async () => {
  await page.evaluate(() => fetch("/login"));
  seen.length = 0;
  const { value, error } = await inPage(async ({ Client, message }) => {
    const client = new Client({ baseUrl: "/lark" });
    return client.im.v1.message.create({
      receive_id_type: "chat_id",
      receive_id: "oc_page",
      content: message.text("from a page"),
    });
  });
  assert.equal(error, undefined);
  assert.match(value.message_id, /^om_/);
  assert.equal(seen.length, 1);
  assert.match(seen[0].cookie, /session=ada/);
  assert.equal(seen[0].authorization, undefined);
});

test("pages of a list are walked", async () => {
  const { value } = await inPage(async ({ Client }) => {
    let count = 0;
    for await (const user of new Client({ baseUrl: "/lark" }).contact.v3.user.findByDepartment.iter({
      department_id: "0",
      page_size: 50,
    })) {
      count += user.open_id ? 1 : 0;
      if (count === 120) break;
    }
    return count;
  });
  assert.equal(value, 120);
});

test("files go up and come down", async () => {
  const { value, error } = await inPage(async ({ Client }) => {
    const client = new Client({ baseUrl: "/lark" });
    const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
    const bytes = new Uint8Array(300_000).map((_, place) => png[place] ?? place % 251);
    const { image_key } = await client.im.v1.image.create({ image_type: "message", image: new Blob([bytes]) });
    const image = await (await client.im.v1.image.get({ image_key })).bytes();
    return [image.length, image.every((byte, place) => byte === bytes[place])];
  });
  assert.equal(error, undefined, JSON.stringify(error));
  assert.deepEqual(value, [300_000, true]);
});

test("what makes messages is fetched with the first one, and again where that failed", async () => {
  const fetched = [];
  let answer = 503;
  const { page, errors } = await open(browser, `${server.url}/`, (page) =>
    page.route("**/larkspur-message.wasm", (route) => {
      fetched.push(answer);
      return answer === 200 ? route.continue() : route.fulfill({ status: answer });
    }),
  );
  await page.evaluate(async () => {
    await fetch("/login");
    const { Client, message } = await import("larkspur");
    const client = new Client({ baseUrl: "/lark" });
    const told = (work) => work().then(String, ({ name, message }) => `${name}: ${message}`);
    const send = (content) => client.im.v1.message.create({ receive_id_type: "chat_id", receive_id: "oc_page", content });
    Object.assign(globalThis, { client, message, told, send });
    await client.contact.v3.user.findByDepartment({ department_id: "0" });
  });
  assert.deepEqual(fetched, []);
  const sent = (text) => page.evaluate((text) => told(async () => (await send(message.text(text))).message_id), text);
  assert.match(await sent("one"), /^LarkError: larkspur-message\.wasm is not at .* \(HTTP 503\); serve it there/);
  answer = 200;
  assert.match(await sent("two"), /^om_/);
  assert.match(await sent("three"), /^om_/);
  assert.deepEqual(fetched, [503, 200]);
  const wrong = () => told(async () => send(message.text("")));
  assert.match(await page.evaluate(wrong), /^ArgumentError: message\.text: text is empty; pass text/);
  assert.equal(await page.evaluate(() => message.text("four").content), '{"text":"four"}');
  await page.close();
  // The browser itself notes what was not served.
  assert.ok(errors.every((error) => /503/.test(String(error))));
});

test("a server that names another type of the core is put up with", async () => {
  const types = [];
  const { page, errors } = await open(browser, `${server.url}/`, (page) =>
    page.route("**/*.wasm", async (route) => {
      const answer = await route.fetch();
      types.push(answer.headers()["content-type"]);
      await route.fulfill({ response: answer, headers: { "content-type": "application/octet-stream" } });
    }),
  );
  const id = await page.evaluate(async () => {
    await fetch("/login");
    const { Client, message } = await import("larkspur");
    const given = { receive_id_type: "chat_id", receive_id: "oc_page", content: message.text("untyped") };
    return (await new Client({ baseUrl: "/lark" }).im.v1.message.create(given)).message_id;
  });
  assert.match(id, /^om_/);
  assert.deepEqual(types, ["application/wasm", "application/wasm"]);
  await page.close();
  assert.deepEqual(errors, []);
});

test("the fake answers in a page too", async () => {
  const { page, errors } = await open(browser, `${server.url}/`);
  const told = await page.evaluate(async () => {
    const { fake } = await import("larkspur/testing");
    const lark = fake();
    const failing = fake();
    failing.on("im.v1.message.gett");
    lark.on("im.v1.message.get").reply({ items: [1] });
    lark.on("im.v1.message.GET").reply({ items: [2] });
    const get = async (lark) => (await lark.client().im.v1.message.get({ message_id: "om_1" })).items;
    const answers = [await get(lark), await get(lark)];
    return [answers, lark.calls.map((call) => call.operation), await get(failing).catch((error) => error.message)];
  });
  assert.deepEqual(told.slice(0, 2), [
    [[1], [2]],
    ["im.v1.message.get", "im.v1.message.get"],
  ]);
  assert.match(told[2], /im\.v1\.message\.get/);
  await page.close();
  assert.deepEqual(errors, []);
});

test("a call that is not on the proxy's list is refused with its name", async () => {
  const { error } = await inPage(({ Client }) => new Client({ baseUrl: "/lark" }).im.v1.chat.list());
  assert.equal(error.name, "PermissionDenied");
  assert.match(error.message, /im\.v1\.chat\.list is not on the proxy's list/);
});

test("an app secret is refused in a page, with the way out", async () => {
  const { error } = await inPage(({ Client }) => void new Client({ appId: "cli_a", appSecret: "s" }));
  assert.equal(error.name, "ConfigError");
  assert.match(error.message, /appSecret does not belong in a page.*baseUrl.*proxy.*tokenProvider/);
});

test("a token provider's token is sent, without cookies", async () => {
  const { token } = await sandbox.control("users/token", { app_id: "cli_page" });
  seen.length = 0;
  await inPage(async ({ Client }, token) => {
    const client = new Client({ baseUrl: "/lark", tokenProvider: async () => token });
    await client.contact.v3.user.get({ user_id: "ou_1" }).catch(() => {});
  }, token);
  assert.equal(seen[0].authorization, `Bearer ${token}`);
  assert.equal(seen[0].cookie, undefined);
});

test("token providers that throw, or give nothing, say so", async () => {
  for (const [provider, expected] of [
    ["async () => { throw new Error('session has ended') }", /session has ended/],
    ["async () => ''", /token/],
    ["() => undefined", /token/],
  ]) {
    const { error } = await inPage(async ({ Client }, provider) => {
      await new Client({ baseUrl: "/lark", tokenProvider: (0, eval)(provider) }).contact.v3.user.get({ user_id: "ou_1" });
    }, provider);
    assert.match(error.message, expected, provider);
  }
});

test("another origin without CORS is named as the likely reason", async () => {
  const { error } = await inPage(async ({ Client }, baseUrl) => {
    await new Client({ baseUrl, tokenProvider: () => "u-1", maxRetries: 0 }).contact.v3.user.get({ user_id: "ou_1" });
  }, elsewhere.url);
  assert.match(error.message, /CORS/);
});

test("a proxy of another origin answers pages it lists", async () => {
  const answer = await page.evaluate(async (base) => {
    const answer = await fetch(`${base}/lark/open-apis/contact/v3/users/find_by_department?department_id=0&page_size=1`, {
      credentials: "include",
    });
    return [answer.headers.get("x-tt-logid") !== null, (await answer.json()).data.items.length];
  }, elsewhere.url);
  assert.deepEqual(answer, [true, 1]);
});

test("an answer of the proxy that is no JSON is an HttpError with its status", async () => {
  const { error } = await inPage(({ Client }) =>
    new Client({ baseUrl: "/broken", maxRetries: 0 }).contact.v3.user.get({ user_id: "ou_1" }),
  );
  assert.deepEqual([error.name, error.status], ["HttpError", 502]);
  assert.match(error.message, /502 Bad Gateway/);
});

test("a signal ends a call, and a call of a page that is closed harms nobody", async () => {
  const { error } = await inPage(async ({ Client }) => {
    const signal = AbortSignal.timeout(50);
    await new Client({ baseUrl: "/slow" }).contact.v3.user.get({ user_id: "ou_1" }, { signal });
  });
  assert.equal(error.name, "TimeoutError");
  const other = await open(browser, `${server.url}/`);
  await other.page.evaluate(async () => {
    const { Client } = await import("larkspur");
    new Client({ baseUrl: "/slow" }).contact.v3.user.get({ user_id: "ou_1" }).catch(() => {});
  });
  await other.page.close();
  assert.deepEqual(other.errors, []);
});

test("a page that is left lets go of its calls, all the way to the platform", async () => {
  const [came, gone] = [deferred(), deferred()];
  stalled = (signal) => (came.resolve(), signal.addEventListener("abort", gone.resolve), new Promise(() => {}));
  const leaving = await open(browser, `${server.url}/`);
  await leaving.page.evaluate(async () => {
    const { Client } = await import("larkspur");
    new Client({ baseUrl: "/stalls" }).contact.v3.user.get({ user_id: "ou_1" }).catch(() => {});
  });
  await came.promise;
  await leaving.page.goto(`${server.url}/elsewhere`);
  await gone.promise;
  assert.deepEqual(leaving.errors, []);
  await leaving.page.close();
});

test("what servers alone have is refused in a page with the way out", async () => {
  for (const use of ["jsapi.sign('https://a/')", "oauth.authorize({})", "forTenant('t')"]) {
    const { error } = await inPage(
      ({ Client }, use) => new Function("client", `client.${use}`)(new Client({ baseUrl: "/lark" })),
      use,
    );
    assert.equal(error.name, "ConfigError");
    assert.match(error.message, /is for servers.*on your backend \(see larkspur\/proxy\)/);
  }
});

test("a hundred calls at once on a cold client load the core once", async () => {
  const fresh = await open(browser, `${server.url}/`);
  const loads = [];
  fresh.page.on("request", (request) => request.url().endsWith(".wasm") && loads.push(request.url()));
  const count = await fresh.page.evaluate(async () => {
    await fetch("/login");
    const { Client } = await import("larkspur");
    const client = new Client({ baseUrl: "/lark" });
    const calls = Array.from({ length: 100 }, () =>
      client.contact.v3.user.findByDepartment({ department_id: "0", page_size: 1 }),
    );
    return (await Promise.all(calls)).filter((page) => page.items.length === 1).length;
  });
  assert.equal(count, 100);
  assert.equal(loads.length, 1);
  await fresh.page.close();
});

test("nothing is left unhandled in the page", () => assert.deepEqual(errors, []));
