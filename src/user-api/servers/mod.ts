/**
 * The ways to the user API: over HTTP, WebSockets and unix sockets.
 *
 * @module
 */

export type { UserApiAccess } from "./access.ts";
export { type HttpServerOptions, serveHttp, type UserApiServer } from "./http-server.ts";
export { USER_API_LIMITS, type UserApiLimits } from "./limits.ts";
export { metricsText } from "./metrics.ts";
export { type ServeOptions, serveUserApi, type UserApiServers } from "./serve.ts";
export { serveUnix, type UnixServer, type UnixServerOptions } from "./unix-server.ts";
