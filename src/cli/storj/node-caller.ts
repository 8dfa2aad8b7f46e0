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
}

/** Calls a node of this process. */
export function ownNode(api: UserApi): NodeCaller {
  const caller = new MessageCaller(
    (text) => void Promise.resolve(session.answer(text)).then((answer) => answer !== null && caller.take(answer)),
    () => {},
    systemClock,
  );
  const session = api.connect({ notify: (text) => caller.take(text) });
  return {
    call: (method, params, { signal, notify: progress, asText }) =>
      asCommands(method, caller.call(method, params, { signal, progress, asText }), signal, () => session.close()),
    [Symbol.dispose]: () => session.close(),
  };
}

/**
 * Calls the node that is reached at a path.
 *
 * @throws ServiceError `not-running` if nobody answers there
 */
export async function runningNode(path: string, clock = systemClock): Promise<NodeCaller> {
  let client: SocketClient;
  try {
    client = await SocketClient.connect(path, { clock });
  } catch (cause) {
    throw new ServiceError("not-running", `The node at ${JSON.stringify(path)} does not answer`, { cause });
  }
  return {
    call(method, params, { signal, notify: progress, asText }) {
      const options: CallOptions = { signal, progress, asText, timeoutMs: callTimeoutMs(method) + ANSWER_MS };
      return asCommands(method, client.call(method, params, options), signal, () => client[Symbol.dispose]());
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
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
    if (error.error === "Timeout") throw new StorjError("timeout", message);
    throw new ServiceError("answer", message);
  }
}
