/** Secrets that a program may read and a log must not show. */

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** The same object; what prints it sees `***` in the place of these members, as far as they are there. */
export function hidden<T extends object>(value: T, names: (keyof T)[]): T {
  const shown = (): object =>
    Object.fromEntries(Object.entries(value).map(([name, text]) => [name, names.includes(name as keyof T) ? "***" : text]));
  return Object.defineProperty(value, INSPECT, { value: shown });
}
