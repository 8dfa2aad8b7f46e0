/**
 * What the services of a node stand on, made on a host.
 *
 * @module
 */

import type { AddressForm, Capability, Era } from "../../codec/protocols/storj/mod.ts";
import { type Host, HostError, type WaitOptions } from "../host/mod.ts";
import { OwnedWaits, type Settle } from "../host/timing/wait.ts";
import { type Identity, signatures } from "../identity/mod.ts";
import { type Contact, type Kademlia, kademlia, type KademliaOptions } from "../kademlia/mod.ts";
import { type Caller, type Cancel, type RpcEndpoint, rpcEndpoint } from "../rpc/mod.ts";
import { STORJ_LIMITS, type StorjEvent, type StorjLimits, type StorjNetwork } from "./api.ts";
import { withStorjErrors } from "./error.ts";
import { type AskToCall, Finder } from "./finder.ts";
import type { Ground, Peer } from "./ground.ts";

/** What a node of each network speaks when it asks; of today's Python package only this form of addresses is understood. */
const SPEAKS: Readonly<Record<StorjNetwork, { readonly era: Era; readonly addresses: AddressForm }>> = {
  storjnet: { era: "storjrpcudp", addresses: "bin" },
  storjnode: { era: "rpcudp", addresses: "bin" },
  kademlia: { era: "rpcudp", addresses: "str" },
};

/** What a {@link NodeGround} is made of. */
export interface GroundParts {
  /** A started host, with nothing mounted for datagrams. */
  readonly host: Host;
  readonly identity: Identity;
  readonly network?: StorjNetwork | undefined;
  readonly limits?: Partial<StorjLimits> | undefined;
  /** What the services can do, see `KademliaOptions.offers`. */
  readonly offers?: readonly Capability[];
  /** What else the hash table is told. */
  readonly dht?: Pick<KademliaOptions, "keepValues" | "values" | "addresses" | "contacts" | "diversity">;
  /** Whether the node proves its id and checks signatures; in simulations of thousands that takes too long. Default true. */
  readonly proves?: boolean;
  readonly tell?: (event: StorjEvent) => void;
}

/** The ground of a node. */
export class NodeGround implements Ground {
  readonly identity: Identity;
  readonly host: Host;
  readonly rpc: RpcEndpoint;
  readonly dht: Kademlia;
  readonly network: StorjNetwork;
  readonly limits: StorjLimits;
  readonly closing: AbortSignal;
  readonly tell: (event: StorjEvent) => void;
  readonly #closer = new AbortController();
  readonly #waits: OwnedWaits;
  readonly #finder: Finder;

  /** @throws HostError `mounted` if the host has a node already */
  constructor(parts: GroundParts) {
    const { host, identity, network = "storjnet", limits, offers = [], tell = () => {}, proves = true } = parts;
    this.identity = identity;
    this.host = host;
    this.network = network;
    this.limits = { ...STORJ_LIMITS, ...limits };
    this.tell = tell;
    this.closing = this.#closer.signal;
    this.rpc = rpcEndpoint({ host, ...SPEAKS[network], onEvent: tell });
    const { clock, random } = host;
    const proofs = proves ? { signatures: signatures(identity) } : {};
    const { nodeId } = identity;
    this.dht = kademlia({ rpc: this.rpc, clock, random, id: nodeId, offers, onEvent: tell, ...proofs, ...parts.dht });
    this.#waits = new OwnedWaits(clock, () => new HostError("closed", "The node is closed"));
    this.#finder = new Finder(this);
  }

  wait<T>(action: string, options: WaitOptions, begin: (settle: Settle<T>) => Cancel): Promise<T> {
    return withStorjErrors(this.#waits.wait(action, options, begin));
  }

  find(id: Uint8Array, options?: WaitOptions): Promise<Contact | null> {
    return this.#finder.find(id, options);
  }

  /** Has nodes that are named by others, but silent, asked to call. */
  reachBy(ask: AskToCall): void {
    this.#finder.reachBy(ask);
  }

  forget(contact: Contact): void {
    this.#finder.forget(contact);
  }

  introduce(contact: Contact, options?: WaitOptions): Promise<Peer> {
    return this.#finder.introduce(contact, options);
  }

  seen(id: Uint8Array, from: Caller): void {
    this.dht.seen(id, from);
  }

  /** Tells the services that it ends, and ends what waits. */
  beginClosing(): void {
    this.#closer.abort();
    this.#waits.close();
  }

  /** Ends the hash table and the calls; the host stays as it is. */
  async close(): Promise<void> {
    this.beginClosing();
    await this.dht.close();
    await this.rpc.close();
  }
}
