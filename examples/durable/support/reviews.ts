// The durable run of these examples: reviews from a file of JSON lines to a directory of outcomes.
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { ask, Row } from "../../support/rows.ts"

export const Reviews = BatchWorkflow.make("Reviews")

/** `outcomes` is a directory that all processes share. */
export const reviewsLive = (
  outcomes: string,
  options: Pick<BatchWorkflow.Options<Row, undefined, never, never>, "poll" | "grace"> = {}
) =>
  BatchWorkflow.layer(Reviews, {
    source: BatchWorkflow.jsonlSource(Row),
    sink: BatchWorkflow.jsonlSink(outcomes),
    request: ask,
    ...options
  })
