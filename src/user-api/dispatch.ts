/**
 * The user API of a node: clients, and the calls that they have under way.
 *
 * @module
 */

import { show } from "../../codec/text/mod.ts";
import type { Clock } from "../host/mod.ts";
import { systemClock, TIMER_MS_MAX } from "../host/timing/mod.ts";
import type { StorjNode } from "../storj/mod.ts";
import type { ClientLink, ClientSession, UserApi } from "./api.ts";
import {
  type Call,
  CALL_MS,
  type CallContext,
  type CalledNode,
  findCall,
  readParams,
  type Wanted,
} from "./calls/mod.ts";
import { errorObject, METHOD_NOT_FOUND, UserError } from "./errors.ts";
import { answerText, notificationText, readRequests, type Refused, type Request, type RequestId } from "./json-rpc.ts";
import { Listening } from "./listening.ts";
import { openRpcDocument } from "./openrpc.ts";
import { jsonText } from "./values.ts";
import type { NodeFacts } from "./wire.ts";

/** Options of {@link userApi}. */
export interface UserApiOptions {
  /** What the node was started with. */
  readonly facts?: NodeFacts;
  /** The folder for files that calls write. Default: the current one. */
  readonly folder?: string;
  /** How long a call may take, in milliseconds. Default 120,000. */
  readonly callMs?: number;
  /** Calls that one client may have under way. Default 1,024. */
  readonly callsOfClient?: number;
  /** Calls that all clients together may have under way. Default 4,096. */
  readonly calls?: number;
  readonly clock?: Clock;
}

type Settings = Required<UserApiOptions>;
type Answer = string | null;
type Outcome = Parameters<typeof answerText>[1];

const DEFAULTS: Omit<Settings, "facts" | "clock"> = { folder: ".", callMs: CALL_MS, callsOfClient: 1024, calls: 4096 };

/** What the answers to a batch have together, in characters: those beyond it are not given. */
const BATCH_ANSWER_MAX = 64 * 1024 * 1024;

/** The user API of a node, for servers to offer. */
export function userApi(node: StorjNode, options: UserApiOptions = {}): UserApi {
  const facts = { network: "storjnet", listen: "", bootstrap: [], startedMs: 0 };
  return new Api(node, { facts, clock: systemClock, ...DEFAULTS, ...options });
}

class Api implements UserApi {
  readonly settings: Settings;
  readonly called: CalledNode;
  readonly #sessions = new Set<Session>();
  #closed = false;
  /** Calls that are under way. */
  running = 0;

  constructor(node: StorjNode, settings: Settings) {
    const { facts, folder } = this.settings = settings;
    this.called = { node, facts, folder };
  }

  connect(link: ClientLink): ClientSession {
    const session = new Session(this, link);
    if (this.#closed) session.close();
    else this.#sessions.add(session);
    return session;
  }

  close(): void {
    this.#closed = true;
    for (const session of this.#sessions) session.close();
  }

  /** For sessions: one has ended. */
  ended(session: Session): void {
    this.#sessions.delete(session);
  }
}

class Session implements ClientSession {
  readonly #api: Api;
  readonly #link: ClientLink;
  readonly #calls = new Set<AbortController>();
  readonly #listening: Listening;
  #closed = false;

  constructor(api: Api, link: ClientLink) {
    this.#api = api;
    this.#link = link;
    this.#listening = new Listening(
      api.called.node,
      (method, params) => link.notify?.(notificationText(method, params)),
    );
  }

  answer(text: string | Uint8Array): Answer | Promise<Answer> {
    const { isBatch, requests } = readRequests(text);
    this.#link.counted?.(requests.length);
    return isBatch ? this.#answerAll(requests) : this.#answerTo(requests[0]);
  }

  close(): void {
    this.#closed = true;
    this.#api.ended(this);
    this.#listening.close();
    for (const call of this.#calls) call.abort(new UserError("Closed", "The client has gone"));
  }

  async #answerAll(requests: readonly (Request | Refused)[]): Promise<Answer> {
    const answers: string[] = [];
    let left = BATCH_ANSWER_MAX;
    for (const request of requests) {
      const given = left > 0 ? this.#answerTo(request) : tooMuch(request);
      const answer = given instanceof Promise ? await given : given;
      if (answer === null) continue;
      answers.push(answer);
      left -= answer.length;
    }
    return answers.length === 0 ? null : `[${answers.join(",")}]`;
  }

  /** Most calls give their results at once: no promise is made for them, no timer, and no signal. */
  #answerTo(request: Request | Refused): Answer | Promise<Answer> {
    if ("error" in request) return answerText(null, request);
    const { id, method, params } = request;
    const text = (outcome: Outcome) => id === undefined ? null : answerText(id, outcome);
    const call = findCall(method);
    if (call === undefined) {
      const message = `There is no method ${show(method)}`;
      return text({ error: { code: METHOD_NOT_FOUND, message, data: { name: "MethodNotFound" } } });
    }
    try {
      if (this.#closed) throw new UserError("Closed", "The user API is closed");
      const args = readParams(call, params);
      this.#checkRoom();
      const context = new Context(this.#api.called, this.#link, this.#listening, id);
      const given = call.run(context, args);
      if (!(given instanceof Promise)) return text({ result: jsonText(given) });
      return this.#outcomeOf(call, given, context).then(text);
    } catch (error) {
      return text({ error: errorObject(error) });
    }
  }

  #checkRoom(): void {
    const { callsOfClient, calls } = this.#api.settings;
    if (this.#calls.size >= callsOfClient) {
      throw new UserError("Busy", `More than ${callsOfClient} calls are under way`);
    }
    if (this.#api.running >= calls) {
      throw new UserError("Busy", `More than ${calls} calls of all clients are under way`);
    }
  }

  /** What a call comes to that takes time. */
  async #outcomeOf(call: Call, running: Promise<unknown>, { stop }: Context): Promise<Outcome> {
    const limitMs = this.#limitMs(call);
    const late = () => stop.abort(new UserError("Timeout", `The call ${call.name} has not ended within ${limitMs} ms`));
    const timer = limitMs > TIMER_MS_MAX ? null : this.#api.settings.clock.setTimer(limitMs, late);
    this.#calls.add(stop);
    this.#api.running += 1;
    try {
      return { result: jsonText(await orStopped(running, stop.signal)) };
    } catch (error) {
      return { error: errorObject(error) };
    } finally {
      timer?.clear();
      this.#calls.delete(stop);
      this.#api.running -= 1;
    }
  }

  /** Who is not told how it goes on cannot know that it does. */
  #limitMs({ timeoutMs }: Call): number {
    const { callMs } = this.#api.settings;
    return timeoutMs === null || this.#link.notify === null ? callMs : timeoutMs;
  }
}

/** What a call gets to know besides its parameters, made as it is asked for: most calls ask for the node only. */
class Context implements CallContext {
  readonly node: CalledNode["node"];
  readonly facts: CalledNode["facts"];
  readonly folder: string;
  readonly #link: ClientLink;
  readonly #listening: Listening;
  readonly #id: RequestId | undefined;
  #stop: AbortController | null = null;

  constructor({ node, facts, folder }: CalledNode, link: ClientLink, listening: Listening, id: RequestId | undefined) {
    [this.node, this.facts, this.folder] = [node, facts, folder];
    this.#link = link;
    this.#listening = listening;
    this.#id = id;
  }

  get stop(): AbortController {
    return this.#stop ??= new AbortController();
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  get progress() {
    return (value: unknown): void => {
      if (!this.#stop?.signal.aborted) this.#link.notify?.(notificationText("progress", { id: this.#id, value }));
    };
  }

  get listen() {
    return (wanted: Wanted): void => {
      if (this.#link.notify === null) {
        throw new UserError("Limit", "Nothing can be told here: use a WebSocket or a socket");
      }
      this.#listening.add(wanted);
    };
  }

  get discover() {
    return openRpcDocument;
  }
}

/** Waits for a call, or for the end of the wish for it. The call gets to know that by the signal, too. */
function orStopped(running: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(signal.reason);
    signal.addEventListener("abort", stopped, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener("abort", stopped));
  });
}

function tooMuch(request: Request | Refused): string | null {
  if (request.id === undefined) return null;
  const error = new UserError("Limit", `The answers to a batch have at most ${BATCH_ANSWER_MAX} characters`);
  return answerText(request.id, { error: errorObject(error) });
}
