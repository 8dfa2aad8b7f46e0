/**
 * One request over HTTP: whether it is answered, how much of it is read, and what goes back.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type IncomingMessage, type OutgoingHttpHeader, type ServerResponse, STATUS_CODES } from "node:http";
import type { Access } from "./access.ts";
import type { UserApi } from "../api.ts";
import type { HttpClient } from "./http-client.ts";
import type { UserApiLimits } from "./limits.ts";
import { METRICS_TYPE } from "./metrics.ts";

/** What requests are served with. */
export interface HttpPlan {
  readonly api: UserApi;
  readonly access: Access;
  readonly limits: UserApiLimits;
  readonly openRpc: () => string;
  readonly metrics: () => string;
}

/** Of a body that is too long, so many times what is taken is read before the connection is cut: so the answer is read. */
const DISCARDED_REQUESTS = 16;
const JSON_TYPE = "application/json";
const METHODS = "GET, HEAD, POST, OPTIONS";
/** How long browsers may remember that an origin may ask, in seconds. */
const PREFLIGHT_SECONDS = "600";

/**
 * Serves a request.
 *
 * @param client Undefined for a connection that is being cut off
 * @param goOn Called when the body is wanted
 */
export function serveRequest(
  plan: HttpPlan,
  client: HttpClient | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  goOn?: () => void,
): void {
  if (client === undefined) return void response.destroy();
  // What a client did that has gone is nobody's fault.
  request.on("error", () => {});
  response.on("error", () => {});
  new Exchange(plan, client, request, response).begin(goOn);
}

type Headers = Record<string, OutgoingHttpHeader>;

/** Why a request is not answered. */
interface Refusal {
  /** The status of HTTP. */
  readonly status: number;
  /** In words, if the status does not say it. */
  readonly reason?: string;
  /** When the client may try again. Default 1 s. */
  readonly retrySeconds?: number;
}

class Exchange {
  readonly #plan: HttpPlan;
  readonly #client: HttpClient;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #heldBytes = 0;
  #isOver = false;

  constructor(
    plan: HttpPlan,
    client: HttpClient,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#plan = plan;
    this.#client = client;
    this.#request = request;
    this.#response = response;
    client.came();
    response.once("close", () => {
      this.#isOver = true;
      client.left(this.#heldBytes);
    });
  }

  begin(goOn?: () => void): void {
    const refusal = this.#refusalNow();
    // Whoever was told to wait sends no body, and whoever sends too long a one would send it for too long.
    if (refusal !== null && (goOn !== undefined || this.#isEndless())) {
      return this.#refuse(refusal, true);
    }
    goOn?.();
    this.#read(refusal);
  }

  /** Why the request is refused by its headers. */
  #refusalNow(): Refusal | null {
    const { method, headers } = this.#request;
    const { access } = this.#plan;
    if (!access.admits(headers)) return { status: 403 };
    if (method === "GET" || method === "HEAD" || method === "OPTIONS") {
      return null;
    }
    if (method !== "POST") return { status: 405 };
    if (!access.authorizes(headers.authorization)) return { status: 401 };
    if (!isJson(headers)) {
      return { status: 415, reason: `The type must be ${JSON_TYPE}` };
    }
    if (this.#isEndless()) return this.#tooLong();
    const status = this.#client.refusal();
    return status === null ? null : { status };
  }

  #isEndless(): boolean {
    const length = Number(this.#request.headers["content-length"] ?? 0);
    return length > DISCARDED_REQUESTS * this.#plan.limits.requestBytes;
  }

  /**
   * Reads the body to its end, even if it is of no use: most clients read no answer before they have sent everything, and
   * what is left unread is in the way of the next request.
   */
  #read(refusalNow: Refusal | null): void {
    const { requestBytes } = this.#plan.limits;
    const pieces: Buffer[] = [];
    let refusal = refusalNow;
    let length = 0;
    this.#request.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length > DISCARDED_REQUESTS * requestBytes) {
        return this.#refuse(refusal ?? this.#tooLong(), true);
      }
      if (refusal !== null) return;
      this.#hold(piece.length);
      pieces.push(piece);
      const status = this.#client.fullness();
      refusal = length > requestBytes ? this.#tooLong() : status === null ? null : { status };
      if (refusal === null) return;
      pieces.length = 0;
      this.#hold(-this.#heldBytes);
    });
    this.#request.once("end", () => {
      if (refusal !== null) return this.#refuse(refusal);
      const { method } = this.#request;
      if (method === "OPTIONS") this.#preflight();
      else if (method !== "POST") this.#get();
      else {this.#answer(
          pieces.length === 1 ? pieces[0] : Buffer.concat(pieces),
        );}
    });
  }

  #tooLong(): Refusal {
    return {
      status: 413,
      reason: `A request has at most ${this.#plan.limits.requestBytes} bytes`,
    };
  }

  #get(): void {
    const { url, headers } = this.#request;
    const path = url?.replace(/\?.*$/s, "");
    if (path === "/health") return this.#send(200, `{"status":"ok"}\n`);
    if (path !== "/openrpc.json" && path !== "/metrics") {
      return this.#refuse({ status: 405, reason: "Calls are made by POST" });
    }
    if (!this.#plan.access.authorizes(headers.authorization)) {
      return this.#refuse({ status: 401 });
    }
    if (path === "/metrics") {
      this.#send(200, this.#plan.metrics(), { "content-type": METRICS_TYPE });
    } else this.#send(200, this.#plan.openRpc());
  }

  /** Answers the question of a browser whether a page may ask; what is asked then has the token. */
  #preflight(): void {
    const { origin, "access-control-request-private-network": network } = this.#request.headers;
    if (origin === undefined) return this.#refuse({ status: 405 });
    this.#send(204, null, {
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": "authorization, content-type",
      "access-control-max-age": PREFLIGHT_SECONDS,
      ...(network === "true" &&
        { "access-control-allow-private-network": "true" }),
    });
  }

  #answer(body: Buffer): void {
    const waitMs = this.#client.allowance.waitMs();
    if (waitMs > 0) {
      return this.#refuse({
        status: 429,
        retrySeconds: Math.ceil(waitMs / 1000),
      });
    }
    const answer = this.#client.answer(this.#plan.api, body);
    if (answer instanceof Promise) {
      void answer.then((text) => this.#reply(text));
    } else this.#reply(answer);
  }

  #reply(answer: string | null): void {
    this.#send(answer === null ? 204 : 200, answer);
  }

  #refuse({ status, reason, retrySeconds = 1 }: Refusal, isLast = false): void {
    this.#send(status, `${reason ?? STATUS_CODES[status]}\n`, {
      "content-type": "text/plain; charset=utf-8",
      ...(isLast && { connection: "close" }),
      ...(status === 401 && { "www-authenticate": "Bearer" }),
      ...(status === 405 && { allow: METHODS }),
      ...((status === 429 || status === 503) &&
        { "retry-after": retrySeconds }),
    });
  }

  #send(status: number, text: string | null, headers: Headers = {}): void {
    const response = this.#response;
    if (this.#isOver || response.headersSent) return;
    const { origin } = this.#request.headers;
    const isAllowed = origin !== undefined && status !== 403;
    const length = text === null ? 0 : Buffer.byteLength(text);
    response.writeHead(status, {
      ...(text !== null &&
        { "content-type": JSON_TYPE, "content-length": length }),
      ...(isAllowed &&
        {
          "access-control-allow-origin": origin,
          "access-control-expose-headers": "retry-after",
          vary: "origin",
        }),
      ...headers,
    });
    this.#hold(length);
    response.end(text ?? undefined);
  }

  #hold(bytes: number): void {
    if (this.#isOver) return;
    this.#heldBytes += bytes;
    this.#client.hold(bytes);
  }
}

/** Whether a body is JSON, as forms of web pages cannot be, and neither packed nor in letters other than UTF-8. */
function isJson(
  { "content-type": type = "", "content-encoding": encoding = "identity" }: IncomingMessage["headers"],
) {
  if (type === JSON_TYPE && encoding === "identity") return true;
  const [, name, charset = "utf-8"] = /^\s*([^;\s]+)\s*(?:;\s*charset="?([\w-]+)"?\s*)?$/i.exec(type) ?? [];
  return name?.toLowerCase() === JSON_TYPE && /^utf-?8$/i.test(charset) &&
    encoding.toLowerCase() === "identity";
}
