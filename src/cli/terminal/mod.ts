/**
 * What people see and type: lines, bars, columns, quantities.
 *
 * @module
 */

export { columns } from "./columns.ts";
export { type KeptJson, keptJson, keptText } from "./kept-text.ts";
export { LineInput } from "./line-input.ts";
export { LiveLines } from "./live-lines.ts";
export { netcat } from "./netcat.ts";
export { openEcho, PING_BYTES, type PingPlan, pings } from "./pings.ts";
export { type Amounts, pace, percentOf, progressBar, type TransferView } from "./progress-bar.ts";
export { formatBytes, formatMoved } from "./quantities.ts";
export { codeText, lowerCased } from "./reason-text.ts";
export { shortTexts } from "./short-texts.ts";
export { SpeedMeter } from "./speed-meter.ts";
export { fired, INTERRUPTED_STATUS, stopSignal } from "./stop-signal.ts";
export { terminalAbilities } from "./terminal.ts";
