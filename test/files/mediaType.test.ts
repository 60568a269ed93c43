import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { onEmulator } from "../support/batches.ts"
import { noise, piecesOf, requests } from "../support/files.ts"

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

const png = bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
const jpeg = bytes("\xff\xd8\xff\xe0\0\x10JFIF\0")
const pdf = bytes("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
const zip = bytes("PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0")
const ole = bytes("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0")
const code = bytes('fn main() {\n\tprintln!("hello");\n}\n')

const office = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation"
}

/** Uploads a source, and returns the `Content-Type` of its part. */
const sentFor = <E>(source: FileSource.FileSource<E>) =>
  Effect.gen(function* () {
    yield* Files.upload(source)
    const body = (yield* requests).at(-1)?.body
    assert(typeof body === "object" && body !== null && "file" in body)
    assert(typeof body.file === "object" && body.file !== null && "type" in body.file)
    return body.file.type
  })

const named = (name: string, content: Uint8Array) => sentFor(FileSource.fromBytes(content, { name }))

/** What is sent for a `File`, whose type is what a browser or a program reports. */
const reported = (type: string, name: string, content: Uint8Array) =>
  sentFor(FileSource.fromBlob(new File([content.slice()], name, { type })))

describe("the media type of an upload", () => {
  it.effect("is that of the caller, else that of the first bytes, else that of the name", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* sentFor(FileSource.fromBytes(png, { name: "a.csv", type: "a/b" })), "a/b")
      assert.strictEqual(yield* named("a.csv", png), "image/png")
      assert.strictEqual(yield* named("a", png), "image/png")
      assert.strictEqual(yield* named("a.CSV", bytes("x,y\n")), "text/csv")
      assert.strictEqual(yield* named("a.pdf", noise(5000)), "application/pdf")
      assert.strictEqual(yield* sentFor(FileSource.fromBytes(png)), "image/png")
      assert.isUndefined(yield* sentFor(FileSource.fromBytes(noise(5000))))
    }).pipe(onEmulator())
  )

  const starts: ReadonlyArray<readonly [start: string, type: string | undefined]> = [
    ["%PDF-1.7", "application/pdf"],
    ["\xff\xd8\xff\xe0", "image/jpeg"],
    ["GIF87a", "image/gif"],
    ["GIF89a", "image/gif"],
    ["RIFF\x10\0\0\0WEBPVP8 ", "image/webp"],
    ["\x1f\x8b\x08", "application/gzip"],
    ["PK\x03\x04", "application/zip"],
    ["name,age\r\n\tx,1\n", "text/plain"],
    ["\x1b[31mred\x1b[0m", "text/plain"],
    ["GIF", "text/plain"],
    ["a\0b", undefined],
    ["\xff\xfe\xfd", undefined]
  ]
  it.effect("is found from the first bytes, in chunks of any size", () =>
    Effect.gen(function* () {
      for (const [start, type] of starts) {
        assert.strictEqual(yield* sentFor(FileSource.fromBytes(bytes(start))), type, start)
        const single = FileSource.fromStream(() => piecesOf(bytes(start), 1))
        assert.strictEqual(yield* sentFor(single), type, start)
        assert.strictEqual(yield* sentFor(FileSource.fromStreamOnce(piecesOf(bytes(start), 1))), type, start)
      }
      const cut = FileSource.fromText("é".repeat(2000), { name: "a" })
      assert.strictEqual(yield* sentFor(cut), "text/plain")
    }).pipe(onEmulator())
  )

  it.effect("is `text/plain` for source code and text that the API only reads as text", () =>
    Effect.gen(function* () {
      const names = `main.rs a.ts a.mts a.tsx a.js a.mjs a.cjs a.jsx a.py a.go a.java a.c a.h a.cpp a.cs a.rb a.php a.sh a.sql
        a.css a.html a.md README.markdown a.yaml a.yml a.toml a.ini a.log a.rst a.tex a.vtt a.srt a.ics a.kt a.swift
        Dockerfile Makefile .env .ts pdf a.unheard a.bin a.dot`
      for (const name of names.split(/\s+/)) assert.strictEqual(yield* named(name, code), "text/plain", name)
      // A name is enough where no bytes contradict it.
      for (const name of ["main.rs", "a.ts", "a.md"]) {
        assert.strictEqual(yield* named(name, new Uint8Array()), "text/plain", name)
      }
      assert.strictEqual(yield* named("latin1.c", bytes("// caf\xe9\n")), "text/plain")
      assert.strictEqual(yield* named("utf16.txt", bytes("\xff\xfea\0b\0")), "text/plain")
    }).pipe(onEmulator())
  )

  it.effect("is not `text/plain` for data that code execution reads, such as CSV and JSON", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* named("a.csv", bytes("a,b\n")), "text/csv")
      assert.strictEqual(yield* named("a.tsv", bytes("a\tb\n")), "text/tab-separated-values")
      assert.strictEqual(yield* named("a.json", bytes("{}")), "application/json")
      assert.strictEqual(yield* named("a.xml", bytes("<a/>")), "application/xml")
      assert.strictEqual(yield* named("a.svg", bytes("<svg/>")), "image/svg+xml")
    }).pipe(onEmulator())
  )

  it.effect("is the office type of the name for office files, whose bytes are those of an archive", () =>
    Effect.gen(function* () {
      for (const [extension, type] of Object.entries(office)) {
        assert.strictEqual(yield* named(`a.${extension}`, zip), type)
        assert.strictEqual(yield* named(`A.${extension.toUpperCase()}`, zip), type)
        assert.strictEqual(yield* named(`a.${extension}`, new Uint8Array()), type)
        // As a browser reports it: without a type, as an archive, or right.
        for (const said of ["", "application/zip", "application/x-zip-compressed", "application/octet-stream", type]) {
          assert.strictEqual(yield* reported(said, `a.${extension}`, zip), type, said)
        }
        assert.strictEqual(yield* reported(type, "report", zip), type)
      }
      assert.strictEqual(yield* named("old.doc", ole), "application/msword")
      assert.strictEqual(yield* named("old.xls", ole), "application/vnd.ms-excel")
      assert.strictEqual(yield* named("new.doc", zip), office.docx)
      assert.strictEqual(yield* named("new.xls", zip), office.xlsx)
      assert.strictEqual(yield* named("a.odt", zip), "application/vnd.oasis.opendocument.text")
      assert.strictEqual(yield* named("a.epub", zip), "application/epub+zip")
      assert.strictEqual(yield* named("a.zip", zip), "application/zip")
      assert.strictEqual(yield* named("a.xlsx", bytes("a\tb\n1\t2\n")), "text/plain")
    }).pipe(onEmulator())
  )

  it.effect("is that of the first bytes when the name has another type", () =>
    Effect.gen(function* () {
      for (const name of ["photo.txt", "photo.jpg", "photo.docx", "photo.rs", "photo.bin", "photo"]) {
        assert.strictEqual(yield* named(name, png), "image/png", name)
        assert.strictEqual(yield* reported("text/plain", name, png), "image/png", name)
      }
      assert.strictEqual(yield* named("photo.png", jpeg), "image/jpeg")
      assert.strictEqual(yield* named("report.doc", pdf), "application/pdf")
      assert.strictEqual(yield* named("data.csv", bytes("\x1f\x8b\x08\0\0")), "application/gzip")
      assert.strictEqual(yield* named("notes.txt", zip), "application/zip")
      assert.strictEqual(yield* named("picture.svgz", bytes("\x1f\x8b\x08\0\0")), "image/svg+xml")
      // What is text cannot be an image or PDF, and what has zeros cannot be plain text.
      assert.strictEqual(yield* named("photo.png", code), "text/plain")
      assert.strictEqual(yield* named("report.pdf", code), "text/plain")
      assert.isUndefined(yield* named("film.ts", bytes("G@\0\x10\0\0")))
      assert.isUndefined(yield* named("notes.txt", bytes("a\0\0\0b")))
    }).pipe(onEmulator())
  )

  it.effect("does not come from a blob whose type is malformed, empty or unspecific", () =>
    Effect.gen(function* () {
      const odd = [
        "",
        "garbage",
        "application/octet-stream",
        "binary/octet-stream",
        "application/x-unknown",
        "*/*",
        "/",
        "text/"
      ]
      for (const type of odd) {
        assert.strictEqual(yield* reported(type, "a.csv", bytes("a,b")), "text/csv", type)
        assert.strictEqual(yield* reported(type, "a", code), "text/plain", type)
        assert.isUndefined(yield* reported(type, "a", noise(100)), type)
      }
      assert.strictEqual(yield* reported("application/rls-services+xml", "main.rs", code), "text/plain")
      assert.strictEqual(yield* reported("video/mp2t", "a.ts", code), "text/plain")
      assert.strictEqual(yield* reported("application/vnd.ms-excel", "a.csv", bytes("a,b")), "text/csv")
      assert.strictEqual(yield* reported("text/x-python", "a.py", code), "text/plain")
      assert.strictEqual(yield* reported("text/javascript", "a", code), "text/plain")
    }).pipe(onEmulator())
  )

  it.effect("comes from a blob whose type is more specific than the name", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reported("text/plain", "a.csv", bytes("a,b")), "text/plain")
      assert.strictEqual(yield* reported("text/plain;charset=utf-8", "a", bytes("a,b")), "text/plain")
      assert.strictEqual(yield* reported("text/csv", "a.bin", bytes("a,b")), "text/csv")
      assert.strictEqual(yield* reported("application/json", "data", bytes("{}")), "application/json")
      assert.strictEqual(yield* reported("audio/mpeg", "a", noise(100)), "audio/mpeg")
      const told = FileSource.fromBlob(new Blob([png], { type: "image/png" }), { type: "text/csv" })
      assert.strictEqual(yield* sentFor(told), "text/csv")
    }).pipe(onEmulator())
  )

  const aliases: ReadonlyArray<readonly [alias: string, type: string]> = [
    ["image/jpg", "image/jpeg"],
    ["image/pjpeg", "image/jpeg"],
    ["IMAGE/JPG", "image/jpeg"],
    ["image/x-png", "image/png"],
    ["image/png; charset=binary", "image/png"],
    ["application/x-pdf", "application/pdf"],
    ["application/pdf;version=1.7", "application/pdf"],
    ["text/x-markdown", "text/markdown"],
    ["text/x-csv", "text/csv"],
    ["application/x-zip-compressed", "application/zip"],
    ["application/x-gzip", "application/gzip"],
    ["text/plain; charset=UTF-8", "text/plain"],
    ["text/plain; charset=iso-8859-1", "text/plain; charset=iso-8859-1"],
    ["text/csv; header=present", "text/csv; header=present"],
    ["application/octet-stream", "application/octet-stream"],
    ["application/rls-services+xml", "application/rls-services+xml"]
  ]
  for (const [alias, type] of aliases) {
    it.effect(`is sent under its usual name when the caller states it: ${alias}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* sentFor(FileSource.fromBytes(code, { type: alias })), type)
      }).pipe(onEmulator())
    )
  }

  it.effect("is refused when it cannot be sent in a header", () =>
    Effect.gen(function* () {
      for (const type of ["text", "text/plain\r\nX-Y: z", "/plain", ""]) {
        const error = yield* Effect.flip(Files.upload(FileSource.fromText("x", { type })))
        assert(error._tag === "RequestRefusedError")
        assert.deepStrictEqual(error.reasons, [
          { path: "type", description: `${JSON.stringify(type)} is not a media type` }
        ])
      }
      assert.lengthOf(yield* requests, 0)
    }).pipe(onEmulator())
  )
})

describe("the name and the block of an upload", () => {
  it.effect("an unnamed file gets the usual extension of its type", () =>
    Effect.gen(function* () {
      const nameFor = (type: string) => Effect.map(Files.upload(FileSource.fromBytes(zip, { type })), (f) => f.filename)
      assert.strictEqual(yield* nameFor("image/jpg"), "unnamed.jpg")
      assert.strictEqual(yield* nameFor(office.docx), "unnamed.docx")
      assert.strictEqual(yield* nameFor("application/vnd.ms-excel"), "unnamed.xls")
      assert.strictEqual(yield* nameFor("text/plain; charset=utf-8"), "unnamed.txt")
      assert.strictEqual(yield* nameFor("a/b"), "unnamed")
    }).pipe(onEmulator())
  )

  it.effect("`contentBlock` is the block for the type that was sent", () =>
    Effect.gen(function* () {
      const blockFor = (source: FileSource.FileSource<Error>) =>
        Effect.map(Files.upload(source), (file) => Result.getOrThrow(Files.contentBlock(file)).type)
      const from = (name: string, content: Uint8Array) => blockFor(FileSource.fromBytes(content, { name }))
      assert.strictEqual(yield* from("main.rs", code), "document")
      assert.strictEqual(yield* from("README.md", code), "document")
      assert.strictEqual(yield* from("report.doc", pdf), "document")
      assert.strictEqual(yield* from("photo.txt", png), "image")
      assert.strictEqual(yield* from("a.docx", zip), "container_upload")
      assert.strictEqual(yield* from("a.csv", bytes("a,b")), "container_upload")
      const jpg = new File([jpeg.slice()], "photo", { type: "image/jpg" })
      assert.strictEqual(yield* blockFor(FileSource.fromBlob(jpg)), "image")
      assert.strictEqual(yield* blockFor(FileSource.fromBytes(jpeg, { type: "image/jpg" })), "image")
      assert.strictEqual(yield* blockFor(FileSource.fromBytes(pdf, { type: "application/x-pdf" })), "document")
    }).pipe(onEmulator())
  )

  it.effect("`contentBlock` accepts other names of a stored type", () =>
    Effect.gen(function* () {
      const file = yield* Files.upload(FileSource.fromText("x"))
      for (const [mime_type, block] of [
        ["image/jpg", "image"],
        ["application/x-pdf", "document"],
        ["text/x-markdown", "container_upload"],
        ["application/x-zip-compressed", "container_upload"]
      ] as const) {
        assert.strictEqual(Result.getOrThrow(Files.contentBlock({ ...file, mime_type })).type, block)
      }
    }).pipe(onEmulator())
  )
})
