/**
 * A guest of 2026: objects both ways, until one of them makes the connection the stream of a query.
 *
 * What differs from astrald, on purpose: a query without a caller is made by the guest, and anonymous for a guest
 * without a token, where astrald lends everybody the node's name; guests without a token may do nothing unless that is
 * allowed; an expired token is refused; after three wrong tokens the connection ends.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import {
  type AstralObject,
  type RegisterService,
  type RouteQuery,
  withJsonFormat,
  ZERO_IDENTITY,
  ZONES,
} from "../../../codec/protocols/astral/mod.ts";
import { HostError } from "../../host/mod.ts";
import {
  type Call,
  type Connection,
  type ObjectChannel,
  objectChannel,
  type ObjectFormat,
  pipe,
} from "../channels/mod.ts";
import type { ServiceContext } from "../service-context.ts";
import type { Guest } from "./guests.ts";
import type { IdentityService } from "../identity-services.ts";

/** How often a guest may show a wrong token. */
const LOGINS_MAX = 3;

/** Whether a session continues with the next object, or the connection has ended or become a stream. */
type Step = "next" | "done";

/**
 * Serves a guest until its connection has ended, or belongs to somebody else as a stream.
 *
 * @throws HostError if the guest breaks its connection; it is to be cut off then
 */
export async function serve2026(guest: Guest, context: ServiceContext, format: ObjectFormat): Promise<void> {
  await new ObjectSession(guest, context, format).run();
}

class ObjectSession {
  readonly #guest: Guest;
  readonly #context: ServiceContext;
  readonly #channel: ObjectChannel;
  /** Who the guest is; `null` until it has shown a token. */
  #identity: string | null = null;
  #failedLogins = 0;
  #service: IdentityService | null = null;

  constructor(guest: Guest, context: ServiceContext, format: ObjectFormat) {
    this.#guest = guest;
    this.#context = context;
    this.#channel = objectChannel(guest.connection, format);
  }

  async run(): Promise<void> {
    const { identity, names: { alias } } = this.#context;
    await this.#channel.write({ type: "mod.apphost.host_info_msg", value: { identity, alias } });
    try {
      while (await this.#step() === "next");
    } finally {
      this.#unregister();
    }
  }

  async #step(): Promise<Step> {
    const { commandTimeoutMs, idleTimeoutMs } = this.#context.limits;
    // A guest that takes queries may wait for the next one as long as it likes.
    if (this.#service === null) this.#guest.setDeadline(this.#identity === null ? commandTimeoutMs : idleTimeoutMs);
    try {
      const object = await this.#channel.read();
      this.#guest.clearDeadline();
      return object === null ? await this.#close() : await this.#handle(object);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return await this.#breach(error.message);
    }
  }

  async #handle(object: AstralObject): Promise<Step> {
    switch (object.type) {
      case "mod.apphost.auth_token_msg":
        return await this.#login(object.value.token);
      case "mod.apphost.route_query_msg":
        return await this.#route(object.value);
      case "mod.apphost.register_service_msg":
        return await this.#register(object.value);
      case "mod.apphost.attach_query_msg":
        return await this.#attach(object.value.queryId);
      case "mod.apphost.reject_incoming_msg":
        this.#context.services.reject(this.#service, object.value.queryId, object.value.code);
        return "next";
      default:
        return await this.#breach(`An object of the type "${object.type}" is not a request`);
    }
  }

  async #login(token: string): Promise<Step> {
    // An empty token counts as none: then the guest does not log in.
    const identity = token === "" ? null : this.#context.tokens.login(token);
    const { slot } = this.#guest;
    if (identity === null) {
      this.#failedLogins += 1;
      this.#context.emit({ type: "refused", guest: slot.number, reason: "The token is unknown" });
      await this.#fail("auth_failed");
      return this.#failedLogins < LOGINS_MAX ? "next" : await this.#close();
    }
    this.#identity = identity;
    this.#context.emit({ type: "authenticated", guest: slot.number, identity });
    await this.#channel.write({ type: "mod.apphost.auth_success_msg", value: { guestId: identity } });
    return "next";
  }

  async #route({ nonce, caller, target, query, zone }: RouteQuery): Promise<Step> {
    const context = this.#context;
    const self = this.#identity ?? ZERO_IDENTITY;
    const isOwn = caller === null || caller === ZERO_IDENTITY || caller === self;
    if (!isOwn || (this.#identity === null && !context.tokens.allowAnonymous)) return await this.#fail("denied");
    this.#guest.slot.settle();
    const call: Call = {
      origin: "guest",
      caller: self,
      target: target === null || target === ZERO_IDENTITY ? context.identity : target,
      query: this.#channel.format === "json" ? withJsonFormat(query) : query,
      network: this.#identity !== null && (zone & ZONES.network) !== 0,
    };
    const asked = await this.#ask(call, nonce);
    if (asked === "gone") return await this.#close();
    if ("error" in asked) return await this.#refuse(asked.error);
    try {
      await this.#channel.write({ type: "mod.apphost.query_accepted_msg", value: {} });
    } catch (error) {
      asked.far.abort(error);
      throw error;
    }
    this.#unregister();
    await pipe(this.#guest.connection, asked.far);
    return "done";
  }

  /** Asks for as long as the guest is there and has not cancelled the query. */
  async #ask(call: Call, nonce: string): Promise<{ readonly far: Connection } | { readonly error: unknown } | "gone"> {
    const { router, running } = this.#context;
    const key = `${call.caller} ${nonce}`;
    const controller = new AbortController();
    let gone = false;
    this.#guest.connection.watch(() => {
      gone = true;
      controller.abort();
    });
    if (!running.has(key)) running.set(key, controller);
    try {
      return { far: await router.ask(call, { signal: controller.signal }) };
    } catch (error) {
      return gone ? "gone" : { error };
    } finally {
      if (running.get(key) === controller) running.delete(key);
    }
  }

  async #refuse(error: unknown): Promise<Step> {
    if (!(error instanceof HostError)) return await this.#fail("internal_error");
    switch (error.code) {
      case "rejected":
        await this.#channel.write({ type: "mod.apphost.query_rejected_msg", value: { code: error.rejectCode } });
        return "next";
      case "unknown-protocol":
      case "unreachable":
        return await this.#fail("route_not_found");
      case "timeout":
        return await this.#fail("timeout");
      case "aborted":
        return await this.#fail("canceled");
      case "unsupported":
        return await this.#fail("target_not_allowed");
      default:
        return await this.#fail("internal_error");
    }
  }

  async #register({ identity }: RegisterService): Promise<Step> {
    const self = this.#identity;
    if (self === null || (identity !== null && identity !== self)) return await this.#fail("denied");
    if (this.#service === null && !this.#context.hasRoom()) return await this.#fail("internal_error");
    await this.#channel.write({ type: "ack", value: {} });
    if (this.#service !== null) return "next";
    this.#guest.slot.settle();
    const registration = { kind: "service", name: self, address: "" } as const;
    this.#service = {
      registration,
      announce: (value) => this.#channel.write({ type: "mod.apphost.incoming_query_msg", value }),
    };
    this.#context.services.add(this.#service);
    this.#context.emit({ type: "registered", registration });
    return "next";
  }

  /** Needs no token: the number of the query is as good as one. */
  async #attach(queryId: string): Promise<Step> {
    const handOver = this.#context.services.attach(queryId);
    if (handOver === null) return await this.#fail("route_not_found");
    this.#guest.slot.settle();
    try {
      await this.#channel.write({ type: "ack", value: {} });
    } finally {
      handOver(this.#guest.connection);
    }
    this.#unregister();
    return "done";
  }

  #unregister(): void {
    const service = this.#service;
    if (service === null) return;
    this.#service = null;
    this.#context.services.remove(service);
    this.#context.emit({ type: "unregistered", registration: service.registration });
  }

  async #breach(reason: string): Promise<Step> {
    this.#context.emit({ type: "refused", guest: this.#guest.slot.number, reason });
    await this.#fail("protocol_error");
    return await this.#close();
  }

  async #fail(code: string): Promise<Step> {
    await this.#channel.write({ type: "mod.apphost.error_msg", value: { code } });
    return "next";
  }

  async #close(): Promise<Step> {
    await this.#guest.connection.close();
    return "done";
  }
}
