/**
 * What libp2p takes for granted and Node 20 lacks. It has to be there before libp2p is loaded.
 *
 * @module
 */

Promise.withResolvers ??= function () {
  let parts;
  const promise = new this((resolve, reject) => parts = { resolve, reject });
  return { promise, ...parts };
};
