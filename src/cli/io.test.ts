import { afterEach, expect, test } from 'vitest'
import { createIo } from './io.ts'

const { stdout } = process
const before = { columns: stdout.columns, rows: stdout.rows }
afterEach(() => Object.assign(stdout, before))

test('a terminal without a size has none, and is not taken for one that holds nothing', () => {
  const io = createIo({})
  Object.assign(stdout, { columns: 0, rows: 0 })
  expect([io.columns, io.rows]).toEqual([undefined, undefined])
  Object.assign(stdout, { columns: 80, rows: 24 })
  expect([io.columns, io.rows]).toEqual([80, 24])
})
