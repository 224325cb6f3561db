/** Asking the system costs the same for many bytes as for a few; what has been given out is wiped. */
const drawn = new Uint8Array(4096);
let given = drawn.length;

/** The entropy of one call: 32 bytes of the system's. */
export function entropy(): Uint8Array {
  if (given === drawn.length) {
    crypto.getRandomValues(drawn);
    given = 0;
  }
  const start = given;
  given += 32;
  const own = drawn.slice(start, given);
  drawn.fill(0, start, given);
  return own;
}
