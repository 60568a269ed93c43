// Skills from directories to messages, on the emulator.
import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as SkillSource from "effect-anthropic/SkillSource"
import * as Skills from "effect-anthropic/Skills"
import { calls, Emulator, Fault, onEmulator, script } from "./support/batches.ts"
import { directory } from "./support/files.ts"

const skillText = (front: string) => `---\n${front}\n---\n# How to\n`

const front = "name: quarterly-report\ndescription: Makes the quarterly report."

const source = (changes: { readonly [path: string]: string | Uint8Array } = {}) =>
  SkillSource.fromFiles(
    Object.entries({ "quarterly-report/SKILL.md": skillText(front), ...changes }).map(([path, bytes]) => ({
      path,
      bytes
    }))
  )

/** A directory with these files. */
const directoryOf = (files: { readonly [path: string]: string }) =>
  Effect.map(directory, (root) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return root
  })

const skillDirectory = directoryOf({
  "quarterly-report/SKILL.md": skillText(front),
  "quarterly-report/scripts/run.py": "print(1)\n",
  "quarterly-report/.git/config": "[core]\n"
})

const refused = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(call), (error) => {
    assert(Reflect.get(Object(error), "_tag") === "RequestRefusedError", String(error))
    const reasons: ReadonlyArray<{ readonly path: string; readonly description: string }> = Reflect.get(
      Object(error),
      "reasons"
    )
    return reasons.map(({ description, path }) => `${path}: ${description}`)
  })

const onDisk = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(NodeFileSystem.layer), onEmulator())

describe("SkillSource.fromDirectory", () => {
  it.effect("sends every file under the name of the directory", () =>
    Effect.gen(function* () {
      const root = yield* skillDirectory
      const skill = yield* Skills.create(SkillSource.fromDirectory(join(root, "quarterly-report/")), {
        displayName: "Quarterly report"
      })
      assert.strictEqual(skill.display_name, "Quarterly report")
      const [sent] = yield* (yield* Emulator).requests
      const names = ".git/config SKILL.md scripts/run.py".split(" ").map((path) => `quarterly-report/${path}`)
      assert.deepNestedInclude(sent, { "body.display_name": "Quarterly report" })
      const files: ReadonlyArray<{ readonly filename: string }> = Reflect.get(Object(sent?.body), "files")
      assert.deepStrictEqual(files.map(({ filename }) => filename).sort(), names)
    }).pipe(onDisk)
  )

  it.effect("leaves out files that `include` rejects, and follows links within the directory", () =>
    Effect.gen(function* () {
      const root = yield* skillDirectory
      symlinkSync(join(root, "quarterly-report/scripts"), join(root, "quarterly-report/linked"))
      symlinkSync("scripts/run.py", join(root, "quarterly-report/main.py"))
      symlinkSync(join(root, "quarterly-report"), join(root, "report"))
      const files = yield* SkillSource.fromDirectory(join(root, "report"), {
        include: (path) => path !== ".git"
      }).read("Test")
      assert.deepStrictEqual(files.map(({ path }) => path).sort(), [
        "report/SKILL.md",
        "report/linked/run.py",
        "report/main.py",
        "report/scripts/run.py"
      ])
    }).pipe(onDisk)
  )

  it.effect("refuses links that leave the directory or loop, and special files, before anything is sent", () =>
    Effect.gen(function* () {
      const root = yield* skillDirectory
      const skill = join(root, "quarterly-report")
      writeFileSync(join(root, "secret"), "x")
      mkdirSync(join(root, "quarterly-report-2"))
      symlinkSync(join(root, "secret"), join(skill, "a-file"))
      symlinkSync("..", join(skill, "b-parent"))
      symlinkSync("../quarterly-report-2", join(skill, "c-neighbour"))
      symlinkSync(".", join(skill, "d-itself"))
      symlinkSync("../../quarterly-report/scripts", join(skill, "scripts/e-loop"))
      execFileSync("mkfifo", [join(skill, "f-pipe")])
      const source = SkillSource.fromDirectory(skill)
      assert.deepStrictEqual((yield* refused(Skills.create(source))).sort(), [
        "quarterly-report/a-file: the link leads out of the directory",
        "quarterly-report/b-parent: the link leads out of the directory",
        "quarterly-report/c-neighbour: the link leads out of the directory",
        "quarterly-report/d-itself: the link leads back to a directory above it",
        "quarterly-report/f-pipe: it is a FIFO, not a regular file",
        "quarterly-report/scripts/e-loop: the link leads back to a directory above it"
      ])
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onDisk)
  )

  it.effect("refuses a file of 31 MB before it reads it", () =>
    Effect.gen(function* () {
      const root = yield* skillDirectory
      const large = join(root, "quarterly-report/data.bin")
      writeFileSync(large, "")
      truncateSync(large, 31_000_000)
      const reasons = yield* refused(Skills.create(SkillSource.fromDirectory(join(root, "quarterly-report"))))
      assert.lengthOf(reasons, 1)
      assert.match(reasons[0] ?? "", /^files: 310000\d\d bytes are over 30000000$/)
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onDisk)
  )

  it.effect("fails with PlatformError where there is no directory, or a link leads nowhere", () =>
    Effect.gen(function* () {
      const root = yield* skillDirectory
      const missing = yield* Effect.flip(Skills.create(SkillSource.fromDirectory(join(root, "nowhere"))))
      assert.strictEqual(missing._tag, "PlatformError")
      symlinkSync("nowhere", join(root, "quarterly-report/broken"))
      const broken = yield* Effect.flip(Skills.create(SkillSource.fromDirectory(join(root, "quarterly-report"))))
      assert.strictEqual(broken._tag, "PlatformError")
    }).pipe(onDisk)
  )
})

describe("the files of a skill", () => {
  const reasonsOf = (files: ReadonlyArray<readonly [path: string, text: string]>) =>
    refused(Skills.create(SkillSource.fromFiles(files.map(([path, bytes]) => ({ path, bytes })))))
  const skill = ["s/SKILL.md", skillText(front)] as const

  it.effect("must be in one directory with a SKILL.md, at paths that stay in it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* reasonsOf([]), ["files: there are no files"])
      assert.deepStrictEqual(yield* reasonsOf([["s/a.md", ""]]), ["s/SKILL.md: there is no such file"])
      assert.deepStrictEqual(yield* reasonsOf([["s/skill.md", skillText(front)]]), [
        's/SKILL.md: it is written "s/skill.md"'
      ])
      assert.deepStrictEqual(yield* reasonsOf([skill, ["t/a.md", ""]]), [
        "files: they are not all in one top directory with a SKILL.md"
      ])
      for (const [path, problem] of [
        ["s/../a", "the path leads out of the skill"],
        ["s/./a", "the path is not a relative path of a file"],
        ["s//a", "the path is not a relative path of a file"],
        ["s/a/", "the path is not a relative path of a file"],
        ["s/SKILL.md", "the path comes twice"],
        ["s/a\\b", "the path has a quote, a backslash or a control character"],
        ['s/"a"', "the path has a quote, a backslash or a control character"],
        ["s/a\nb", "the path has a quote, a backslash or a control character"],
        ["s/\ud800", "the path is not well-formed Unicode"]
      ] as const) {
        assert.deepStrictEqual(yield* reasonsOf([skill, [path, ""]]), [`${path}: ${problem}`])
      }
      assert.include(
        yield* reasonsOf([["/etc/SKILL.md", skillText(front)]]),
        ["/etc/SKILL.md: the path is not a relative path of a file"][0]
      )
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )

  it.effect("must have front matter whose name and description follow the documented rules", () =>
    Effect.gen(function* () {
      const at = "s/SKILL.md"
      const of = (text: string) => reasonsOf([[at, text]])
      const noFront = [`${at}: it does not begin with front matter between two lines "---"`]
      assert.deepStrictEqual(yield* of("# How to"), noFront)
      assert.deepStrictEqual(yield* of(`\n${skillText(front)}`), noFront)
      assert.deepStrictEqual(yield* of(`---\n${front}\n`), noFront)
      assert.deepStrictEqual(yield* of(skillText("license: MIT")), [
        `${at}: name: the front matter does not have it`,
        `${at}: description: the front matter does not have it`
      ])
      const named = (name: string) => of(skillText(`name: ${name}\ndescription: x`))
      for (const name of ["Report", "my_skill", "über", "a b", '"My skill"']) {
        assert.match((yield* named(name))[0] ?? "", /is not made of a-z, 0-9 and "-"$/, name)
      }
      assert.match((yield* named("x".repeat(65)))[0] ?? "", /is longer than 64 characters$/)
      assert.deepStrictEqual(yield* named("claude-helper"), [
        `${at}: name: "claude-helper" has the reserved word "claude"`
      ])
      assert.match((yield* named("my-anthropic"))[0] ?? "", /has the reserved word "anthropic"$/)
      const described = (text: string) => of(skillText(`name: a\ndescription: ${text}`))
      assert.deepStrictEqual(yield* described(""), [`${at}: description: it is empty`])
      assert.deepStrictEqual(yield* described("''"), [`${at}: description: it is empty`])
      assert.deepStrictEqual(yield* described("é".repeat(1025)), [
        `${at}: description: it is longer than 1024 characters`
      ])
      assert.deepStrictEqual(yield* described(">\n  Use <b>this</b>\n  now"), [`${at}: description: it has an XML tag`])
      const notText = SkillSource.fromFiles([{ path: at, bytes: Uint8Array.from([0xff]) }])
      assert.deepStrictEqual(yield* refused(Skills.create(notText)), [`${at}: it is not UTF-8`])
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )

  it.effect("may have front matter in other forms of YAML, and values that are not parsed are left to the API", () =>
    Effect.gen(function* () {
      for (const text of [
        `\ufeff---\r\nname: a\r\ndescription: x\r\n---\r\n`,
        skillText("\"name\": \"a\"\n'description': 'it''s < 5' # a comment"),
        skillText("# a comment\nname: a # the slug\ndescription: |\n  First.\n\n  Second.\nmetadata:\n  name: Other"),
        skillText(`name: ${"x".repeat(64)}\ndescription: ${"é".repeat(1024)}`),
        skillText("name: claudette\ndescription: >-\n  a\n  b"),
        skillText("name: a\ndescription: a < b\n  and b > a"),
        `---\nname: a\ndescription: "tab\\t and \\"quotes\\""\n...\n`
      ]) {
        const files = yield* SkillSource.fromFiles([{ path: "SKILL.md", bytes: text }]).read("Test")
        assert.lengthOf(files, 1)
      }
      for (const name of ["&anchor a", "*alias", "!tag a", "[a]", "{a: b}", "null", "12", '"\\u0041"', "|"]) {
        const text = skillText(`name: ${name}\ndescription: x`)
        const result = yield* Effect.result(SkillSource.fromFiles([{ path: "SKILL.md", bytes: text }]).read("Test"))
        assert.strictEqual(result._tag, name === "|" ? "Failure" : "Success", name)
      }
    })
  )

  it.effect("are refused together, with at most 100 reasons", () =>
    Effect.gen(function* () {
      const paths = Array.from({ length: 150 }, (_, index) => ({ path: `s/../${index}`, bytes: "" }))
      const error = yield* Effect.flip(Skills.create(SkillSource.fromFiles(paths)))
      assert(error._tag === "RequestRefusedError")
      assert.deepStrictEqual([error.operation, error.reasons.length, error.omitted], ["Skills.create", 100, 51])
    }).pipe(onEmulator())
  )
})

describe("Skills", () => {
  it.effect("creates, lists, retrieves and deletes skills and versions", () =>
    Effect.gen(function* () {
      const skill = yield* Skills.create(source())
      assert.strictEqual(skill.display_name, "quarterly-report")
      const second = yield* Skills.createVersion(skill, source({ "quarterly-report/new.md": "x" }))
      assert.deepInclude(second, { skill_id: skill.id, name: "quarterly-report" })
      const renewed = yield* Skills.retrieve(skill.id)
      assert.strictEqual(renewed.latest_version_id, second.id)
      const versions = yield* Stream.runCollect(Skills.listVersions(skill, { pageSize: 1 }))
      assert.deepStrictEqual(
        versions.map(({ id }) => id),
        [second.id, skill.latest_version_id]
      )
      assert.lengthOf((yield* Skills.listVersionsPage(skill)).data, 2)
      assert.lengthOf(yield* Stream.runCollect(Skills.listVersionsPages(skill, { pageSize: 1 })), 2)
      assert.deepStrictEqual(yield* Skills.retrieveVersion(skill, second), second)
      // Data-last, too.
      assert.deepStrictEqual(yield* pipe(skill.id, Skills.retrieveVersion(second.id)), second)
      const all = yield* Stream.runCollect(Skills.list({ pageSize: 2 }))
      assert.deepStrictEqual(
        all.map(({ id }) => id),
        [skill.id, "pdf", "docx", "xlsx", "pptx"]
      )
      assert.lengthOf((yield* Skills.listPage({ source: "custom" })).data, 1)
      assert.lengthOf(yield* Stream.runCollect(Skills.listPages({ source: "anthropic", pageSize: 2 })), 2)
      assert.deepInclude(yield* Skills.deleteVersion(skill, second), { id: second.id, type: "skill_version_deleted" })
      assert.strictEqual((yield* Skills.retrieve(skill)).latest_version_id, skill.latest_version_id)
      assert.deepInclude(yield* Skills.delete(skill), { id: skill.id, type: "skill_deleted" })
      assert.strictEqual((yield* Effect.flip(Skills.retrieve(skill)))._tag, "NotFoundError")
      assert.strictEqual((yield* Effect.flip(Skills.delete(skill)))._tag, "NotFoundError")
    }).pipe(onEmulator())
  )

  it.effect("downloads a version as an archive, and fails with the number of bytes delivered when it is cut off", () =>
    Effect.gen(function* () {
      const skill = yield* Skills.create(source({ "quarterly-report/a.txt": "x".repeat(50_000) }))
      const download = Skills.downloadVersion(skill, skill.latest_version_id)
      const bytes = yield* Stream.mkUint8Array(download)
      assert.deepStrictEqual([...bytes.subarray(0, 4)], [0x50, 0x4b, 3, 4])
      yield* script({ ...Fault.resetAfter(1_000), when: { path: /\/content$/ } })
      const error = yield* Effect.flip(Stream.runDrain(download))
      assert(error._tag === "StreamInterruptedError", error._tag)
      assert.isAbove(error.delivered, 0)
    }).pipe(onEmulator())
  )

  it.effect(
    "fails with IndeterminateError when a skill may exist, and repeats a create only when none was created",
    () =>
      Effect.gen(function* () {
        yield* script(Fault.processedThenReset())
        const unknown = yield* Effect.flip(Skills.create(source()))
        assert.strictEqual(unknown._tag, "IndeterminateError")
        yield* script(Fault.status(529))
        yield* Skills.create(source())
        assert.deepStrictEqual(yield* calls, ["POST /v1/skills", "POST /v1/skills", "POST /v1/skills"])
        assert.lengthOf(yield* Stream.runCollect(Skills.list({ source: "custom" })), 2)
      }).pipe(onEmulator())
  )

  it.effect("refuses invalid display names and the beta of 2025 before anything is sent", () =>
    Effect.gen(function* () {
      for (const displayName of ["", " ", "a\nb", "x".repeat(256)]) {
        assert.match((yield* refused(Skills.create(source(), { displayName })))[0] ?? "", /^displayName: /)
      }
      const callsOfAll: ReadonlyArray<
        Effect.Effect<void, Skills.CreateError | Skills.ListError, HttpClient.HttpClient>
      > = [
        Effect.asVoid(Skills.create(source())),
        Effect.asVoid(Skills.createVersion("skill_1", source())),
        Effect.asVoid(Skills.retrieve("skill_1")),
        Effect.asVoid(Skills.retrieveVersion("skill_1", "skver_1")),
        Stream.runDrain(Skills.list()),
        Stream.runDrain(Skills.listVersions("skill_1"))
      ]
      for (const call of callsOfAll) {
        assert.match(
          (yield* refused(call.pipe(Anthropic.withSettings({ betas: ["skills-2025-10-02"] }))))[0] ?? "",
          /^betas: /
        )
      }
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )
})

describe("Skills.container", () => {
  const tools: Messages.MessageParams["tools"] = [{ type: "code_execution_20260521", name: "code_execution" }]
  const params = { model: "claude-opus-5-5", max_tokens: 100, messages: [Messages.user("Hello")] }

  it.effect("names skills of every kind for a message and for a batch", () =>
    Effect.gen(function* () {
      const skill = yield* Skills.create(source())
      const version = yield* Skills.retrieveVersion(skill, skill.latest_version_id)
      const xlsx = yield* Skills.retrieve("xlsx")
      const container = Skills.container(
        [skill, version, "pdf", xlsx, { id: skill.id, version: "latest" }, { id: "docx" }],
        {
          id: "container_1"
        }
      )
      assert.deepStrictEqual(container, {
        id: "container_1",
        skills: [
          { type: "custom", skill_id: skill.id },
          { type: "custom", skill_id: skill.id, version: version.id },
          { type: "anthropic", skill_id: "pdf" },
          { type: "anthropic", skill_id: "xlsx" },
          { type: "custom", skill_id: skill.id, version: "latest" },
          { type: "anthropic", skill_id: "docx" }
        ]
      })
      assert.notProperty(Skills.container(["pdf"]), "id")
      yield* Messages.create({ ...params, tools, container })
      const batch = yield* Batches.create([BatchRequest.make("one", { ...params, tools, container })])
      yield* (yield* Emulator).endBatch(batch.id)
      const [result] = yield* Stream.runCollect(Batches.results(batch.id))
      assert.strictEqual(result?.result.type, "succeeded")
    }).pipe(onEmulator())
  )

  it.effect("of an unknown, deleted, mistyped or 21st skill, or without its tool, is refused by the emulator", () =>
    Effect.gen(function* () {
      const skill = yield* Skills.create(source())
      const ask = (container: Messages.MessageParams["container"], changes: object = { tools }) =>
        Effect.map(Effect.flip(Messages.create({ ...params, container, ...changes })), (error) => error.message)
      assert.match(yield* ask(Skills.container(["skill_404"])), /no such skill: skill_404/)
      assert.match(yield* ask(Skills.container([{ id: skill.id, version: "skver_404" }])), /no such skill/)
      assert.match(yield* ask({ skills: [{ type: "anthropic", skill_id: skill.id }] }), /is not the type/)
      assert.match(yield* ask(Skills.container(["pdf"]), {}), /the code execution tool is required/)
      const many = (count: number) => Skills.container(Array.from({ length: count }, () => "pdf"))
      assert.match(yield* ask(many(21)), /at most 20 entries, got 21/)
      yield* Messages.create({ ...params, container: many(20), tools })
      yield* Skills.delete(skill)
      assert.match(yield* ask(Skills.container([skill])), /no such skill/)
      yield* Messages.create({ ...params, container: { skills: [] } })
      yield* Messages.create({ ...params, container: { id: "container_1", skills: null } })
    }).pipe(onEmulator())
  )
})
