/**
 * The options of all commands of the storj node, and what they say.
 *
 * @module
 */

import { isIP } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { Identity, IdentityError } from "../../identity/mod.ts";
import { storjHome, type StorjNetwork } from "../../storj/mod.ts";
import {
  type Arguments,
  choiceOption,
  type CommandOptions,
  numberOption,
  textOption,
  textOptions,
  UsageError,
} from "../command.ts";
import { type DataFolder, loadOrMakeKey, prepareFolder } from "../service/mod.ts";

const NETWORKS: readonly StorjNetwork[] = ["storjnet", "storjnode", "kademlia"];
const PORT_MAX = 65_535;
/** The variable that has the key: unlike arguments, it is not shown to other users of the machine. */
const KEY_VARIABLE = "STORJ_NODE_KEY";

/** Options of all commands of the storj node. */
export const STORJ_OPTIONS: CommandOptions = {
  "node-key": {
    type: "string",
    value: "KEY",
    about:
      `key as WIF, HWIF or hex; other users of this machine can see it, unlike that in ${KEY_VARIABLE} or in a file`,
  },
  key: { type: "string", value: "FILE", about: "key file, made if missing; default key in the data folder" },
  "udp-port": { type: "string", value: "PORT", about: "UDP port; default a free one" },
  listen: { type: "string", value: "IP", about: "IP address to listen on; default 127.0.0.1: only this machine" },
  bootstrap: {
    type: "string",
    multiple: true,
    value: "HOST:PORT",
    about: "a node to join by (repeatable)",
  },
  "skip-dht-bootstrap": { type: "boolean", about: "do not look for other nodes" },
  network: { type: "string", value: NETWORKS.join(" | "), about: "how to ask other nodes; all are answered" },
  data: { type: "string", value: "DIR", about: "data folder; default $STORJ_HOME, else ~/.storj" },
  json: { type: "boolean", about: "print lines of JSON" },
  quiet: { type: "boolean", about: "print only results and errors" },
  debug: { type: "boolean", about: "print what happens in the node, to the standard error" },
};

/** What the options of a command say. */
export interface StorjConfig {
  readonly folder: DataFolder;
  /** The key that was given, or where it is. */
  readonly key: Identity | null;
  readonly keyFile: string | null;
  readonly udpPort: number | undefined;
  readonly listen: string | undefined;
  readonly network: StorjNetwork | undefined;
  readonly bootstrap: readonly string[];
  readonly skipBootstrap: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/**
 * Reads the options.
 *
 * @throws UsageError
 */
export function storjConfig(args: Arguments): StorjConfig {
  const path = resolve(textOption(args, "data") ?? storjHome());
  const listen = textOption(args, "listen");
  if (listen !== undefined && isIP(listen) === 0) {
    throw new UsageError(`Option --listen must be an IP address, not ${JSON.stringify(listen)}`);
  }
  const keyFile = textOption(args, "key");
  const keyText = textOption(args, "node-key");
  if (keyFile !== undefined && keyText !== undefined) {
    throw new UsageError("Options --key and --node-key are both given");
  }
  return {
    folder: {
      path,
      key: join(path, "key"),
      token: join(path, "token"),
      socket: join(path, "storj.sock"),
      service: join(path, "storj.json"),
    },
    key: keyFile === undefined ? givenKey(keyText) : null,
    keyFile: keyFile === undefined ? null : resolve(keyFile),
    udpPort: numberOption(args, "udp-port", { min: 0, max: PORT_MAX, whole: true }),
    listen,
    network: args.options.network === undefined ? undefined : choiceOption(args, "network", NETWORKS),
    bootstrap: textOptions(args, "bootstrap").map(bootstrapAddress),
    skipBootstrap: args.options["skip-dht-bootstrap"] === true,
    json: args.options.json === true,
    quiet: args.options.quiet === true,
    debug: args.options.debug === true,
  };
}

/** The key of the option, or else of the environment. What is no key is not repeated: it may be one but for a letter. */
function givenKey(option: string | undefined): Identity | null {
  const variable = process.env[KEY_VARIABLE] ?? "";
  const text = option ?? variable;
  if (text === "") return null;
  try {
    return Identity.parse(text);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw new UsageError(
      `${option === undefined ? `Variable ${KEY_VARIABLE}` : "Option --node-key"}: ${error.message}`,
    );
  }
}

function bootstrapAddress(text: string): string {
  const [, ip6, host, port] = /^(?:\[([^\]]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text) ?? [];
  const isHost = ip6 === undefined ? host !== undefined : isIP(ip6) === 6;
  if (isHost && Number(port) >= 1 && Number(port) <= PORT_MAX) return text;
  throw new UsageError(`Option --bootstrap must be HOST:PORT or [IPV6]:PORT, not ${JSON.stringify(text)}`);
}

/** Who the options, or else the data folder, say that this node is; a key that is missing is made. */
export async function ownIdentity({ key, keyFile, folder }: StorjConfig): Promise<Identity> {
  if (key !== null) return key;
  if (keyFile === null) await prepareFolder(folder);
  const { identity } = await loadOrMakeKey(keyFile ?? folder.key);
  return identity;
}
