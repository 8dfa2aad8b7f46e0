/**
 * Calling a node by its user API: the commands do the same with a node of their own and with one of another process.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import { STORJ_ERROR_CODES, StorjError, type StorjErrorCode } from "../../storj/mod.ts";
import {
  type CallOptions,
  callTimeoutMs,
  MessageCaller,
  type Notified,
  SocketClient,
  type UserApi,
  UserApiError,
} from "../../user-api/mod.ts";
import { ServiceError } from "../service/mod.ts";

/** So much longer than a call may take the answer of a node is waited for that may have been stopped. */
const ANSWER_MS = 5000;

/** How a call of a command goes. */
export interface NodeCall {
  /** Ends the call, and with it all others. */
  readonly signal: AbortSignal;
  /** Told something before the answer. */
  readonly notify?: (value: unknown) => void;
  /** Whether the answer is the text of its JSON. Default false. */
  readonly asText?: boolean;
}

/** Calls a node. */
export interface NodeCaller extends Disposable {
  /**
   * @throws StorjError as the node does, and `timeout` if it does not answer; HostError `aborted`; ServiceError `answer` for
   * what it does not take
   */
  call(method: string, params: unknown, how: NodeCall): Promise<unknown>;
  /**
   * Has the node tell what comes, see the call `listen`, until the signal fires. Told are the name of each notification and
   * the text of its JSON.
   *
   * @throws as {@link call}; StorjError `closed` when the node stops
   */
  listen(params: unknown, signal: AbortSignal, told: Told): Promise<never>;
}

/** Told of notifications. */
export type Told = (method: string, text: string) => void;

/** Calls a node of this process. */
export function ownNode(api: UserApi): NodeCaller {
  const listeners = new Set<Told>();
  const caller = new MessageCaller(
    (text) => void Promise.resolve(session.answer(text)).then((answer) => answer !== null && caller.take(answer)),
    (method, _, text) => listeners.forEach((told) => told(method, text)),
    systemClock,
  );
  const session = api.connect({ notify: (text) => caller.take(text) });
  return nodeCaller({
    call: (method, params, options) => caller.call(method, params, options),
    listeners,
    // It lives as long as the command.
    closed: new Promise(() => {}),
    end: () => session.close(),
  });
}

/**
 * Calls the node that is reached at a path.
 *
 * @throws ServiceError `not-running` if nobody answers there
 */
export async function runningNode(path: string, clock = systemClock): Promise<NodeCaller> {
  const listeners = new Set<Told>();
  const notified: Notified = (method, _, text) => listeners.forEach((told) => told(method, text));
  let client: SocketClient;
  try {
    client = await SocketClient.connect(path, { clock, notified });
  } catch (cause) {
    throw new ServiceError("not-running", `The node at ${JSON.stringify(path)} does not answer`, { cause });
  }
  return nodeCaller({
    call: (method, params, options) =>
      client.call(method, params, { ...options, timeoutMs: callTimeoutMs(method) + ANSWER_MS }),
    listeners,
    closed: client.closed,
    end: () => client[Symbol.dispose](),
  });
}

interface CallerParts {
  readonly call: (method: string, params: unknown, options: CallOptions) => Promise<unknown>;
  readonly listeners: Set<Told>;
  readonly closed: Promise<void>;
  readonly end: () => void;
}

function nodeCaller({ call, listeners, closed, end }: CallerParts): NodeCaller {
  const callAs: NodeCaller["call"] = (method, params, { signal, notify: progress, asText }) =>
    asCommands(method, call(method, params, { signal, progress, asText }), signal, end);
  return {
    call: callAs,
    async listen(params, signal, told) {
      listeners.add(told);
      try {
        await callAs("listen", params, { signal });
        await Promise.race([closed, aborted(signal)]);
        if (signal.aborted) throw new HostError("aborted", "Listening was given up", { cause: signal.reason });
        throw new StorjError("closed", "The node has stopped");
      } finally {
        listeners.delete(told);
      }
    },
    [Symbol.dispose]: end,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A call, with the errors that commands know. */
async function asCommands(
  method: string,
  call: Promise<unknown>,
  signal: AbortSignal,
  end: () => void,
): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (signal.aborted) {
      end();
      throw new HostError("aborted", `The call "${method}" was given up`, { cause: signal.reason });
    }
    if (error instanceof HostError) throw new StorjError("closed", error.message);
    if (!(error instanceof UserApiError)) throw error;
    const { message, data: { code } } = error;
    if (typeof code === "string" && Object.hasOwn(STORJ_ERROR_CODES, code)) {
      throw new StorjError(code as StorjErrorCode, message);
    }
    if (error.error === "NotSubscribed") throw new StorjError("not-found", message);
    if (error.error === "Timeout") throw new StorjError("timeout", message);
    throw new ServiceError("answer", message);
  }
}
