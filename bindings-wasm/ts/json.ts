/** Arguments as JSON text, without loss. */

import { ArgumentError } from "./errors.js";
import { asMessage } from "./message.js";

/** Stands around the digits of a BigInt until the text is whole; no sane text begins with it. */
const DIGITS = "\u0001larkspur-digits:";
const QUOTED_DIGITS = /"\\u0001larkspur-digits:(-?\d+)"/g;

/** The JSON text of a value; an error names the member that cannot be sent. */
export function encode(value: unknown, of: string): string {
  let wide = false;
  const check = function (this: unknown, key: string, shown: unknown): unknown {
    const given = (this as Record<string, unknown>)[key];
    switch (typeof given) {
      case "bigint":
        wide = true;
        return DIGITS + given;
      case "number":
        if (!Number.isFinite(given)) throw refusal(of, key, `is ${given}`, "pass a finite number");
        if (Number.isInteger(given) && !Number.isSafeInteger(given)) {
          throw refusal(of, key, "is an integer that a number rounds", "pass a BigInt or a string of digits");
        }
        return shown;
      case "function":
      case "symbol":
        throw refusal(of, key, `is a ${typeof given}`, "leave it out");
      case "object":
        return given === null ? null : object(of, key, given, shown);
      default:
        return shown;
    }
  };
  try {
    const text = JSON.stringify(value, check);
    return wide ? text.replace(QUOTED_DIGITS, "$1") : text;
  } catch (thrown) {
    if (thrown instanceof ArgumentError) throw thrown;
    throw new ArgumentError(`${of}: an argument cannot be written as JSON (${(thrown as Error).message.split("\n")[0]})`);
  }
}

/** The value of JSON text from the core; undefined for no text. */
export function decode(text: string | undefined): unknown {
  return text ? JSON.parse(text) : undefined;
}

function object(of: string, key: string, given: object, shown: unknown): unknown {
  const message = asMessage(given);
  if (message) return { $message: { msg_type: message.msg_type, content: message.content } };
  if (given instanceof Date) throw refusal(of, key, "is a Date", "pass seconds or milliseconds, as the operation wants");
  const proto: unknown = Object.getPrototypeOf(given);
  const plain = proto === null || Array.isArray(given) || Object.getPrototypeOf(proto) === null;
  if (!plain && typeof (given as { toJSON?: unknown }).toJSON !== "function") {
    throw refusal(of, key, `is a ${given.constructor?.name || "special object"}`, "pass a plain object, a list or a scalar");
  }
  return shown;
}

function refusal(of: string, key: string, what: string, remedy: string): ArgumentError {
  return new ArgumentError(`${of}: ${key || "the arguments"} ${what}; ${remedy}`, { operation: of });
}
