/** A process of a fleet that calls, for the app or for a user, over the Redis that all share; it begins when it is told to. */
import { once } from "node:events";
import { Client } from "../larkspur.mjs";
import { RedisStore, redisClient } from "../redis.mjs";

const [baseUrl, appId, appSecret, port, calls, user] = process.argv.slice(2);
const redis = await redisClient(port);
const tokenStore = new RedisStore(redis.run);
const client = new Client({ baseUrl, appId, appSecret, tokenStore, onStoreFailed: (reason) => console.log(reason) });
const view = user ? client.asUser(user) : client;
console.log("ready");
await once(process.stdin, "data");

const call = () => (user ? view.authen.v1.userInfo.get() : view.im.v1.chat.list());
const ends = await Promise.allSettled(Array.from({ length: Number(calls) }, call));
console.log(ends.find(({ reason }) => reason)?.reason.name ?? "done");
await redis.client.close();
process.exit();
