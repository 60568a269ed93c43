// Tells a whole batch from an id, for functions that take either.
// Anything else that has an id, such as a batch that was read back from JSON, is used for its id only.
import * as Schema from "effect/Schema"
import { MessageBatch } from "../schema/Batch.ts"

export const isBatch = Schema.is(MessageBatch)
