// Effect's SQL client on a file through `node:sqlite`, until the official driver is published for this Effect.
// For one process. Needs Node 22.13 or newer, which has the module without a flag.
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as Client from "effect/sql/SqlClient"
import type { Connection, Row } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"

/** Undefined on a Node without this module, where an import would end the program. */
export const sqlite = process.getBuiltinModule("node:sqlite")

/** SQLite has no booleans and no undefined. */
const toParameter = (value: unknown): SQLInputValue => {
  if (typeof value === "boolean") return value ? 1 : 0
  if (value === undefined || value === null) return null
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return value
  if (value instanceof Uint8Array) return value
  if (value instanceof Date) return value.getTime()
  throw new TypeError(`a value of type ${typeof value} is not a parameter`)
}

const connect = (database: DatabaseSync): Connection => {
  const query = <A>(sql: string, use: (statement: StatementSync) => A): Effect.Effect<A, SqlError> =>
    Effect.withFiber((fiber) =>
      Effect.try({
        try: () => {
          const statement = database.prepare(sql)
          statement.setReadBigInts(fiber.getRef(Client.SafeIntegers))
          return use(statement)
        },
        catch: (cause) => new SqlError({ reason: classifySqliteError(cause, { operation: "execute" }) })
      })
    )
  const all = (sql: string, parameters: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<Row>, SqlError> =>
    query(sql, (statement) => statement.all(...parameters.map(toParameter)))
  const execute: Connection["execute"] = (sql, parameters, transform) =>
    Effect.map(all(sql, parameters), (rows) => (transform === undefined ? rows : transform(rows)))
  const values: Connection["executeValues"] = (sql, parameters) =>
    query(sql, (statement) => {
      statement.setReturnArrays(true)
      return statement.all(...parameters.map(toParameter)).map((row) => Object.values(row))
    })
  return {
    execute,
    executeUnprepared: execute,
    executeRaw: all,
    executeValues: values,
    executeValuesUnprepared: values,
    executeStream: (sql, parameters, transform) =>
      Stream.unwrap(Effect.map(execute(sql, parameters, transform), Stream.fromIterable))
  }
}

/** A client with one connection, which transactions hold until they end. */
export const layer = (path: string): Layer.Layer<Client.SqlClient> =>
  Layer.effect(
    Client.SqlClient,
    Effect.gen(function* () {
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => {
          if (sqlite === undefined) throw new Error(`node:sqlite needs Node 22.13 or newer; this is ${process.version}`)
          return new sqlite.DatabaseSync(path)
        }),
        (database) => Effect.sync(() => database.close())
      )
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000")
      const connection = connect(database)
      const semaphore = yield* Semaphore.make(1)
      const hold = Effect.acquireRelease(semaphore.take(1), () => semaphore.release(1), { interruptible: true })
      return yield* Client.make({
        acquirer: semaphore.withPermits(1)(Effect.succeed(connection)),
        transactionAcquirer: Effect.as(hold, connection),
        compiler: Statement.makeCompilerSqlite(),
        driver: "node:sqlite",
        beginTransaction: "BEGIN IMMEDIATE",
        spanAttributes: [["db.system.name", "sqlite"]]
      })
    })
  ).pipe(Layer.provide(Reactivity.layer))
