// The vectors, with clients in Chromium.
process.env.LARKSPUR_FORMAT = "chromium";
await import("../vectors.test.mjs");
