/**
 * Arrays whose elements are made when somebody looks at them.
 *
 * @module
 */

/** How Node and Deno ask a value what to print; of a proxy they ask the target. */
const PRINTED = Symbol.for("nodejs.util.inspect.custom");
const PRINTED_MAX = 100;

/**
 * What behaves as an array that cannot be changed, and holds none of its elements: each is made anew whenever it is
 * looked at.
 */
export function lazyArray<T>(length: number, make: (index: number) => T): readonly T[] {
  const target: T[] = [];
  const indexOf = (key: string | symbol) => {
    const index = typeof key === "string" ? Number(key) : NaN;
    return Number.isInteger(index) && index >= 0 && index < length && String(index) === key ? index : -1;
  };
  const all: readonly T[] = new Proxy(target, {
    get(target, key, receiver) {
      if (key === "length") return length;
      const index = indexOf(key);
      return index < 0 ? Reflect.get(target, key, receiver) : make(index);
    },
    has: (target, key) => indexOf(key) >= 0 || Reflect.has(target, key),
    ownKeys: () => [...Array.from({ length }, (_, index) => String(index)), "length"],
    getOwnPropertyDescriptor(target, key) {
      if (key === "length") return { ...Reflect.getOwnPropertyDescriptor(target, key), value: length };
      const index = indexOf(key);
      if (index < 0) return undefined;
      return { value: make(index), writable: false, enumerable: true, configurable: true };
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
  const printed = () => Object.assign(all.slice(0, PRINTED_MAX), { length });
  Object.defineProperty(target, PRINTED, { value: printed, configurable: true });
  return all;
}
