import { expect, test } from 'vitest'
import { roleWords } from './roles.ts'

test('W8: a role counts before the name, and stands for itself where nobody knows it', () => {
  expect(roleWords({ role: 'reviewer', name: 'api-1' })).toContain('audit')
  expect(roleWords({ role: undefined, name: 'api-1' })).toContain('backend')
  expect(roleWords({ role: 'Painter', name: 'api-1' })).toEqual(['painter'])
  expect(roleWords({ role: 'worker', name: 'api-1' })).toEqual([])
  expect(roleWords({ role: undefined, name: 'bob' })).toEqual([])
  expect(roleWords({ role: undefined, name: 'sec' })).toContain('vulnerability')
})
