// Hashes and what is made of them: the ids that were seen, and the digests of chunks.
import { assert, describe, it } from "@effect/vitest"
import { BytesDigest, Digest } from "../../src/hash/digest.ts"
import { hashOf, hashText } from "../../src/hash/hash.ts"
import { SeenIds } from "../../src/hash/seen.ts"

describe("the ids that were seen", () => {
  it("are recognized, and take at most 16 bytes each", () => {
    const seen = new SeenIds()
    const count = 300_000
    for (let index = 0; index < count; index++) assert.isTrue(seen.add(`item-${index}`))
    for (let index = 0; index < count; index += 97) assert.isFalse(seen.add(`item-${index}`))
    assert.isAtMost(seen.byteLength, 16 * count)
  })

  it("are recognized also when more come than were expected", () => {
    const seen = new SeenIds(1_000)
    for (let index = 0; index < 10_000; index++) assert.isTrue(seen.add(`item-${index}`))
    for (let index = 0; index < 10_000; index++) assert.isFalse(seen.add(`item-${index}`))
    const exact = new SeenIds(100_000)
    for (let index = 0; index < 100_000; index++) exact.add(`item-${index}`)
    assert.isAtMost(exact.byteLength, 16 * 100_000)
  })

  it("differ in every number of their hash, however alike they are", () => {
    const shapes: ReadonlyArray<(index: number) => string> = [
      (index) => `${index}`,
      (index) => index.toString(2).padStart(18, "0"),
      (index) => `${index.toString(16).padStart(8, "0")}-4a7f-9c1e`,
      (index) => `${"x".repeat(52)}${index}`,
      (index) => String.fromCharCode(index & 0xffff, index >> 16),
      (index) => `${"\u0000".repeat(index % 64)}${index >> 6}`
    ]
    const count = 200_000
    for (const shape of shapes) {
      const words = [0, 1, 2, 3].map(() => new Set<number>())
      const together = new Set<number>()
      for (let index = 0; index < count; index++) {
        const hash = hashOf(shape(index))
        for (const [lane, word] of hash.entries()) words[lane]?.add(word)
        together.add(hash[0] * 0x10_0000 + (hash[1] >>> 12))
      }
      assert.strictEqual(together.size, count, shape(1))
      // Random numbers of 32 bits collide about 4.7 times here.
      for (const lane of words) assert.isAtLeast(lane.size, count - 40, shape(1))
    }
  })

  it("distinguish lone surrogates, and texts with the same beginning", () => {
    const seen = new SeenIds()
    for (const id of ["", "\ud800", "\udc00", "\ufffd", "a", "aa", "aaa", "\u0000", "\u0000\u0000"]) {
      assert.isTrue(seen.add(id), JSON.stringify(id))
    }
  })
})

describe("the digest of a chunk", () => {
  it("differs for other ids, positions or orders, and for ids that are split in other places", () => {
    const digestOf = (...items: ReadonlyArray<readonly [number, string]>) => {
      const digest = new Digest()
      for (const [position, id] of items) digest.add(position, id)
      return digest.value
    }
    const digests = [
      digestOf([0, "ab"], [1, "c"]),
      digestOf([0, "a"], [1, "bc"]),
      digestOf([1, "c"], [0, "ab"]),
      digestOf([0, "ab"], [2, "c"]),
      digestOf([0, "ab"], [1, "\ud800"]),
      digestOf([0, "ab"], [1, "\udc00"]),
      digestOf([0x1_0000_0000, "ab"], [1, "c"])
    ]
    assert.strictEqual(new Set(digests).size, digests.length)
    for (const digest of digests) assert.match(digest, /^[0-9a-f]{32}$/)
  })

  it("of a body differs when a byte does, and does not depend on where its pieces are in memory", () => {
    const bytes = Uint8Array.from({ length: 1_003 }, (_, index) => index % 251)
    const digestOf = (...pieces: ReadonlyArray<Uint8Array>) => {
      const digest = new BytesDigest()
      for (const piece of pieces) digest.add(piece)
      return digest.value
    }
    const whole = digestOf(bytes)
    for (const at of [0, 4, 501, 1_000, 1_002]) {
      const other = bytes.slice()
      other[at] = 255
      assert.notStrictEqual(digestOf(other), whole, `${at}`)
    }
    assert.strictEqual(digestOf(bytes.subarray(1)), digestOf(bytes.slice(1)))
    assert.notStrictEqual(digestOf(bytes.subarray(1)), whole)
    assert.notStrictEqual(hashText("a"), hashText("b"))
  })
})
