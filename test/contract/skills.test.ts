// The official SDK's calls of skills on the emulator, and skills that one SDK makes and the other uses.
import OfficialAnthropic, { toFile } from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as SkillSource from "effect-anthropic/SkillSource"
import * as Skills from "effect-anthropic/Skills"
import { Emulator } from "../support/batches.ts"
import { official, onServer } from "../support/official.ts"

const skillText = "---\nname: quarterly-report\ndescription: Makes the quarterly report.\n---\n# How to\n"

const filesOf = (files: { readonly [path: string]: string }) =>
  Promise.all(Object.entries(files).map(([path, text]) => toFile(Buffer.from(text), path)))

const all = { "report/SKILL.md": skillText, "report/scripts/run.py": "print(1)\n" }

const status = <A>(ask: (client: OfficialAnthropic) => PromiseLike<A>) =>
  Effect.map(Effect.flip(official(ask)), ({ cause }) =>
    cause instanceof OfficialAnthropic.APIError ? cause.status : String(cause)
  )

describe("the official SDK's calls of skills", () => {
  it.live("the official SDK creates, lists, retrieves and deletes skills and versions", () =>
    Effect.gen(function* () {
      const skill = yield* official(async (client) =>
        client.skills.create({ files: await filesOf(all), display_name: "Report" })
      )
      assert.deepInclude(skill, { type: "skill", display_name: "Report", source: { type: "custom" } })
      const [sent] = yield* (yield* Emulator).requests
      assert.deepNestedInclude(sent, { "body.files[1].filename": "report/scripts/run.py" })
      const version = yield* official(async (client) =>
        client.skills.versions.create(skill.id, { files: await filesOf(all) })
      )
      assert.deepInclude(version, { type: "skill_version", skill_id: skill.id, name: "quarterly-report" })
      const ids = yield* official(async (client) => {
        const seen: Array<string> = []
        for await (const each of client.skills.list({ limit: 2 })) seen.push(each.id)
        return seen
      })
      assert.deepStrictEqual(ids, [skill.id, "pdf", "docx", "xlsx", "pptx"])
      const custom = yield* official((client) => client.skills.list({ source: "custom" }))
      assert.lengthOf(custom.data, 1)
      const versions = yield* official(async (client) => {
        const seen: Array<string> = []
        for await (const each of client.skills.versions.list(skill.id, { limit: 1 })) seen.push(each.id)
        return seen
      })
      assert.deepStrictEqual(versions, [version.id, skill.latest_version_id])
      const renewed = yield* official((client) => client.skills.retrieve(skill.id))
      assert.strictEqual(renewed.latest_version_id, version.id)
      const again = yield* official((client) => client.skills.versions.retrieve(version.id, { skill_id: skill.id }))
      assert.deepStrictEqual({ ...again }, { ...version })
      const gone = yield* official((client) => client.skills.versions.delete(version.id, { skill_id: skill.id }))
      assert.deepInclude(gone, { id: version.id, type: "skill_version_deleted" })
      const last = yield* official((client) => client.skills.delete(skill.id))
      assert.deepInclude(last, { id: skill.id, type: "skill_deleted" })
      assert.strictEqual(yield* status((client) => client.skills.retrieve(skill.id)), 404)
    }).pipe(onServer())
  )

  it.live("both SDKs read the same metadata of a skill that either created, and download the same archive", () =>
    Effect.gen(function* () {
      const theirs = yield* official(async (client) => client.skills.create({ files: await filesOf(all) }))
      const source = SkillSource.fromFiles(Object.entries(all).map(([path, bytes]) => ({ path, bytes })))
      const ours = yield* Skills.createVersion(theirs.id, source)
      const seen = yield* official((client) => client.skills.versions.retrieve(ours.id, { skill_id: theirs.id }))
      assert.deepStrictEqual({ ...seen }, { ...ours, created_at: seen.created_at, type: "skill_version" })
      assert.strictEqual(DateTime.toEpochMillis(ours.created_at), Date.parse(seen.created_at))
      const skill = yield* Skills.retrieve(theirs.id)
      assert.strictEqual(skill.latest_version_id, ours.id)
      const bytes = yield* Stream.mkUint8Array(Skills.downloadVersion(skill, ours))
      const downloaded = yield* official(async (client) => {
        const response = await client.beta.skills.versions.download(ours.id, { skill_id: theirs.id })
        return new Uint8Array(await response.arrayBuffer())
      })
      assert.deepStrictEqual(downloaded, bytes)
    }).pipe(onServer())
  )

  it.live("the emulator refuses requests that the API refuses according to its documentation", () =>
    Effect.gen(function* () {
      const create = (files: { readonly [path: string]: string }, display_name?: string) =>
        status(async (client) =>
          client.skills.create({ files: await filesOf(files), ...(display_name === undefined ? {} : { display_name }) })
        )
      const text = (front: string) => ({ "r/SKILL.md": `---\n${front}\n---\n` })
      for (const files of [
        {},
        { "r/a.md": "x" },
        { "r/SKILL.md": skillText, "other/a.md": "x" },
        { "r/SKILL.md": skillText, "r/../a.md": "x" },
        { "r/SKILL.md": "# no front matter" },
        text("description: x"),
        text("name: a"),
        text("name: Report\ndescription: x"),
        text("name: my-claude\ndescription: x"),
        text(`name: ${"x".repeat(65)}\ndescription: x`),
        text(`name: a\ndescription: ${"x".repeat(1025)}`),
        text("name: a\ndescription: <b>x</b>"),
        { "r/SKILL.md": skillText, "r/large": "x".repeat(31_000_000) }
      ]) {
        assert.strictEqual(yield* create(files), 400, Object.keys(files).join())
      }
      for (const name of ["x".repeat(256), "a\nb"]) assert.strictEqual(yield* create(all, name), 400)
      const skill = yield* official(async (client) => client.skills.create({ files: await filesOf(all) }))
      const version = (files: { readonly [path: string]: string }, id = skill.id) =>
        status(async (client) => client.skills.versions.create(id, { files: await filesOf(files) }))
      assert.strictEqual(yield* version(text("name: other\ndescription: x")), 400)
      assert.strictEqual(yield* version({}), 400)
      assert.strictEqual(yield* version(all, "skill_404"), 404)
      assert.strictEqual(yield* version(all, "pptx"), 403)
      assert.strictEqual(yield* status((client) => client.skills.delete("pptx")), 403)
      const only = { skill_id: skill.id }
      assert.strictEqual(yield* status((client) => client.skills.versions.delete(skill.latest_version_id, only)), 400)
      assert.strictEqual(yield* status((client) => client.skills.versions.retrieve("skver_404", only)), 404)
      assert.strictEqual(yield* status((client) => client.skills.list({ source: "mine" })), 400)
      assert.strictEqual(
        yield* status((client) => client.beta.skills.versions.download("20251013", { skill_id: "pdf" })),
        403
      )
      assert.strictEqual(yield* status((client) => client.post("/v1/skills", { body: { display_name: "x" } })), 400)
    }).pipe(onServer())
  )
})
