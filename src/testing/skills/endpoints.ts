// The endpoints of skills and of their versions.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { Form } from "../files/form.ts"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import { cursorPage } from "../server/pages.ts"
import { ApiError, invalidRequest, notFound } from "../server/wire.ts"
import { displayNameProblem, readFiles } from "./rules.ts"
import { type Skills, type StoredVersion, viewSkill, viewVersion } from "./state.ts"
import { zip } from "./zip.ts"

const find = (skills: Skills) =>
  Effect.gen(function* () {
    const { workspaceId } = yield* Exchange
    const { id = "" } = yield* HttpRouter.params
    return skills.find(id, workspaceId) ?? (yield* notFound(`Skill not found: ${id}`))
  })

const findVersion = (skills: Skills) =>
  Effect.gen(function* () {
    const skill = yield* find(skills)
    const { version: id = "" } = yield* HttpRouter.params
    const version = skill.versions.find((each) => each.id === id && !each.isDeleted)
    return version === undefined ? yield* notFound(`Skill version not found: ${id}`) : { skill, version }
  })

/** A skill that the workspace may change. */
const findOwn = (skills: Skills) =>
  Effect.flatMap(find(skills), (skill) =>
    skill.workspaceId === undefined
      ? Effect.fail(
          new ApiError({ status: 403, type: "permission_error", message: `Skill ${skill.id} cannot be changed` })
        )
      : Effect.succeed(skill)
  )

const readUpload = Effect.gen(function* () {
  const form = yield* (yield* Exchange).body
  if (!(form instanceof Form)) return yield* invalidRequest("content-type: multipart/form-data is required")
  const parsed = readFiles(form.files)
  return typeof parsed === "string" ? yield* invalidRequest(parsed) : { form, parsed }
})

const join = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** The files of a version as an archive. */
const archive = ({ files }: StoredVersion): Uint8Array =>
  join(zip(files.map(({ filename, pieces = [] }) => ({ path: filename, bytes: join(pieces) }))))

const sources = ["custom", "anthropic"]

export const skillEndpoints = (skills: Skills, pageSizeDefault: number): ReadonlyArray<Endpoint> => {
  const one = { skill: find(skills), version: findVersion(skills), own: findOwn(skills) }
  return [
    {
      method: "POST",
      path: "/v1/skills",
      handler: Effect.gen(function* () {
        const { now, workspaceId } = yield* Exchange
        const { form, parsed } = yield* readUpload
        const displayName = form.fields.get("display_name")
        const problem = displayName === undefined ? undefined : displayNameProblem(displayName)
        if (problem !== undefined) return yield* invalidRequest(problem)
        const skill = skills.create({ workspaceId, displayName, parsed, files: form.files, now })
        return HttpServerResponse.jsonUnsafe(viewSkill(skill))
      })
    },
    {
      method: "GET",
      path: "/v1/skills",
      handler: Effect.gen(function* () {
        const { query, workspaceId } = yield* Exchange
        const source = query.get("source")
        if (source !== null && !sources.includes(source)) {
          return yield* invalidRequest(`source: ${source} is not one of ${sources.join(", ")}`)
        }
        const page = yield* cursorPage({
          items: skills.all().filter((skill) => (skill.workspaceId ?? workspaceId) === workspaceId),
          isListed: (skill) =>
            !skill.isDeleted &&
            (source === null || source === (skill.workspaceId === undefined ? "anthropic" : "custom")),
          toWire: viewSkill,
          query,
          pageSizeDefault
        })
        return HttpServerResponse.jsonUnsafe(page)
      })
    },
    {
      method: "GET",
      path: "/v1/skills/:id",
      handler: Effect.map(one.skill, (skill) => HttpServerResponse.jsonUnsafe(viewSkill(skill)))
    },
    {
      method: "DELETE",
      path: "/v1/skills/:id",
      handler: Effect.map(one.own, (skill) => {
        skill.isDeleted = true
        return HttpServerResponse.jsonUnsafe({ id: skill.id, type: "skill_deleted" })
      })
    },
    {
      method: "POST",
      path: "/v1/skills/:id/versions",
      handler: Effect.gen(function* () {
        const { now } = yield* Exchange
        const skill = yield* one.own
        const { form, parsed } = yield* readUpload
        const name = skill.versions[0]?.name
        if (parsed.name !== name) return yield* invalidRequest(`name: has to stay ${name}, and is ${parsed.name}`)
        return HttpServerResponse.jsonUnsafe(viewVersion(skill, skills.addVersion(skill, parsed, form.files, now)))
      })
    },
    {
      method: "GET",
      path: "/v1/skills/:id/versions",
      handler: Effect.gen(function* () {
        const { query } = yield* Exchange
        const skill = yield* one.skill
        const page = yield* cursorPage({
          items: skill.versions,
          isListed: (version) => !version.isDeleted,
          toWire: (version) => viewVersion(skill, version),
          query,
          pageSizeDefault
        })
        return HttpServerResponse.jsonUnsafe(page)
      })
    },
    {
      method: "GET",
      path: "/v1/skills/:id/versions/:version",
      handler: Effect.map(one.version, ({ skill, version }) =>
        HttpServerResponse.jsonUnsafe(viewVersion(skill, version))
      )
    },
    {
      method: "DELETE",
      path: "/v1/skills/:id/versions/:version",
      handler: Effect.gen(function* () {
        yield* one.own
        const { skill, version } = yield* one.version
        if (skill.versions.every((each) => each === version || each.isDeleted)) {
          return yield* invalidRequest("the only version of a skill cannot be deleted: delete the skill")
        }
        version.isDeleted = true
        return HttpServerResponse.jsonUnsafe({ id: version.id, type: "skill_version_deleted" })
      })
    },
    {
      method: "GET",
      path: "/v1/skills/:id/versions/:version/content",
      handler: Effect.gen(function* () {
        yield* one.own
        const { version } = yield* one.version
        return HttpServerResponse.uint8Array(archive(version), { contentType: "application/zip" })
      })
    }
  ]
}
