import * as Schema from "effect/Schema"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"

const decode = Schema.decodeUnknownSync(Models.ModelInfo)

/** A model of the emulator's catalogue, with changes as the API writes them. */
export const modelWith = (id: string, changes: { readonly [field: string]: unknown } = {}): Models.ModelInfo => {
  const wire = AnthropicEmulator.models.find((model) => model.id === id)
  return decode(JSON.parse(JSON.stringify({ ...wire, ...changes })))
}

/** The emulator's whole catalogue, newest first. */
export const catalogue: ReadonlyArray<Models.ModelInfo> = AnthropicEmulator.models.map((model) =>
  decode(structuredClone(model))
)
