/**
 * What people see and type: lines, bars, columns, quantities, contents of transfers and how they go, reasons in words.
 *
 * @module
 */

export { clipText, columns } from "./columns.ts";
export { amountsOf, type Contents, contentsOf, contentsText } from "./contents.ts";
export { askUntil, LineInput, type QuestionParts } from "./line-input.ts";
export { LiveLines } from "./live-lines.ts";
export { INTERRUPTED_STATUS, LEFT_OUT_STATUS, stopSignal, untilAborted } from "./process.ts";
export {
  type Amounts,
  formatBytes,
  formatMoved,
  formatTime,
  pace,
  percentOf,
  progressBar,
  SpeedMeter,
  type TransferView,
} from "./progress.ts";
export {
  codeText,
  type KeptJson,
  keptJson,
  keptText,
  type LeftOutJson,
  leftOutJson,
  leftOutLines,
  lowerCased,
  notTakenLines,
} from "./reason-text.ts";
export { TransferReport } from "./transfer-report.ts";
