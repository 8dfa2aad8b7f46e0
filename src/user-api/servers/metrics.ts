/**
 * Figures as text for programs that collect them, in the format OpenMetrics 1.0
 * (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
 *
 * @module
 */

/** How collectors learn what the answer is. */
export const METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const MS_PER_S = 1000;

/** Objects whose properties are names of something, by their path: the name of the label that has them. */
const LABELLED: Readonly<Record<string, string>> = {
  "calls.calls": "call",
  "calls.refused": "reason",
  "quasar.died": "reason",
  "table.values.stores": "outcome",
};
/** What properties of percentiles are called, and the quantiles that they are. */
const QUANTILES: Readonly<Record<string, string>> = { p50: "0.5", p95: "0.95", p99: "0.99" };

/** Figures that have one name, apart by their labels. */
interface Family {
  readonly type: string;
  readonly unit: string | null;
  readonly samples: string[];
}

/** Where a figure stands. */
interface Place {
  /** The names that lead to it, without those that are labels. */
  readonly words: readonly string[];
  readonly path: string;
  readonly labels: string;
}

/**
 * All figures of an object: numbers, by the names that lead to them, `{ table: { lookupMs: { p50: 20 } } }` as
 * `storj_table_lookup_seconds{quantile="0.5"} 0.02`; whether something is so as 0 or 1; texts as labels.
 */
export function metricsText(stats: object, prefix = "storj"): string {
  const families = new Map<string, Family>();
  addAll(stats, { words: [prefix], path: "", labels: "" }, families);
  const lines = [...families].flatMap(([name, { type, unit, samples }]) => [
    `# TYPE ${name} ${type}`,
    ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
    ...samples,
  ]);
  return `${lines.join("\n")}\n# EOF\n`;
}

function addAll(value: unknown, place: Place, families: Map<string, Family>): void {
  if (value === null || value === undefined) return;
  if (typeof value !== "object") return addOne(value, place, families);
  const label = labelOf(value, place);
  for (const [name, each] of Object.entries(value)) {
    const path = place.path === "" ? name : `${place.path}.${name}`;
    if (label === null) addAll(each, { ...place, path, words: [...place.words, name] }, families);
    else addAll(each, { ...place, path, labels: withLabel(place.labels, label, QUANTILES[name] ?? name) }, families);
  }
}

/** What the names of an object's properties are, if they are not words of the name of a figure. */
function labelOf(value: object, { path }: Place): string | null {
  if (Array.isArray(value)) return "index";
  if (Object.hasOwn(LABELLED, path)) return LABELLED[path];
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => Object.hasOwn(QUANTILES, name)) ? "quantile" : null;
}

function addOne(value: unknown, { words, labels }: Place, families: Map<string, Family>): void {
  if (typeof value === "string") {
    const type = "info";
    return sample(families, familyName(words), type, null, `_info${inBraces(withLabel(labels, "value", value))} 1`);
  }
  const number = Number(value);
  const name = familyName(words);
  const type = labels.includes('quantile="') ? "summary" : "unknown";
  if (name.endsWith("_ms")) {
    const text = `${inBraces(labels)} ${formatted(number / MS_PER_S)}`;
    return sample(families, name.replace(/_ms$/, "_seconds"), type, "seconds", text);
  }
  const unit = name.endsWith("_bytes") ? "bytes" : null;
  sample(families, name, type, unit, `${inBraces(labels)} ${formatted(number)}`);
}

function sample(families: Map<string, Family>, name: string, type: string, unit: string | null, rest: string): void {
  const family = families.get(name) ?? { type, unit, samples: [] };
  families.set(name, family);
  family.samples.push(name + rest);
}

/** Words in small letters with `_` between them; `bytes` is the unit, which stands last. */
function familyName(words: readonly string[]): string {
  const parts = words.flatMap((word) => word.split(/(?=[A-Z])|[^A-Za-z0-9]+/)).map((part) => part.toLowerCase());
  const others = parts.filter((part) => part !== "bytes");
  return (others.length < parts.length ? [...others, "bytes"] : others).join("_");
}

function withLabel(labels: string, name: string, value: string): string {
  const escaped = value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
  return `${labels}${labels === "" ? "" : ","}${name}="${escaped}"`;
}

function inBraces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function formatted(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  return Number.isFinite(number) ? String(number) : number > 0 ? "+Inf" : "-Inf";
}
