/**
 * The limited slots of a host for connections or streams, and which ones are closed to make room. However
 * many strangers come, they take no slot of a known peer, and one machine or peer takes none of the others' share.
 *
 * @module
 */

/** Who has a slot, or wants one. What can change is read again each time. */
export interface SlotHolder {
  /** Those of one group have a share of all slots together; `null` for who is not limited by one. */
  readonly group: string | null;
  /** Whether this is a known peer, proven by its key. */
  readonly known: boolean;
  /** Whether a program has accepted the stream. */
  readonly used: boolean;
  /** Gives up the place: called once, when somebody else gets it. */
  evict(): void;
}

/** A group may have this part of all slots, and so many at least. */
const GROUP_PART = 2;
const GROUP_SLOTS_MIN = 2;

/** How hard it is to make a holder give way; strangers displace only those at 0, known peers all below 3. */
type Rank = 0 | 1 | 2 | 3;

/** A limited number of slots. */
export class SlotTable<H extends SlotHolder> {
  readonly #slotsMax: number;
  readonly #groupSlotsMax: number;
  /** The holders, the oldest first. */
  readonly #holders = new Set<H>();
  readonly #counts = new Map<string, number>();

  /** @param groupSlotsMax How many of them one group may have; by default half of them, and 2 at least */
  constructor(slotsMax: number, groupSlotsMax: number = Math.max(GROUP_SLOTS_MIN, Math.ceil(slotsMax / GROUP_PART))) {
    this.#slotsMax = slotsMax;
    this.#groupSlotsMax = groupSlotsMax;
  }

  /** How many slots are taken. */
  get size(): number {
    return this.#holders.size;
  }

  /** How many slots a group has. */
  count(group: string): number {
    return this.#counts.get(group) ?? 0;
  }

  /** Takes a slot, which may make another holder give way; `false` if there is none. */
  take(holder: H): boolean {
    const { group, known } = holder;
    if (group !== null && this.#isFull(group, known) && !this.#free(known ? 2 : 0, known ? 2 : 0, group)) return false;
    if (this.#holders.size >= this.#slotsMax && !this.#free(0, known ? 2 : 0, null)) return false;
    this.#holders.add(holder);
    if (group !== null) this.#counts.set(group, this.count(group) + 1);
    return true;
  }

  /** Gives a slot back; does nothing for who has none. */
  leave(holder: H): void {
    if (!this.#holders.delete(holder) || holder.group === null) return;
    const left = this.count(holder.group) - 1;
    if (left > 0) this.#counts.set(holder.group, left);
    else this.#counts.delete(holder.group);
  }

  /** Whether the strangers, or the known ones, of a group have their share. */
  #isFull(group: string, known: boolean): boolean {
    // Counting who is known takes time, which is not needed as long as all of them are few.
    if (this.count(group) < this.#groupSlotsMax) return false;
    let count = 0;
    for (const holder of this.#holders) if (holder.group === group && holder.known === known) count += 1;
    return count >= this.#groupSlotsMax;
  }

  /** Makes the holder give way that matters least, of the ranks from `lowest` to `highest`. */
  #free(lowest: Rank, highest: Rank, group: string | null): boolean {
    let found: H | null = null;
    let foundRank: Rank = 3;
    for (const holder of this.#holders) {
      if (group !== null && holder.group !== group) continue;
      const rank = rankOf(holder);
      if (rank < lowest || rank > highest || rank > foundRank) continue;
      // Of equals the oldest goes of those who have the most, so that one machine's flood displaces itself.
      if (found !== null && rank === foundRank && this.#countOf(holder) <= this.#countOf(found)) continue;
      found = holder;
      foundRank = rank;
    }
    if (found === null) return false;
    this.leave(found);
    found.evict();
    return true;
  }

  #countOf({ group }: H): number {
    return group === null ? 0 : this.count(group);
  }
}

function rankOf({ known, used }: SlotHolder): Rank {
  return known ? used ? 3 : 2 : used ? 1 : 0;
}

/** The machine at the other end of a socket: an address of IPv4 without what sockets for both versions put before it. */
export function machineOf({ remoteAddress }: { readonly remoteAddress?: string | undefined }): string | undefined {
  return remoteAddress?.replace(/^::ffff:/, "");
}

/**
 * The group of a machine: its address, or for IPv6 the network of 64 bits, all of whose addresses one machine can have.
 * `null` for connections without an address, which come by unix sockets.
 */
export function machineGroup(address: string | undefined): string | null {
  if (address === undefined || address === "") return null;
  const text = address.replace(/%.*$/, "").toLowerCase();
  const mapped = /^(?:0*:)*(?::ffff:|ffff:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (mapped !== null) return mapped[1];
  if (!text.includes(":")) return text;
  const [head, tail = null] = text.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === null || tail === "" ? [] : tail.split(":");
  const groups = tail === null
    ? front
    : [...front, ...Array(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back];
  return groups.slice(0, 4).map((part) => part.replace(/^0+(?=.)/, "")).join(":");
}
