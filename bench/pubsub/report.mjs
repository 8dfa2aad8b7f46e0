/**
 * The tables of publish/subscribe.
 *
 * @module
 */

import { loadNote, measuredOn, NONE, table } from "../harness/markdown.mjs";

const HEAD = [
  ...["", "delivered", "twice", "ms, median", "p95"],
  ...["messages with the event", "all messages", "bytes", "CPU ms an event"],
];

/**
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 * @returns {string} Markdown
 */
export function pubsubReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join(
    "\n\n",
  );
}

function runtimeSection(
  { runtime, rounds, load, nodes, eventChars, sliceEvents, figures },
) {
  return [
    `**${runtime}**, ${nodes} nodes: ${rounds} rounds, events of ${eventChars} characters; messages and bytes are for a ` +
    `delivery. ${loadNote(load)}`,
    ...section(
      "A topic to which all subscribe, one event after the other:",
      "oneByOne",
      figures,
    ),
    ...section(
      `The same topic, ${sliceEvents} events at once:`,
      "atOnce",
      figures,
    ),
    ...section("Topics with one subscriber each:", "single", figures),
  ];
}

function section(title, kind, figures) {
  return [
    title,
    table(
      HEAD,
      figures.map(({ name, [kind]: of }) => rowOf(name, of)),
      "right",
    ),
  ];
}

function rowOf(
  name,
  { expected, delivered, twice, median, p95, events, messages, bytes, cpuMs },
) {
  return [
    ...[
      name,
      `${delivered} of ${expected}`,
      String(twice),
      millis(median),
      millis(p95),
    ],
    ...[
      number(events, 2),
      number(messages, 2),
      number(bytes, 0),
      millis(cpuMs),
    ],
  ];
}

function number(value, digits) {
  return value === null ? NONE : value.toFixed(digits);
}

function millis(ms) {
  return number(ms, ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0);
}
