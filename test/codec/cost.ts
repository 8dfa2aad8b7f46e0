/**
 * What a piece of work costs, counted instead of timed.
 *
 * @module
 */

/** What was counted. */
export interface Cost {
  /** Bytes of all buffers and byte arrays made. */
  readonly bytes: number;
  /** Elements added to arrays. */
  readonly pushes: number;
}

/** Runs some work, which may throw, and counts what it allocates. */
export function costOf(work: () => void): Cost {
  let bytes = 0;
  let pushes = 0;
  const Original = globalThis.Uint8Array;
  const OriginalNumbers = globalThis.Uint32Array;
  const OriginalBuffer = globalThis.ArrayBuffer;
  const push = Array.prototype.push;
  globalThis.ArrayBuffer = new Proxy(OriginalBuffer, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget) as ArrayBuffer;
      bytes += made.byteLength;
      return made;
    },
  });
  const counted = <C extends Uint8ArrayConstructor | Uint32ArrayConstructor>(constructor: C): C =>
    new Proxy(constructor, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget) as Uint8Array | Uint32Array;
        // A view has no memory of its own.
        if (!(args[0] instanceof OriginalBuffer)) bytes += made.byteLength;
        return made;
      },
    });
  globalThis.Uint8Array = counted(Original);
  globalThis.Uint32Array = counted(OriginalNumbers);
  Array.prototype.push = function (...items: unknown[]) {
    pushes += items.length;
    return push.apply(this, items);
  };
  try {
    work();
  } catch {
    // What bad input costs is what is asked here.
  } finally {
    Array.prototype.push = push;
    globalThis.Uint8Array = Original;
    globalThis.Uint32Array = OriginalNumbers;
    globalThis.ArrayBuffer = OriginalBuffer;
  }
  return { bytes, pushes };
}
