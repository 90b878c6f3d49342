import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Mutant {
  file: string
  find: string
  replace: string
  test: { file: string; name?: string }
  why: string
}

const root = join(import.meta.dirname, '../..')
const mutants = JSON.parse(readFileSync(join(root, 'test/mutants.json'), 'utf8')) as Mutant[]
const text = (file: string): string => readFileSync(join(root, file), 'utf8')

test('every mutant of `npm run mutants` still applies: its text stands once in its file', () => {
  const lost = mutants.filter(({ file, find }) => text(file).split(find).length !== 2)
  expect(lost.map(({ file, why }) => `${file}: ${why}`)).toEqual([])
})

test('every mutant changes something, and names a test file that is there', () => {
  const idle = mutants.filter(({ find, replace }) => find === replace)
  expect(idle).toEqual([])
  expect(mutants.filter((one) => !existsSync(join(root, one.test.file))).map(({ why }) => why)).toEqual([])
})
