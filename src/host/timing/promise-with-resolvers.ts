/**
 * `Promise.withResolvers`, which Node 20 does not have and libp2p needs.
 *
 * @module
 */

/** A promise, and what settles it. */
interface Resolvers<T> {
  promise: Promise<T>;
  resolve(value: T | PromiseLike<T>): void;
  reject(reason?: unknown): void;
}

/**
 * Adds `Promise.withResolvers` to the runtime, as ECMAScript 2024 has it, unless it is there. To be called before a
 * module is imported that needs it.
 */
export function providePromiseWithResolvers(): void {
  if ("withResolvers" in Promise) return;
  Object.defineProperty(Promise, "withResolvers", { value: withResolvers, writable: true, configurable: true });
}

/** For tests: what is added. */
export function withResolvers<T>(this: PromiseConstructor): Resolvers<T> {
  let resolve!: Resolvers<T>["resolve"];
  let reject!: Resolvers<T>["reject"];
  const promise = new this<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
