/** Downloads into files. */

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Download } from "../download.js";

/** Writes beside the file first, so that no half of it ever stands in its place. */
export async function save(download: Download, path: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(download, createWriteStream(part));
    await rename(part, path);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  }
}
