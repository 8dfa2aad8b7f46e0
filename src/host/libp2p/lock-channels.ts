/**
 * Something that libp2p leaves open on Deno.
 *
 * @module
 */

/** The name under which mortice, the package behind the locks of libp2p's peer store, talks to worker threads. */
const LOCK_CHANNEL = "mortice";

let closes = false;

/**
 * Lets programs end on Deno that have used libp2p. Its store opens a `BroadcastChannel` for every lock, so that worker
 * threads could share the store, never closes it, and calls `unref()` only where there is one, as on Node. Our stores
 * are not shared: from now on channels of that name are closed when they are made. All others are as before.
 */
export function closeLockChannels(): void {
  const Original = globalThis.BroadcastChannel;
  if ("unref" in Original.prototype || closes) return;
  closes = true;
  globalThis.BroadcastChannel = class BroadcastChannel extends Original {
    constructor(name: string) {
      super(name);
      if (name === LOCK_CHANNEL) this.close();
    }
  };
}
