/**
 * The tables of the user API.
 *
 * @module
 */

import { loadNote, measuredOn, NONE, ratio, table } from "../harness/markdown.mjs";

/**
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 * @returns {string} Markdown
 */
export function userApiReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join(
    "\n\n",
  );
}

function runtimeSection({ runtime, rounds, load, inFlight, ways, swarm }) {
  return [
    `**${runtime}**, calls of \`dht_id\` a second over one connection with ${inFlight} requests in flight: medians of ` +
    `${rounds} rounds. ${loadNote(load)}`,
    table(["", "warpwire", "bare server", "ratio"], ways.map(wayRow), "right"),
    table(
      ["", "ready, s", "MiB", "idle, % of a core"],
      [[
        `swarm of ${swarm.nodes}`,
        ...[
          (swarm.readyMs / 1000).toFixed(2),
          swarm.mib.toFixed(0),
          (swarm.idleShare * 100).toFixed(2),
        ],
      ]],
      "right",
    ),
  ];
}

/** What sends back a batch as it comes is no measure for what makes the calls in it. */
function wayRow({ name, calls, ours, bare, ratio: toBare }) {
  return [
    name,
    ours.toFixed(0),
    ...(calls > 1 ? [NONE, NONE] : [bare.toFixed(0), ratio(toBare)]),
  ];
}
