/**
 * Faults that a test scripts: other answers, broken connections, delays, and changed answers.
 *
 * A fault happens once unless `times` says otherwise, and a fault that does not happen fails the test.
 *
 * @since 0.1.0
 */
export { body, delay, empty, html, redirect, type StatusOptions, status } from "./faults/answers.ts"
export { dribble, gzip, resetAfter, resetAtEnd, rewrite, stall, truncate } from "./faults/bodies.ts"
export { beforeBody, resetBeforeHeaders, resetDuringUpload, stallBeforeHeaders } from "./faults/connections.ts"
export { cutAfterEvents, errorAfterEvents } from "./faults/events.ts"
export { omitFields, omitNulls, rewriteJson } from "./faults/json.ts"
export { endAfterLines, lines } from "./faults/lines.ts"
export { type Action, type Delivery, Disconnected, type Fault, type Match } from "./faults/model.ts"
export {
  processedLater,
  processedThen,
  processedThenReset,
  processedThenStall,
  processedThenStatus
} from "./faults/processed.ts"
