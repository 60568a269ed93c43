// Effect's cluster engine on a database: one process on a SQLite file, or any number of processes on PostgreSQL.
import * as PgClient from "@effect/sql-pg/PgClient"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as RunnerAddress from "effect/cluster/RunnerAddress"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "effect/cluster/SqlRunnerStorage"
import * as Digest from "effect/crypto/Digest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as SqlClient from "effect/sql/SqlClient"
import * as PatientStorage from "./patientStorage.ts"
import * as ReturnedClaims from "./returnedClaims.ts"

/** `docs/durable.md` gives the reason of each setting. */
const settings = (port: number, pollEvery: string): Partial<ShardingConfig.ShardingConfig["Service"]> => ({
  // Different in each process, because it names the owner of locks.
  runnerAddress: Option.some(RunnerAddress.make("localhost", port)),
  // Longer than most creates take. The longest, which end after 10 minutes, are cut off and searched for.
  entityTerminationTimeout: pollEvery === "fast" ? "4 seconds" : "2 minutes",
  // Few, because locks are renewed shard by shard and the database may be loaded. It must never differ between processes.
  shardsPerGroup: 32,
  // Locks are then rows, which stay when a connection is slow or lost.
  shardLockDisableAdvisory: true,
  shardLockExpiration: "15 seconds",
  shardLockRefreshInterval: "5 seconds",
  entityMessagePollInterval: pollEvery === "fast" ? "500 millis" : "10 seconds"
})

/**
 * Processes communicate through the database only: no ports are opened, and an address is only a name. `pollEvery` sets how soon
 * a run that is due wakes.
 */
const engine = <E>(sql: Layer.Layer<SqlClient.SqlClient, E>, port: number, pollEvery: string) =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provide(Sharding.layer),
    Layer.provide([Runners.layerNoop, RunnerHealth.layerNoop]),
    Layer.provide(ReturnedClaims.layer(pollEvery === "fast" ? "5 seconds" : "1 minute")),
    Layer.provide(PatientStorage.layer),
    Layer.provide([SqlMessageStorage.layer, Layer.orDie(SqlRunnerStorage.layer)]),
    Layer.provide(ShardingConfig.layerFromEnv(settings(port, pollEvery))),
    Layer.provide([sql, Digest.layerWebCrypto])
  )

export const onPostgres = (url: string, port: number, pollEvery: "fast" | "normal") =>
  engine(
    PgClient.layer({
      url: Redacted.make(url),
      maxConnections: 6,
      // The transaction of a frozen process would lock rows for all others. It ends before its shards are taken over.
      startupParameters: { idle_in_transaction_session_timeout: "10s" }
    }),
    port,
    pollEvery
  )

export const onSqlite = (sql: Layer.Layer<SqlClient.SqlClient>, pollEvery: "fast" | "normal") =>
  engine(sql, 34_431, pollEvery)
