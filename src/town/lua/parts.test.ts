import { expect, test } from 'vitest'
import { townKeys } from '../keys.ts'
import { keyTable } from './parts.ts'

test('a script spells keys as keys.ts does', () => {
  const keys = townKeys('shop')
  const spelled = (name: string) => new RegExp(`\\b${name} = root \\.\\. '([^']*)'`).exec(keyTable)?.[1]
  expect(keys.root + spelled('inbox')).toBe(keys.inbox(''))
  expect(keys.root + spelled('backlog')).toBe(keys.backlog)
  expect(keys.root + spelled('claimed')).toBe(keys.claimed(''))
})
