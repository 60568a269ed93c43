import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { ModelCapabilities, ModelInfo } from "../schema/Model.ts"

type Node<T> = NonNullable<T> extends { readonly supported: boolean } ? true : false

type Paths<T> = {
  readonly [Key in keyof T & string]-?: Key extends "supported"
    ? never
    : (Node<T[Key]> extends true ? Key : never) | `${Key}.${Paths<NonNullable<T[Key]>>}`
}[keyof T & string]

/** A place in the capability tree where the API says yes or no. */
export type CapabilityPath = Paths<ModelCapabilities>

/** A path that this version does not list. */
export interface UnlistedPath {
  readonly unlisted: string
}

const supportOf = (node: unknown): boolean | undefined =>
  Predicate.isReadonlyObject(node) && typeof node.supported === "boolean" ? node.supported : undefined

export const pathOf = (path: CapabilityPath | UnlistedPath): string => (typeof path === "string" ? path : path.unlisted)

export const capability = (
  model: Pick<ModelInfo, "capabilities">,
  path: CapabilityPath | UnlistedPath
): Option.Option<boolean> => {
  let node: unknown = model.capabilities
  let isGroupUnsupported = false
  for (const key of pathOf(path).split(".")) {
    isGroupUnsupported ||= supportOf(node) === false
    node = Predicate.isReadonlyObject(node) && Object.hasOwn(node, key) ? node[key] : undefined
  }
  const own = supportOf(node)
  // What is told of the thing itself counts; what is not told is as its group.
  return isGroupUnsupported && own === undefined ? Option.some(false) : Option.fromUndefinedOr(own)
}

/** Every path of the tree with what the model says of it, in the order of the tree. */
export const capabilities = (model: Pick<ModelInfo, "capabilities">): ReadonlyMap<string, boolean> => {
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

export const supports = (model: Pick<ModelInfo, "capabilities">, path: CapabilityPath | UnlistedPath): boolean =>
  Option.contains(capability(model, path), true)

export const features = (model: Pick<ModelInfo, "capabilities">): ReadonlyArray<string> =>
  [...capabilities(model)].filter(([, supported]) => supported).map(([path]) => path)
