import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReplyParser, encodeCommand, ReplyError, type WireReply } from './resp.ts'

const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\ud800-\udfff]/g, ''))
const { reply } = fc.letrec<{ reply: WireReply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4 },
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.constant(null),
    fc.integer(),
    line.map((text) => new ReplyError(text)),
    fc.array(tie('reply')),
  ),
}))

function write(value: WireReply): Buffer {
  if (value === null) return Buffer.from('$-1\r\n')
  if (typeof value === 'number') return Buffer.from(`:${value}\r\n`)
  if (value instanceof ReplyError) return Buffer.from(`-${value.message}\r\n`)
  if (Array.isArray(value)) return Buffer.concat([Buffer.from(`*${value.length}\r\n`), ...value.map(write)])
  return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')])
}

function read(pieces: readonly Buffer[]): { replies: WireReply[]; sound: boolean } {
  const replies: WireReply[] = []
  const parser = createReplyParser((one) => replies.push(one))
  return { sound: pieces.every((piece) => parser.feed(piece)), replies }
}

/** The bytes cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((one) => one % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

test('replies are the same however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(reply), fc.array(fc.nat()), (replies, places) => {
      const bytes = Buffer.concat(replies.map(write))
      expect(read(cut(bytes, places))).toEqual({ replies, sound: true })
      expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual({ replies, sound: true })
    }),
    { numRuns: 200 },
  )
})

test('a command is an array of its words, whatever bytes they hold', () => {
  const word = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (words) => {
      const bytes = words.map((one) => (Buffer.isBuffer(one) ? one : Buffer.from(String(one))))
      expect(read([encodeCommand(words)]).replies).toEqual([bytes])
    }),
  )
})

test('simple strings are strings, and both kinds of nothing are null', () => {
  expect(read([Buffer.from('+OK\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n')]).replies).toEqual([
    Buffer.from('OK'),
    null,
    null,
    [],
    Buffer.from(''),
  ])
})

test.each(['HTTP/1.1 400 Bad Request\r\n', '$x\r\n', ':1.5\r\n', '\r\n'])(
  'what is no reply is told: %j',
  (text) => {
    expect(read([Buffer.from(text)])).toEqual({ replies: [], sound: false })
  },
)

test('a long string in many pieces is put together once', () => {
  const long = Buffer.alloc(32 << 20, 'x')
  const bytes = write([long, 1])
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) =>
    bytes.subarray(at * 65_536, (at + 1) * 65_536),
  )
  const from = performance.now()
  const { replies } = read(pieces)
  // Put together with each of the 512 pieces it would be eight gigabytes.
  expect(performance.now() - from).toBeLessThan(2_000)
  expect((replies[0] as WireReply[])[1]).toBe(1)
})
