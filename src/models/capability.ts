// What a model can do, by its tree of capabilities. If the tree does not say, there is no answer, and never a guess.
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { ModelCapabilities, ModelInfo } from "../schema/Model.ts"

type Node<T> = NonNullable<T> extends { readonly supported: boolean } ? true : false

type Paths<T> = {
  readonly [Key in keyof T & string]-?: Key extends "supported"
    ? never
    : (Node<T[Key]> extends true ? Key : never) | `${Key}.${Paths<NonNullable<T[Key]>>}`
}[keyof T & string]

/**
 * A path of the tree of capabilities with a yes or no of the API, for example `thinking.types.adaptive`.
 *
 * @category models
 * @since 0.1.0
 */
export type CapabilityPath = Paths<ModelCapabilities>

/**
 * A path of the tree of capabilities that this version does not list.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnlistedPath {
  readonly unlisted: string
}

type Model = Pick<ModelInfo, "capabilities">

const supportOf = (node: unknown): boolean | undefined =>
  Predicate.isReadonlyObject(node) && typeof node.supported === "boolean" ? node.supported : undefined

export const pathOf = (path: CapabilityPath | UnlistedPath): string => (typeof path === "string" ? path : path.unlisted)

/**
 * Returns whether a model can do something, or none if its capabilities do not say.
 *
 * If a capability itself is not listed, its group decides: without `effort` there is no `effort.xhigh`.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 *
 * const ask = (model: Models.ModelInfo) => [
 *   Models.capability(model, "effort.xhigh"),
 *   Models.capability(model, { unlisted: "compaction.summarize" })
 * ]
 *
 * @category getters
 * @since 0.1.0
 */
export const capability: {
  (path: CapabilityPath | UnlistedPath): (model: Pick<ModelInfo, "capabilities">) => Option.Option<boolean>
  (model: Pick<ModelInfo, "capabilities">, path: CapabilityPath | UnlistedPath): Option.Option<boolean>
} = dual(2, (model: Model, path: CapabilityPath | UnlistedPath): Option.Option<boolean> => {
  let node: unknown = model.capabilities
  let isGroupUnsupported = false
  for (const key of pathOf(path).split(".")) {
    isGroupUnsupported ||= supportOf(node) === false
    node = Predicate.isReadonlyObject(node) && Object.hasOwn(node, key) ? node[key] : undefined
  }
  const own = supportOf(node)
  return isGroupUnsupported && own === undefined ? Option.some(false) : Option.fromUndefinedOr(own)
})

/** Every path of the tree with its value, in the order of the tree. */
export const capabilities = (model: Model): ReadonlyMap<string, boolean> => {
  const found = new Map<string, boolean>()
  const visit = (node: unknown, path: string): void => {
    if (!Predicate.isReadonlyObject(node)) return
    const own = supportOf(node)
    if (own !== undefined && path !== "") found.set(path, own)
    for (const [key, child] of Object.entries(node)) visit(child, path === "" ? key : `${path}.${key}`)
  }
  visit(model.capabilities, "")
  return found
}

/**
 * Returns whether a model is known to be able to do something.
 *
 * @category predicates
 * @since 0.1.0
 */
export const supports: {
  (path: CapabilityPath | UnlistedPath): (model: Pick<ModelInfo, "capabilities">) => boolean
  (model: Pick<ModelInfo, "capabilities">, path: CapabilityPath | UnlistedPath): boolean
} = dual(2, (model: Model, path: CapabilityPath | UnlistedPath): boolean =>
  Option.contains(capability(model, path), true)
)

/**
 * Returns the paths of everything that a model is known to be able to do. Unlisted paths are among them.
 *
 * @category getters
 * @since 0.1.0
 */
export const features = (model: Pick<ModelInfo, "capabilities">): ReadonlyArray<CapabilityPath | (string & {})> =>
  [...capabilities(model)].filter(([, supported]) => supported).map(([path]) => path)
