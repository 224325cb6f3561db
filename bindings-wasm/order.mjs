/** Puts functions that are alike side by side, since gzip finds what they have in common only where they are near. */

/** Bytes of code that a likeness is made of. */
const GRAM = 4;
/** The most bytes of code, the last ones placed, that the next function is compared with. */
const WINDOW = 1000;
/** So many grams count as unlike in every function, so that small ones do not all come first. */
const SHY = 8;
const CODE = 10;

/** The module, with names for its functions by which `wasm-opt --reorder-functions-by-name` brings them into that order; it must import none. */
export function withOrder(module) {
  const order = alike(functions(module));
  const names = order.map((at, rank) => [at, String(rank).padStart(5, "0")]).sort(([one], [other]) => one - other);
  const list = [leb(names.length), ...names.flatMap(([at, name]) => [leb(at), text(name)])];
  return Buffer.concat([module, section(0, text("name"), section(1, ...list))]);
}

/** The places of the functions, each behind the one that has most in common with it. */
function alike(bodies) {
  const grams = bodies.map(gramsOf);
  const holders = new Map();
  grams.forEach((set, at) => set.forEach((gram) => holders.set(gram, [...(holders.get(gram) ?? []), at])));
  const shared = (gram) => holders.get(gram).length > 1;
  const scores = bodies.map(() => 0);
  const near = new Map();
  const count = (at, step) => {
    for (const gram of [...grams[at]].filter(shared)) {
      const before = near.get(gram) ?? 0;
      near.set(gram, before + step);
      if (before !== 0 && before + step !== 0) continue;
      const weight = step / Math.log2(1 + holders.get(gram).length);
      for (const holder of holders.get(gram)) scores[holder] += weight;
    }
  };
  const worth = (at) => scores[at] / (grams[at].size + SHY);
  const left = new Set(bodies.keys());
  const order = [];
  let [next, oldest, size] = [best(left, (at) => bodies[at].length), 0, 0];
  while (left.delete(next)) {
    order.push(next);
    count(next, 1);
    for (size += bodies[next].length; size > WINDOW && order[oldest] !== next; oldest++) {
      size -= bodies[order[oldest]].length;
      count(order[oldest], -1);
    }
    next = best(left, worth);
  }
  return order;
}

function gramsOf(body) {
  return new Set(Array.from({ length: Math.max(0, body.length - GRAM + 1) }, (_, at) => body.readUInt32LE(at)));
}

function best(candidates, worth) {
  let [found, most] = [undefined, -1];
  for (const candidate of candidates) {
    const value = worth(candidate);
    if (value > most) [found, most] = [candidate, value];
  }
  return found;
}

/** The code of each function. */
function functions(module) {
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const group = module[at++];
      value += (group & 0x7f) * 2 ** shift;
      if (group < 0x80) return value;
    }
  };
  const piece = () => {
    const length = number();
    return module.subarray(at, (at += length));
  };
  while (at < module.length) {
    if (module[at++] !== CODE) piece();
    else if (number()) return Array.from({ length: number() }, piece);
  }
  throw new Error("the module has no code");
}

function section(id, ...parts) {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(id), leb(content.length), content]);
}

function text(string) {
  return Buffer.concat([leb(string.length), Buffer.from(string)]);
}

/** A number in groups of seven bits, the lowest first. */
function leb(number) {
  return number < 0x80 ? Buffer.of(number) : Buffer.concat([Buffer.of((number & 0x7f) | 0x80), leb(number >>> 7)]);
}
