import TOML from '@iarna/toml'
import fc from 'fast-check'
import { parseTOML } from 'toml-eslint-parser'
import { expect, test } from 'vitest'
import { editToml, type TomlEdit } from './toml-edit.ts'

const edit = (text: string, ...edits: TomlEdit[]) => editToml(text, parseTOML(text), edits)

const file = `# top
name = "a"   # the name

[redis]      # where
host = "h"
# below host

[[tasks]]
id = "1"     # first
status = "pending"

[[tasks]]
id = "2"
`

test('a key keeps its place and its comment', () => {
  expect(edit(file, { table: [], key: 'name', value: 'b' })).toBe(file.replace('"a"', '"b"'))
  expect(edit(file, { table: ['tasks', 0], key: 'status', value: 'completed' })).toBe(
    file.replace('"pending"', '"completed"'),
  )
})

test('a new key stands below the last of its table', () => {
  expect(edit(file, { table: ['redis'], key: 'port', value: 7 })).toBe(
    file.replace('host = "h"', 'host = "h"\nport = 7'),
  )
  expect(edit(file, { table: ['tasks', 1], key: 'tags', value: ['x', 'y'] })).toBe(
    `${file}tags = ["x", "y"]\n`.replace('"2"\ntags', '"2"\ntags'),
  )
  expect(edit('[a] # c\n', { table: ['a'], key: 'b', value: true })).toBe('[a] # c\nb = true\n')
})

test('a new table stands at the end, once', () => {
  expect(
    edit(
      'x = 1',
      { table: ['town'], key: 'file', value: 't.toml' },
      { table: ['town'], key: 'name', value: 'n' },
    ),
  ).toBe('x = 1\n\n[town]\nfile = "t.toml"\nname = "n"\n')
  expect(edit('', { table: [], key: 'a', value: 'b' })).toBe('a = "b"\n')
  expect(edit('[t]\n', { table: [], key: 'a', value: 1 })).toBe('a = 1\n[t]\n')
  const two = [0, 1].map((at) => ({ table: ['tasks', at], key: 'id', value: `t${at}` }))
  expect(edit('', ...two)).toBe('[[tasks]]\nid = "t0"\n\n[[tasks]]\nid = "t1"\n')
})

test('a key is taken out with its line', () => {
  expect(edit(file, { table: ['tasks', 0], key: 'status', value: undefined })).toBe(
    file.replace('status = "pending"\n', ''),
  )
  expect(edit(file, { table: ['x'], key: 'status', value: undefined })).toBe(file)
})

test('line ends stay as they are', () => {
  expect(edit('[a]\r\nb = 1\r\n', { table: ['a'], key: 'c', value: 2 })).toBe('[a]\r\nb = 1\r\nc = 2\r\n')
})

test('every text comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme' }),
      (value, key) => {
        const text = edit(
          file,
          { table: ['redis'], key: 'v', value },
          { table: ['new'], key: `k${key}`, value },
        )
        const read = TOML.parse(text) as { redis: { v: string }; new: Record<string, string> }
        expect(read.redis.v).toBe(value)
        expect(read.new[`k${key}`]).toBe(value)
      },
    ),
    {
      examples: [
        ['a\n"""\n\\', ''],
        ['\r\n', ''],
        ['x"\ny"', '"'],
        ['\n', '.'],
        ['"""""\n""', 'é'],
      ],
    },
  )
})
