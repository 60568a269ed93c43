// Skills: one made from a directory, a new version of it, and both used in a message and in a batch.
//
//   npm run example -- examples/skills.ts [--live]
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as SkillSource from "effect-anthropic/SkillSource"
import * as Skills from "effect-anthropic/Skills"
import { run } from "./support/example.ts"

const name = "example-region-report"

const skillText = (description: string) => `---
name: ${name}
description: ${description}
---
# Reports

Run \`scripts/report.py\` with the path of a table. It prints one line for each region.
`

/** Writes the directory of a skill. */
const writeSkill = Effect.fn("writeSkill")(function* (parent: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = `${parent}/${name}`
  yield* fileSystem.makeDirectory(`${path}/scripts`, { recursive: true })
  yield* fileSystem.writeFileString(`${path}/SKILL.md`, skillText("Makes reports of tables by region."))
  yield* fileSystem.writeFileString(`${path}/scripts/report.py`, "print('north: 1')\n")
  return path
})

/** A message that uses the skill and one of Anthropic's, and the tool that skills run in. */
const paramsOf = (version: Skills.SkillVersion, region: string): Messages.MessageParams => ({
  model: "claude-opus-5-5",
  max_tokens: 4096,
  messages: [Messages.user(`Make the report of the region ${region}.`)],
  container: Skills.container([version, "xlsx"]),
  tools: [{ type: "code_execution_20260521", name: "code_execution" }]
})

const program = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* writeSkill(yield* fileSystem.makeTempDirectoryScoped())
  const source = SkillSource.fromDirectory(directory, { include: (path) => !path.startsWith(".git") })

  // Files that the API is known to refuse are refused before anything is sent, with every reason.
  yield* fileSystem.symlink("/etc/hostname", `${directory}/scripts/host`)
  yield* Skills.create(source).pipe(
    Effect.andThen(Console.log("A link out of the directory was sent")),
    Effect.catchTag("RequestRefusedError", (error) => Console.log(error.message))
  )
  yield* fileSystem.remove(`${directory}/scripts/host`)

  const skill = yield* Effect.acquireRelease(Skills.create(source, { displayName: "Reports by region" }), (made) =>
    Effect.ignore(Skills.delete(made))
  )
  yield* Console.log(`\nCreated ${skill.id}, "${skill.display_name}", version ${skill.latest_version_id}`)

  yield* fileSystem.writeFileString(`${directory}/SKILL.md`, skillText("Makes reports of tables by region and month."))
  const version = yield* Skills.createVersion(skill, source)
  const versions = yield* Stream.runCollect(Skills.listVersions(skill))
  yield* Console.log(`Versions, the newest first: ${versions.map(({ id }) => id).join(", ")}`)
  const archive = yield* Stream.mkUint8Array(Skills.downloadVersion(skill, version))
  yield* Console.log(`The archive of ${version.id} has ${archive.length} bytes`)

  yield* Console.log("\nThe skills of the workspace")
  yield* Stream.runForEach(Skills.list(), ({ display_name, id, source }) =>
    Console.log(`  ${id.padEnd(14)} ${source.type.padEnd(10)} ${display_name}`)
  )

  const message = yield* Messages.create(paramsOf(version, "north"))
  yield* Console.log(`\n${Messages.text(message)}`)

  // A version is named, because the latest one may change while a batch runs.
  const requests = ["south", "west"].map((region) => BatchRequest.make(region, paramsOf(version, region)))
  const batch = yield* Batches.create(requests)
  yield* Console.log(`\nBatch ${batch.id} uses version ${version.id}`)
  yield* Batches.cancel(batch)
})

run(program.pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)), {
  cost: "One message and a batch of two are billed."
})
