/**
 * Everything that can be measured, and how it is measured and reported.
 *
 * @module
 */

import { measureDht } from "../dht/measure.mjs";
import { dhtReport } from "../dht/report.mjs";
import { measureHosts } from "../hosts/measure.mjs";
import { hostsReport } from "../hosts/report.mjs";
import { inspectReport, measureInspect } from "../inspect/measure.mjs";
import { measureLines } from "../line/measure.mjs";
import { lineReport } from "../line/report.mjs";
import { measurePubSub } from "../pubsub/measure.mjs";
import { pubsubReport } from "../pubsub/report.mjs";
import { suiteNames } from "../suites/suite.mjs";
import { measureTransfers } from "../transfer/measure.mjs";
import { transferReport } from "../transfer/report.mjs";
import { measureUserApi } from "../user-api/measure.mjs";
import { userApiReport } from "../user-api/report.mjs";
import { coldReport, measureCold } from "./cold.mjs";
import { runWorker } from "./runtimes.mjs";
import { measureSizes, sizeReport } from "./size.mjs";
import { suiteReport } from "./suite-tables.mjs";
import { codecReport } from "./tables.mjs";

/** Processes of each program: a start takes a tenth of a second. */
const COLD_ROUNDS = 25;
/** Of hosts, hash tables, publish/subscribe, the user API and transfers, a round takes seconds: so many of the others' rounds stand for one. */
const PER_HOST_ROUND = 8;
const PER_DHT_ROUND = 34;
const PER_PUBSUB_ROUND = 34;
const PER_USER_API_ROUND = 34;
const PER_TRANSFER_ROUND = 20;
const PER_INSPECT_ROUND = 18;

/**
 * @typedef {object} Measurement
 * @property {string} name
 * @property {boolean} byDefault whether it runs where nothing is named
 * @property {boolean} inAll whether it runs where `all` is named: what takes minutes has to be named itself
 * @property {boolean} byRuntime whether runtimes differ in it
 * @property {(runtime: string, options: import("./options.mjs").Options) => object | Promise<object>} measure
 * @property {(run: { date: string, machine: object, outcomes: object[] }) => string} report Markdown
 */

const codec = {
  name: "codec",
  byDefault: true,
  inAll: true,
  byRuntime: true,
  measure: (runtime, { frames, candidates, rounds }) =>
    runWorker(runtime, { suite: "codec", frames, candidates, rounds }),
  report: codecReport,
};

const timed = suiteNames.map((name) => ({
  name,
  byDefault: true,
  inAll: true,
  byRuntime: true,
  measure: (runtime, { rounds }) => runWorker(runtime, { suite: name, rounds }),
  report: suiteReport,
}));

const cold = {
  name: "cold",
  byDefault: false,
  inAll: true,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureCold(runtime, Math.min(rounds, COLD_ROUNDS)),
  report: coldReport,
};

const inspect = {
  name: "inspect",
  byDefault: false,
  inAll: true,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureInspect(runtime, Math.ceil(rounds / PER_INSPECT_ROUND)),
  report: inspectReport,
};

const size = {
  name: "size",
  byDefault: false,
  inAll: true,
  byRuntime: false,
  measure: measureSizes,
  report: sizeReport,
};

const hosts = {
  name: "hosts",
  byDefault: false,
  inAll: false,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureHosts(runtime, Math.ceil(rounds / PER_HOST_ROUND)),
  report: hostsReport,
};

const transfer = {
  name: "transfer",
  byDefault: false,
  inAll: false,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureTransfers(runtime, Math.ceil(rounds / PER_TRANSFER_ROUND)),
  report: transferReport,
};

const line = {
  name: "line",
  byDefault: false,
  inAll: false,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureLines(runtime, Math.ceil(rounds / PER_TRANSFER_ROUND)),
  report: lineReport,
};

const dht = {
  name: "dht",
  byDefault: false,
  inAll: false,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureDht(runtime, Math.ceil(rounds / PER_DHT_ROUND)),
  report: dhtReport,
};

const pubsub = {
  name: "pubsub",
  byDefault: false,
  inAll: false,
  byRuntime: true,
  measure: (runtime, { rounds }) => measurePubSub(runtime, Math.ceil(rounds / PER_PUBSUB_ROUND)),
  report: pubsubReport,
};

const userApi = {
  name: "user-api",
  byDefault: false,
  inAll: false,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureUserApi(runtime, Math.ceil(rounds / PER_USER_API_ROUND)),
  report: userApiReport,
};

/** @type {Measurement[]} */
export const measurements = [
  codec,
  ...timed,
  inspect,
  size,
  cold,
  hosts,
  transfer,
  line,
  dht,
  pubsub,
  userApi,
];
