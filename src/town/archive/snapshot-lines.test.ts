import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SavedKey } from './snapshot.ts'
import { proveSnapshot, readLine, snapshotLines } from './snapshot-lines.ts'

const head = { format: 'agents-town', version: 1, town: 't', at: 1, server: 'redis 7.0.15', keys: 1 } as const
const list = (values: Buffer[]): SavedKey => ({ key: 'inbox:a', type: 'list', endsAt: undefined, values })
const linesOf = (keys: SavedKey[]) => [...snapshotLines(head, keys)].map((line) => line.slice(0, -1))
async function* all(lines: readonly string[]) {
  yield* lines
}

test('every byte comes back, text stands as text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 5 }),
      async (values) => {
        const lines = linesOf([list(values.map((one) => Buffer.from(one)))])
        expect(await proveSnapshot(all(lines))).toMatchObject({ kind: 'whole' })
        const read = readLine(lines[1]!)
        expect(read.kind === 'key' && read.part.values.map((one) => [...(one as Buffer)])).toEqual(
          values.map((one) => [...one]),
        )
      },
    ),
  )
  expect(linesOf([list([Buffer.from('é"\u2028')])])[1]).toContain('"é\\"\u2028"')
  expect(linesOf([list([Buffer.from([0xff])])])[1]).toContain('{"base64":"/w=="}')
})

test('a long key has many lines', async () => {
  const lines = linesOf([list(Array.from({ length: 1201 }, (_, at) => Buffer.from(String(at))))])
  expect(lines).toHaveLength(5)
  expect(await proveSnapshot(all(lines))).toMatchObject({ kind: 'whole', head: { town: 't' } })
})

const sound = linesOf([list([Buffer.from('a')])])
test.each([
  ['is empty', []],
  ['is no file of `agents save`', ['{}']],
  ['is no file of `agents save`', sound.slice(1)],
  ['its last line is missing', sound.slice(0, 2)],
  ['cannot be read at line 2', [sound[0]!, '{"key":', sound[2]!]],
  ['cannot be read at line 2', [sound[0]!, sound[0]!, sound[2]!]],
  ['its checksum does not fit', [sound[0]!, sound[1]!.replace('"a"', '"b"'), sound[2]!]],
  ['its checksum does not fit', [sound[0]!, sound[2]!]],
  ['goes on after its end', [...sound, sound[1]!]],
])('a file that %s', async (why, lines) => {
  expect(await proveSnapshot(all(lines))).toMatchObject({ kind: 'broken', why: expect.stringContaining(why) })
})

test('a file of a later program is told apart', async () => {
  const lines = [JSON.stringify({ ...head, version: 2 }), ...sound.slice(1)]
  expect(await proveSnapshot(all(lines))).toEqual({ kind: 'newer', version: 2 })
})
