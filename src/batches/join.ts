// Joins results to the items that they answer: every item exactly once, every result exactly once. An id that comes twice,
// among the items or among the results, is joined only once: the row of the second one says so.
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { MessageBatchIndividualResponse, MessageBatchResult } from "../schema/Batch.ts"
import { runAll } from "./runAll.ts"

/**
 * A result with the item that it answers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Joined<out Item, out R = MessageBatchResult> {
  readonly _tag: "Joined"
  readonly custom_id: string
  readonly item: Item
  readonly result: R
}

/**
 * An item without a result. `isRepeated` is true for an item whose id an earlier item has: the result of that id belongs to
 * the earlier item, because a batch takes an id only once.
 *
 * @category models
 * @since 0.1.0
 */
export interface ItemOnly<out Item> {
  readonly _tag: "ItemOnly"
  readonly custom_id: string
  readonly item: Item
  readonly isRepeated: boolean
}

/**
 * A result without an item. `isRepeated` is true for a result whose id an earlier result has.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResultOnly<out R = MessageBatchResult> {
  readonly _tag: "ResultOnly"
  readonly custom_id: string
  readonly result: R
  readonly isRepeated: boolean
}

/**
 * One row of a join. `_tag` says whether there is an item, a result, or both.
 *
 * @category models
 * @since 0.1.0
 */
export type JoinRow<Item, R = MessageBatchResult> = Joined<Item, R> | ItemOnly<Item> | ResultOnly<R>

type Results<E, R> = Stream.Stream<MessageBatchIndividualResponse, E, R>

type Decode<A, E, R> = (response: MessageBatchIndividualResponse) => Effect.Effect<A, E, R>

/**
 * Joins results to the items that they answer.
 *
 * Items are the requests themselves or the data they were made from. `customIdOf` returns the `custom_id` that an item was
 * sent with. Every item and every result comes exactly once: first the results as they arrive, then the items without one.
 *
 * The items are read once, when the stream first runs, and kept. A second run of the stream therefore works with an iterator
 * that can be read only once.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const reviews = [{ id: "r-1", text: "Boils a litre before I have found the tea." }]
 *
 * const program = Batches.results("msgbatch_01").pipe(
 *   Batches.join(reviews, (review) => review.id),
 *   Stream.runForEach((row) => {
 *     switch (row._tag) {
 *       case "Joined":
 *         return Effect.log(row.item.text, Batches.explain(row.result).description)
 *       case "ItemOnly":
 *         return Effect.log(row.item.text, row.isRepeated ? "has the id of another review" : "was not in this batch")
 *       case "ResultOnly":
 *         return Effect.log(row.custom_id, "is not one of the reviews")
 *     }
 *   })
 * )
 *
 * @category combinators
 * @since 0.1.0
 */
export const join: {
  <Item>(
    items: Iterable<Item>,
    customIdOf: (item: Item) => string
  ): <E, R>(results: Results<E, R>) => Stream.Stream<JoinRow<Item>, E, R>
  <Item, E, R>(
    results: Results<E, R>,
    items: Iterable<Item>,
    customIdOf: (item: Item) => string
  ): Stream.Stream<JoinRow<Item>, E, R>
} = dual(
  3,
  <Item, E, R>(
    results: Results<E, R>,
    items: Iterable<Item>,
    customIdOf: (item: Item) => string
  ): Stream.Stream<JoinRow<Item>, E, R> => joinRows(results, items, customIdOf)
)

/**
 * Joins results to the items that they answer, each decoded as `decode` says, such as `StructuredOutput.decodeResult(schema)`.
 *
 * The rows are those of `join`, with the values of `decode` as results. If decoding is asynchronous, up to 16 results are
 * decoded at once. Fails with the errors of `decode`.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as StructuredOutput from "effect-anthropic/StructuredOutput"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 * import * as Stream from "effect/Stream"
 *
 * const Review = Schema.Struct({ isPositive: Schema.Boolean })
 * const reviews = [{ id: "r-1", text: "Boils a litre before I have found the tea." }]
 *
 * const program = Batches.results("msgbatch_01").pipe(
 *   Batches.joinAs(reviews, (review) => review.id, StructuredOutput.decodeResult(Review)),
 *   Stream.runForEach((row) =>
 *     row._tag === "Joined" && row.result.type === "succeeded"
 *       ? Effect.log(row.item.text, row.result.value.isPositive)
 *       : Effect.log(row.custom_id, "has no judgement")
 *   )
 * )
 *
 * @category combinators
 * @since 0.1.0
 */
export const joinAs: {
  <Item, A, E2, R2>(
    items: Iterable<Item>,
    customIdOf: (item: Item) => string,
    decode: Decode<A, E2, R2>
  ): <E, R>(results: Results<E, R>) => Stream.Stream<JoinRow<Item, A>, E | E2, R | R2>
  <Item, A, E, R, E2, R2>(
    results: Results<E, R>,
    items: Iterable<Item>,
    customIdOf: (item: Item) => string,
    decode: Decode<A, E2, R2>
  ): Stream.Stream<JoinRow<Item, A>, E | E2, R | R2>
} = dual(
  4,
  <Item, A, E, R, E2, R2>(
    results: Results<E, R>,
    items: Iterable<Item>,
    customIdOf: (item: Item) => string,
    decode: Decode<A, E2, R2>
  ): Stream.Stream<JoinRow<Item, A>, E | E2, R | R2> => joinRows(decodeAll(results, decode), items, customIdOf)
)

const decodeAll = <A, E, R, E2, R2>(
  results: Results<E, R>,
  decode: Decode<A, E2, R2>
): Stream.Stream<{ readonly custom_id: string; readonly result: A }, E | E2, R | R2> =>
  Stream.chunks(results).pipe(
    Stream.mapEffect((responses) =>
      runAll(
        responses.map((response) =>
          Effect.mapEager(decode(response), (result) => ({ custom_id: response.custom_id, result }))
        )
      )
    ),
    Stream.flattenIterable
  )

/** Runs a function once. Later calls return or throw the same. */
const once = <A>(run: () => A): (() => A) => {
  let result: Result.Result<A, unknown> | undefined
  return () => {
    result ??= Result.try(run)
    return Result.getOrThrowWith(result, (cause) => cause)
  }
}

const joinRows = <Item, A, E, R>(
  results: Stream.Stream<{ readonly custom_id: string; readonly result: A }, E, R>,
  items: Iterable<Item>,
  customIdOf: (item: Item) => string
): Stream.Stream<JoinRow<Item, A>, E, R> => {
  const entries = once(() => Array.from(items, (item) => [customIdOf(item), item] as const))
  return Stream.suspend(() => {
    /** The items without a result so far, by id. */
    const waiting = new Map<string, ItemOnly<Item>>()
    const repeated: Array<ItemOnly<Item>> = []
    for (const [custom_id, item] of entries()) {
      const isRepeated = waiting.has(custom_id)
      const row: ItemOnly<Item> = { _tag: "ItemOnly", custom_id, item, isRepeated }
      if (isRepeated) repeated.push(row)
      else waiting.set(custom_id, row)
    }
    const answered = new Set<string>()
    const rows = Stream.map(results, ({ custom_id, result }): JoinRow<Item, A> => {
      const isRepeated = answered.has(custom_id)
      answered.add(custom_id)
      const asked = waiting.get(custom_id)
      if (asked === undefined) return { _tag: "ResultOnly", custom_id, result, isRepeated }
      waiting.delete(custom_id)
      return { _tag: "Joined", custom_id, item: asked.item, result }
    })
    return Stream.concat(
      rows,
      Stream.suspend(() => Stream.fromIterable([...waiting.values(), ...repeated]))
    )
  })
}
