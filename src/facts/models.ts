// The models that the API serves: ids, aliases, and the announced retirement. A new model is a new row here. The other
// tables of this folder name models by these ids. `Models.list` asks the API itself.
import { pages, type Sourced } from "./Sourced.ts"

interface ModelFact extends Sourced {
  /** The id that the API answers with. */
  readonly id: string
  /** Names that stand for the id. Ids without a date are pinned, not aliases. */
  readonly aliases?: ReadonlyArray<string>
  /** The day of its retirement, if one is announced. */
  readonly retires?: string
}

const read = pages.models("2026-10-07")

export const models = [
  { id: "claude-fable-5-2", ...pages.releaseNotes("2026-11-12") },
  { id: "claude-mythos-5-2", ...pages.releaseNotes("2026-11-12") },
  { id: "claude-haiku-5-5", ...read },
  { id: "claude-sonnet-5-5", ...read },
  { id: "claude-opus-5-5", ...read },
  { id: "claude-fable-5-1", ...read },
  { id: "claude-mythos-5-1", ...pages.deprecations("2026-09-26") },
  { id: "claude-opus-5", ...pages.deprecations("2026-09-26") },
  { id: "claude-sonnet-5", ...pages.deprecations("2026-09-26") },
  { id: "claude-fable-5", ...pages.deprecations("2026-09-26") },
  { id: "claude-mythos-5", ...pages.deprecations("2026-09-26") },
  { id: "claude-opus-4-8", ...pages.deprecations("2026-09-26") },
  { id: "claude-opus-4-7", ...pages.deprecations("2026-09-26") },
  { id: "claude-mythos-preview", retires: "2026-06-30", ...pages.sdk("2026-11-24") },
  { id: "claude-sonnet-4-6", ...pages.deprecations("2026-09-26") },
  { id: "claude-opus-4-6", ...pages.deprecations("2026-09-26") },
  {
    id: "claude-opus-4-5-20251101",
    aliases: ["claude-opus-4-5"],

    retires: "2027-01-22",
    ...pages.sdk("2026-11-24")
  },
  {
    id: "claude-haiku-4-5-20251001",
    aliases: ["claude-haiku-4-5"],

    ...pages.deprecations("2026-10-28")
  },
  {
    id: "claude-sonnet-4-5-20250929",
    aliases: ["claude-sonnet-4-5"],

    retires: "2026-11-30",
    ...pages.deprecations("2026-10-15")
  }
] as const satisfies ReadonlyArray<ModelFact>

type Known = (typeof models)[number]

/**
 * A model id or alias that the API is known to accept, or any other string.
 *
 * @category models
 * @since 0.1.0
 */
export type ModelId = Known["id"] | Extract<Known, { readonly aliases: unknown }>["aliases"][number] | (string & {})

/** Models that are retired, and their former aliases. */
export const retiredModels: ReadonlyArray<ModelFact> = [
  {
    id: "claude-opus-4-1-20250805",
    aliases: ["claude-opus-4-1"],
    retires: "2026-08-05",
    ...pages.deprecations("2026-09-26")
  },
  {
    id: "claude-opus-4-20250514",
    aliases: ["claude-opus-4"],
    retires: "2026-06-15",
    ...pages.deprecations("2026-09-26")
  },
  {
    id: "claude-sonnet-4-20250514",
    aliases: ["claude-sonnet-4"],
    retires: "2026-06-15",
    ...pages.deprecations("2026-09-26")
  },
  {
    id: "claude-3-haiku-20240307",
    aliases: ["claude-3-haiku"],
    retires: "2026-04-20",
    ...pages.deprecations("2026-09-26")
  },
  {
    id: "claude-3-7-sonnet-20250219",
    aliases: ["claude-3-7-sonnet"],
    retires: "2026-02-19",
    ...pages.deprecations("2026-09-26")
  },
  {
    id: "claude-3-5-haiku-20241022",
    aliases: ["claude-3-5-haiku"],
    retires: "2026-02-19",
    ...pages.deprecations("2026-09-26")
  },
  {
    id: "claude-3-opus-20240229",
    aliases: ["claude-3-opus"],
    retires: "2026-01-05",
    ...pages.deprecations("2026-09-26")
  },
  {
    id: "claude-3-5-sonnet-20241022",
    aliases: ["claude-3-5-sonnet"],
    retires: "2025-10-28",
    ...pages.deprecations("2026-09-26")
  },
  { id: "claude-3-5-sonnet-20240620", retires: "2025-10-28", ...pages.deprecations("2026-09-26") }
]

const findIn = (list: ReadonlyArray<ModelFact>, name: string): ModelFact | undefined =>
  list.find(({ aliases, id }) => id === name || aliases?.includes(name) === true)

/** Every name of a model, its id first. For an unknown name, only that name. */
export const namesOf = (name: string): ReadonlyArray<string> => {
  const model = findIn(models, name) ?? findIn(retiredModels, name)
  return model === undefined ? [name] : [model.id, ...(model.aliases ?? [])]
}
