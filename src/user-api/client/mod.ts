/**
 * Clients of the user API of a storj node, on Node, on Deno and in web pages.
 *
 * @module
 */

export { type CallOptions, UserApiError } from "../caller.ts";
export type { UserApiMethods } from "../methods.ts";
export type * from "../wire.ts";
export { type Channel, type ChannelEvents, type ClientPlace, type ClientWebSocket, openChannel } from "./channel.ts";
export {
  connectUserApi,
  type TellOptions,
  type ToldMessage,
  type ToldStream,
  type UserApiClient,
  type UserApiClientOptions,
} from "./client.ts";
export type { Told } from "./told.ts";
