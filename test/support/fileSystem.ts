// Node's file system, with a log of what is done to files and with failures where a test wants them.
import { basename } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"

type Call =
  | "open"
  | "writeAll"
  | "sync"
  | "close"
  | "chmod"
  | "chown"
  | "rename"
  | "link"
  | "remove"
  | "access"
  | "stat"

/** The error of a call that was made to fail. */
export const broken = (call: Call): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: call === "access" || call === "open" ? "PermissionDenied" : "Unknown",
    module: "FileSystem",
    method: call,
    description: `scripted: ${call}`
  })

/**
 * A file system whose log has each call that changes something. `failing` calls fail, after `after` of them. `slow` calls
 * take a second of the `Clock`, and the log has their end, too.
 */
export const recording = (failing?: Call, after = 0, slow?: Call) => {
  const log: Array<string> = []
  let handles = 0
  let calls = 0
  const act = <A, E, R>(call: Call, detail: string, effect: Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<A, E | PlatformError.PlatformError, R> => {
      log.push(detail === "" ? call : `${call} ${detail}`)
      if (call === slow) {
        return Effect.delay(effect, "1 second").pipe(Effect.tap(() => Effect.sync(() => log.push(`${call} ended`))))
      }
      if (call !== failing) return effect
      calls++
      return calls > after ? Effect.fail(broken(call)) : effect
    })
  const nameOf = (path: string) => basename(path).replace(/^\..*\.part$/, ".part")

  const handle = (file: FileSystem.File): FileSystem.File =>
    new Proxy(file, {
      get: (target, key) => {
        if (key === "sync") return act("sync", "", target.sync)
        if (key === "writeAll") {
          return (bytes: Uint8Array) =>
            // As on a disk that becomes full, a part is written.
            Effect.andThen(
              target.writeAll(bytes.subarray(0, 10)),
              act("writeAll", "", target.writeAll(bytes.subarray(10)))
            )
        }
        const value: unknown = Reflect.get(target, key, target)
        return Predicate.isFunction(value) ? value.bind(target) : value
      }
    })

  const layer = Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (fileSystem) => ({
      ...fileSystem,
      open: (path: string, options?: Parameters<typeof fileSystem.open>[1]) =>
        act("open", nameOf(path), fileSystem.open(path, options)).pipe(
          Effect.tap(() => Effect.sync(() => handles++)),
          Effect.tap(() =>
            Effect.addFinalizer(() =>
              Effect.sync(() => {
                handles--
                log.push("close")
              })
            )
          ),
          Effect.map(handle)
        ),
      access: (path: string, options?: Parameters<typeof fileSystem.access>[1]) =>
        failing === "access" ? Effect.fail(broken("access")) : fileSystem.access(path, options),
      chmod: (path: string, mode: number) =>
        act("chmod", `${nameOf(path)} ${mode.toString(8)}`, fileSystem.chmod(path, mode)),
      chown: (path: string, uid: number, gid: number) => act("chown", `${nameOf(path)} ${uid}:${gid}`, Effect.void),
      rename: (from: string, to: string) => act("rename", `${nameOf(from)} ${nameOf(to)}`, fileSystem.rename(from, to)),
      link: (from: string, to: string) => act("link", `${nameOf(from)} ${nameOf(to)}`, fileSystem.link(from, to)),
      remove: (path: string, options?: Parameters<typeof fileSystem.remove>[1]) =>
        act("remove", nameOf(path), fileSystem.remove(path, options))
    }))
  ).pipe(Layer.provide(NodeFileSystem.layer))

  return { log, layer, openHandles: () => handles }
}
