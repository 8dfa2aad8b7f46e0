/**
 * The figures of a simulation, for people and for programs.
 *
 * @module
 */

/** The middle of some numbers, and what 95 % of them do not exceed. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

/** What was measured. */
export interface Figures {
  readonly nodes: number;
  readonly seed: number;
  /** Shares from 0 to 1 of datagrams that were lost, and of nodes that died before the gets. */
  readonly loss: number;
  readonly dead: number;
  /** Seconds that the simulation took. */
  readonly wallS: number;
  /** The most memory of the process, in MiB. */
  readonly rssMb: number;
  /** Datagrams sent until all nodes had joined, for each of them. */
  readonly joinDatagrams: number;
  /** Values that were put and that somebody took; gets, and those that brought the right value. */
  readonly puts: number;
  readonly gets: number;
  readonly getsOk: number;
  /** The share of the truly nearest living nodes that lookups found. */
  readonly recall: number;
  /** Of the gets: requests, the longest chain of answers that led to the value, and milliseconds of virtual time. */
  readonly rpcs: Spread;
  readonly hops: Spread;
  readonly getMs: Spread;
  /** Datagrams that an idle node sends a second. Null where nothing was idle. */
  readonly idlePerNodePerS: number | null;
  /** Stands for everything that happened: equal for equal runs. */
  readonly digest: string;
}

/** What is measured only where a simulation has its process for itself: collections take long where others' memory is. */
export interface FiguresWithHeap extends Figures {
  /** What a node keeps: heap and array buffers after a collection, less those of the process before the simulation. */
  readonly heapPerNodeBytes: number;
}

/** Percentiles of numbers; 0 of none. */
export function spread(numbers: readonly number[]): Spread {
  const sorted = Float64Array.from(numbers).sort();
  const at = (share: number) => rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0, 1);
  return { p50: at(0.5), p95: at(0.95) };
}

/** A number with so many digits after its point. */
export function rounded(number: number, digits: number): number {
  return Math.round(number * 10 ** digits) / 10 ** digits;
}

/** The figures as a table. */
export function tableText(figures: FiguresWithHeap): string {
  const { rpcs, hops, getMs } = figures;
  const rows: [string, string][] = [
    ["nodes", `${figures.nodes}`],
    ["datagrams lost", percent(figures.loss)],
    ["nodes killed before the gets", percent(figures.dead)],
    ["time", `${figures.wallS} s`],
    ["memory", `${figures.rssMb} MiB, ${figures.heapPerNodeBytes} bytes a node`],
    ["datagrams to join", `${figures.joinDatagrams} a node`],
    ["values put", `${figures.puts}`],
    ["values got", `${figures.getsOk} of ${figures.gets}`],
    ["recall of lookups", `${figures.recall}`],
    ["requests of a get", `${rpcs.p50}, p95 ${rpcs.p95}`],
    ["hops of a get", `${hops.p50}, p95 ${hops.p95}`],
    ["virtual time of a get", `${getMs.p50} ms, p95 ${getMs.p95} ms`],
    ["idle traffic", figures.idlePerNodePerS === null ? "-" : `${figures.idlePerNodePerS} datagrams/s and node`],
    ["seed", `${figures.seed}`],
    ["digest", figures.digest],
  ];
  return rowsText(rows);
}

/** Names and values in two columns. */
export function rowsText(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function percent(share: number): string {
  return `${rounded(100 * share, 2)} %`;
}
