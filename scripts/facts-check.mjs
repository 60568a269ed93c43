// Lists the facts of src/facts that hold today and whose page was read more than 90 days ago.
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

// `| head` is no error.
process.stdout.on("error", () => process.exit())

const maxAgeDays = 90
const room = fileURLToPath(new URL("../src/facts/", import.meta.url))

/** Every object in a value that names its source, with the place where it stands. */
const factsIn = (value, place) => {
  if (typeof value !== "object" || value === null) return []
  const inner = Object.entries(value).flatMap(([name, field]) =>
    factsIn(field, Array.isArray(value) ? place : `${place}.${name}`)
  )
  return "source" in value && "read" in value ? [{ place, ...value }, ...inner] : inner
}

const facts = []
for (const file of readdirSync(room).filter((name) => name.endsWith(".ts"))) {
  const built = buildSync({ entryPoints: [`${room}${file}`], bundle: true, write: false, format: "esm" })
  const module = await import(`data:text/javascript,${encodeURIComponent(built.outputFiles[0].text)}`)
  for (const [name, value] of Object.entries(module)) facts.push(...factsIn(value, name))
}

const ageOf = ({ read }) => Math.floor((Date.now() - Date.parse(read)) / 86_400_000)
const nameOf = ({ counter, id, model, models, name, parameter, prefix, speed, type }) =>
  [model ?? id ?? name ?? counter ?? parameter ?? prefix ?? type ?? models?.join(" ") ?? "", speed ?? ""]
    .join(" ")
    .trim()
// What is over does not change any more.
const isOver = ({ retires, until = retires }) => until !== undefined && Date.parse(until) <= Date.now()
const old = facts.filter((fact) => !isOver(fact) && ageOf(fact) > maxAgeDays).sort((a, b) => ageOf(b) - ageOf(a))

for (const fact of old) {
  const period = fact.from === undefined ? "" : ` from ${fact.from}${fact.until ? ` to ${fact.until}` : ""}`
  const what = `${nameOf(fact)}${period}`.slice(0, 60).padEnd(60)
  console.log([`${ageOf(fact)} days`.padStart(9), fact.place.padEnd(20), what, fact.source].join("  "))
}
console.log(`${old.length} of ${facts.length} facts hold today and were read more than ${maxAgeDays} days ago.`)
