/** Values that only who has the key can read. */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** What a sealed value begins with; a plain one begins with `{`. */
const MARK = "sealed:1:";
const KIND = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;

/** Encrypts what a store keeps, as Larkspur does in other languages. A value is bound to the name it lies under: moved under another, it does not open. */
export class Seal {
  readonly #key: Uint8Array | undefined;

  /** Without a key nothing is sealed. @throws for a key that has not 32 bytes. */
  constructor(key: Uint8Array | undefined) {
    if (key !== undefined && key?.length !== 32) throw new RangeError("key has not 32 bytes; pass so many random ones");
    this.#key = key;
  }

  /** The text to store under a name. */
  close(name: string, value: Uint8Array): string {
    if (!this.#key) return Buffer.from(value).toString();
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv(KIND, this.#key, nonce).setAAD(Buffer.from(name));
    const sealed = [cipher.update(value), cipher.final()];
    return MARK + Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString("base64");
  }

  /** What `close` has sealed under the name. @throws where that cannot be told. */
  open(name: string, text: string): Uint8Array {
    const isSealed = text.startsWith(MARK);
    if (!this.#key && isSealed) throw new Error("its values are encrypted; pass the key");
    if (!this.#key) return Buffer.from(text);
    if (!isSealed) throw new Error("it holds values that are not encrypted; remove them, or leave the key out");
    const sealed = Buffer.from(text.slice(MARK.length), "base64");
    try {
      const opening = createDecipheriv(KIND, this.#key, sealed.subarray(0, NONCE), { authTagLength: TAG });
      opening.setAAD(Buffer.from(name));
      const tag = Math.max(sealed.length - TAG, NONCE);
      opening.setAuthTag(sealed.subarray(tag));
      return Buffer.concat([opening.update(sealed.subarray(NONCE, tag)), opening.final()]);
    } catch {
      throw new Error("its values were encrypted with another key");
    }
  }
}
