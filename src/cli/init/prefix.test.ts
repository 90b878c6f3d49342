import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameFault, SESSION_PREFIX } from '../../config/names.ts'
import { sessionPrefix, tmuxSocketName } from './prefix.ts'

test.each([
  ['/home/me/my.app', 'my-app-'],
  ['/home/me/50%H', '50-H-'],
  ['/home/me/a b:c#d', 'a-b-c-d-'],
  ['/home/me/Crème brûlée', 'Creme-brulee-'],
  ['/home/me/測試', 'proj-'],
  ['/home/me/--', 'proj-'],
  ['/home/me/-x-', 'x-'],
  ['/home/me/a"b\\c', 'a-b-c-'],
  ['/home/me/snake_case', 'snake_case-'],
  ['/', 'proj-'],
])('the prefix of %s is %s', (folder, prefix) => {
  expect(sessionPrefix(folder)).toBe(prefix)
})

test('every folder name gives a prefix that tmux leaves as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const prefix = sessionPrefix(`/x/${name.replaceAll('/', '')}`)
      expect(prefix).toMatch(SESSION_PREFIX)
      expect(nameFault(`${prefix}worker`)).toBeUndefined()
    }),
  )
})

test('two folders of one name get servers of their own', () => {
  expect(tmuxSocketName('/a/app')).toMatch(/^app-[0-9a-f]{4}$/)
  expect(tmuxSocketName('/a/app')).not.toBe(tmuxSocketName('/b/app'))
})
