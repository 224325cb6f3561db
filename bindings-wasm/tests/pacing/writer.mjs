/** A process of a fleet: so many callers write so many work items, over the Redis that all share. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { ProjectClient } from "../larkspur.mjs";
import { RedisStore, redisClient } from "../redis.mjs";

const [baseUrl, app, secret, port, calls, callers] = process.argv.slice(2);
const redis = await redisClient(port);
const project = new ProjectClient(app, secret, {
  userKey: "7000001",
  baseUrl,
  pacing: new RedisStore(redis.run),
  headers: { "X-Sandbox-App": app },
  onStoreFailed: (reason, store) => {
    throw new Error(`${store}: ${reason}`);
  },
});
const { token } = await project.token();
// A process that has just begun is slow; what is measured is one that serves. This interface is counted apart.
const story = { project_key: "p1", work_item_type_key: "story" };
await Promise.all(Array.from({ length: Number(callers) }, () => project.workItem.query({ ...story, work_item_ids: [1] })));
console.log("ready");
await once(process.stdin, "data");

let left = Number(calls);
const caller = async () => {
  while (left-- > 0) await project.workItem.create({ ...story, name: String(left) });
};
await Promise.all(Array.from({ length: Number(callers) }, caller));
// Nobody should read a token.
console.log(createHash("sha256").update(token).digest("hex"));
await redis.client.close();
await project.close();
process.exit();
