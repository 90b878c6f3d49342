import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ControlItem, createBlockParser } from './block-parser.ts'

function parse(chunks: readonly Buffer[]): ControlItem[] {
  const items: ControlItem[] = []
  const parser = createBlockParser((item) => items.push(item))
  for (const chunk of chunks) parser.feed(chunk)
  return items
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return [...chunks, bytes.subarray(at)]
}

const line = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' ')),
  fc.constantFrom('%end 1 2 1', '%begin 1 3 1', '%error 9 9 1', '%exit', '', '%end 5 7 0'),
)

test('a block holds exactly its lines, however the stream is cut and whatever they look like', () => {
  fc.assert(
    fc.property(fc.array(line), fc.boolean(), fc.array(fc.nat(40)), (lines, ok, sizes) => {
      const end = `${ok ? '%end' : '%error'} 5 7 1`
      const inside = lines.filter((each) => !/^%(end|error) 5 7 1$/.test(each)).map((each) => `${each}\n`)
      const stream = `%window-add @1\n%begin 5 7 1\n${inside.join('')}${end}\n%sessions-changed\n`
      expect(parse(cut(Buffer.from(stream), sizes))).toEqual([
        { kind: 'notice', name: 'window-add', line: '%window-add @1' },
        { kind: 'block', ok, own: true, text: Buffer.from(inside.join('')) },
        { kind: 'notice', name: 'sessions-changed', line: '%sessions-changed' },
      ])
    }),
  )
})

test('a block of a hook is not ours, and what is no control mode is garbage', () => {
  const items = parse([Buffer.from('%begin 1 2 0\nx\n%end 1 2 0\nhello\n%end 1 2 1\n')])
  expect(items.map((item) => item.kind)).toEqual(['block', 'garbage', 'garbage'])
  expect(items[0]).toMatchObject({ own: false })
})
