/**
 * Faults of who is neighbour of whom in publish/subscribe, and of how filters travel.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const FILTERS_MUTANTS: readonly Mutant[] = [
  ...group("codec/protocols/storj/filters", ["storj/filter-changes"], [
    ["gaps are packed in twice their bytes", "changes", "Math.log2(MEDIAN * span / positions.length)", "0"],
    ["gaps that are cut off are read", "changes", "if (at + k > end)", "if (false)"],
    ["bits beyond the filter are read", "changes", "if (position >= bitCount)", "if (false)"],
    ["half of a checksum", "changes", "view.setInt32(4, this.#low);", ""],
    ["levels look alike to checksums", "changes", "level * FILTER_BITS_MAX + position", "position"],
  ]),
  ...group("src/quasar", ["quasar/home-filters"], [
    ["the own id can be taken out", "home-filters", "[this.#idPositions, ...this.#own.values()]", "this.#own.values()"],
    ["level 0 is filled beyond its capacity", "home-filters", "if (count > this.params.capacity)", "if (false)"],
    [
      "levels beyond those of a neighbour are read",
      "home-filters",
      "if (levels.length < level)",
      "if (levels.length === 0)",
    ],
    ["levels are not cleared", "home-filters", "this.#scratch.fill(0);\n            this.#leftOut", "this.#leftOut"],
    ["bits that changed twice are told", "home-filters", "if (sorted[at] === sorted[at + 1])", "if (false)"],
    ["the journal grows without end", "home-filters", "if (journal.length > 2 * JOURNAL_MAX)", "if (false)"],
    ["all of the last level goes along", "home-filters", "Math.min(journal.length, start + lastMax)", "journal.length"],
    ["texts of what was", "home-filters", "this.#whole = this.#text = null;", "this.#whole = null;"],
    ["full levels", "rebuild", "onesInAll > onesMax && onesOfUnion(into, words) > onesMax", "false"],
    [
      "no more than half of what there is room for",
      "rebuild",
      "const onesMax = bitCount >>> 1;",
      "const onesMax = bitCount >>> 3;",
    ],
    ["changes of anything are taken", "neighbour-filters", "!this.#sum.is(from) || ", ""],
    ["changes that contradict themselves are taken", "neighbour-filters", "if (!sum.is(to))", "if (false)"],
    ["changes are made twice", "neighbour-filters", "if (this.#sum.is(to))", "if (false)"],
    ["filters of any number of levels", "neighbour-filters", "levels.length > FILTERS_DEPTH_MAX", "false"],
  ]),
  ...group("src/quasar", ["quasar/propagation"], [
    ["time stands still for less than a millisecond", "updates", "Math.ceil(nextMs - this.#parts.clock.now())", "0"],
    ["changes are not gathered", "updates", "const GATHER_MS = 200", "const GATHER_MS = 1"],
    ["neighbours are told all the time", "updates", "nowMs + PACE_MS", "nowMs"],
    ["every neighbour tells everybody", "updates", "isNearer(other, id, link.id) &&", "false &&"],
    ["nobody tells", "updates", "isNearer(other, id, link.id) &&", "true ||"],
    ["neighbours of the one are told what they know", "updates", "!link.knows(source.id) && ", ""],
    ["the last level is told alone", "updates", "level < changes.length - 1", "level < changes.length"],
    ["subscriptions of neighbours stay there", "updates", "if (own)", "if (false)"],
    ["filters that are gone still count", "updates", "this.#lost ? -1 : 0", "0"],
    ["the refresh tells no more than others", "updates", "isRefresh ? Infinity : LAST_MAX", "LAST_MAX"],
    ["who needs all bits gets changes", "updates", "if (isWholeNeeded)", "if (false)"],
    ["silent neighbours stay", "updates", "link.missed >= MISSED_MAX", "false"],
    [
      "filters that do not fit are accepted",
      "updates",
      "if (levelBytes * depth + AROUND_BYTES <= REQUEST_BYTES_MAX)",
      "if (true)",
    ],
    [
      "more neighbours than there is room for",
      "membership",
      "this.#links.size < this.#parts.limit)\n            return true",
      "true)\n            return true",
    ],
    ["chosen ones find no room", "membership", "(forChosen ? others[0] : undefined)", "undefined"],
    ["the overlay is not told who declines", "membership", "this.#parts.overlay.refused?.(", "void ("],
    [
      "who is gone is asked never again",
      "link",
      "if (this.dormant) {\n            this.dormant = false;",
      "if (this.dormant) {",
      ["quasar/old-neighbours"],
    ],
    [
      "the filters of those who are none stay",
      "membership",
      "if (link.filters !== null)\n            this.keep(link, null);",
      "",
    ],
    ["filters stay fresh", "updates", "if (link.freshUntilMs <= nowMs)", "if (false)"],
    ["those whom nobody wants stay neighbours", "propagation", "if (!wanted && known?.chosen !== true)", "if (false)"],
    ["who begins anew gets nothing", "propagation", "if (args.from === null && known?.filters)", "if (false)"],
    ["timers stay when all is closed", "updates", "this.#closed = true;\n        this.#timer?.clear();", ""],
  ]),
  ...group("src/quasar", ["quasar/old-neighbours"], [
    [
      "updates of unknown addresses are taken",
      "propagation",
      "!from.verified || equalBytes(nodeId",
      "equalBytes(nodeId",
    ],
    ["filters of other sizes are taken", "propagation", "if (!this.#fits(filters.params))", "if (false)"],
    [
      "all layouts are answered in the own one",
      "propagation",
      "this.#members.accept(link, this.#homeOf(filters.params))",
      "this.#members.accept(link, this.#homes[0])",
    ],
    [
      "new layouts do not know the topics",
      "propagation",
      "home.add(name, topic);\n        this.#homes.push(home)",
      "void name;\n        this.#homes.push(home)",
    ],
    ["calls go out in eras that do not have them", "updates", 'link.call.era === "rpcudp" || ', ""],
    ["texts that fit into no datagram go out", "updates", " || filters.length + AROUND_BYTES > REQUEST_BYTES_MAX", ""],
    ["answers say that nothing changes", "updates", "return home.hasMoreThan(everything);", "return false;"],
  ]),
  ...group("src/quasar", ["quasar/hostile-updates"], [
    ["updates are looked at without end", "link", "if (this.#allowance < 1)", "if (false)"],
    [
      "addresses need not have answered",
      "propagation",
      "return this.#check(nodeId, from, wanted);",
      "this.#check(nodeId, from, wanted);",
    ],
    ["all strangers are asked", "propagation", "this.#checked.size >= CHECKED_MAX || ", ""],
    ["one neighbour uses up what others may tell", "updates", "link.credits > 0", "true"],
    ["those who come and go make work without end", "membership", "if (this.#joins < 1)", "if (false)"],
  ]),
  ...group("src/quasar", ["quasar/overlay"], [
    ["nothing is told of changes", "overlay", "if (!isSame)", "if (false)"],
    ["all changes are told at once", "overlay", "const GATHER_MS = 1000", "const GATHER_MS = 0"],
    ["only the nearest are neighbours", "overlay", "[...near, ...this.#far.values()]", "near"],
    [
      "those far away change with each newcomer",
      "overlay",
      "before !== undefined && members.some((contact) => sameContact(contact, before))",
      "false",
    ],
    ["all choose the same one far away", "overlay", "hash ^ a[at] << 8 ^ b[at]", "hash ^ b[at]"],
    ["who refuses is chosen again", "overlay", "(this.#refused.get(address) ?? 0) <= nowMs", "true"],
    ["who has refused is never chosen again", "overlay", "const REFUSED_MS = 600_000", "const REFUSED_MS = 1e15", [
      "quasar/overlay",
    ]],
    ["what is closed goes on", "overlay", "if (this.#closed || this.#timer !== null)", "if (this.#timer !== null)"],
  ]),
];
