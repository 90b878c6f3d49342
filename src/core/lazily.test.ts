import { expect, test } from 'vitest'
import { lazily } from './lazily.ts'

test('makes a value when it is first asked for, and once', () => {
  const made: string[] = []
  const make = (name: string) => () => {
    made.push(name)
    return name.toUpperCase()
  }
  const lazy = lazily({ a: make('a'), b: make('b') })
  expect(Object.keys(lazy)).toEqual(['a', 'b'])
  expect(made).toEqual([])
  expect([lazy.b, lazy.b]).toEqual(['B', 'B'])
  expect(made).toEqual(['b'])
  expect(JSON.parse(JSON.stringify(lazy))).toEqual({ a: 'A', b: 'B' })
  expect({ ...lazy }).toEqual({ a: 'A', b: 'B' })
  expect(made).toEqual(['b', 'a'])
})
