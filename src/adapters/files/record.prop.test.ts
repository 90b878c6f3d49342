import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical, decodeRecord, encodeRecord } from './record.ts'

const anything = (value: unknown) => ({ value })

test('what is encoded is decoded', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const known = JSON.parse(JSON.stringify(value))
      expect(decodeRecord(encodeRecord(value), anything)).toEqual({ kind: 'ok', value: { value: known } })
    }),
  )
})

test('the order of keys does not matter', () => {
  expect(canonical({ b: 1, a: { d: [1, { y: 1, x: 2 }], c: null } })).toBe(
    '{"a":{"c":null,"d":[1,{"x":2,"y":1}]},"b":1}',
  )
})

test('every value is spelled as JSON would carry it', () => {
  fc.assert(
    fc.property(fc.anything({ withDate: true, withSparseArray: true }), (value) => {
      fc.pre(JSON.stringify(value) !== undefined)
      expect(canonical(value)).toBe(canonical(JSON.parse(JSON.stringify(value))))
    }),
  )
})

test('what is not frozen is spelled anew, what is frozen once', () => {
  const open = { a: 1 }
  const read = { times: 0 }
  const shut = Object.freeze({
    get b() {
      read.times += 1
      return read.times
    },
  })
  const list = () => canonical({ list: [open, shut] })
  expect(list()).toBe('{"list":[{"a":1},{"b":1}]}')
  open.a = 2
  expect(list()).toBe('{"list":[{"a":2},{"b":1}]}')
  expect(read.times).toBe(1)
})

test('a record with any one bit flipped is either refused or still says the same', () => {
  const value = { until: 1_800_000_000, nudges: 2, text: 'resets 3pm — ü' }
  const bytes = Buffer.from(encodeRecord(value))
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[at]! ^= 1 << bit
      const decoded = decodeRecord(flipped.toString('utf8'), anything)
      if (decoded.kind === 'ok') expect(decoded.value.value).toEqual(value)
      else expect(decoded.kind).toBe('corrupt')
    }
  }
})

test('a record cut short anywhere, or with a tail of NULs, is refused', () => {
  const text = encodeRecord({ a: [1, 2, 3] })
  for (let end = 0; end < text.length - 1; end += 1) {
    expect(decodeRecord(text.slice(0, end), anything).kind).toBe('corrupt')
    expect(decodeRecord(text.slice(0, end).padEnd(text.length, '\0'), anything).kind).toBe('corrupt')
  }
})

test('other JSON, another shape and a newer program are told apart', () => {
  expect(decodeRecord('{"until":5}', anything).kind).toBe('corrupt')
  expect(decodeRecord('[]', anything).kind).toBe('corrupt')
  expect(decodeRecord(encodeRecord(5), () => undefined)).toMatchObject({ kind: 'corrupt' })
  const polluted = decodeRecord(encodeRecord(JSON.parse('{"__proto__":{"evil":1}}')), anything)
  expect(polluted.kind).toBe('ok')
  expect(({} as { evil?: unknown }).evil).toBeUndefined()
})
