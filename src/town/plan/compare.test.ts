import { expect, test } from 'vitest'
import { agreement, compare, inOrder, type PlanFields } from './compare.ts'
import type { PlanTask } from './file.ts'

const fields = (parts: Partial<PlanFields> = {}): PlanFields => ({
  description: 'd',
  tags: [],
  parent: undefined,
  priority: 'normal',
  dependsOn: [],
  agent: undefined,
  status: 'pending',
  result: undefined,
  ...parts,
})
const ways = (file: Partial<PlanFields>, base: Partial<PlanFields> | undefined, town: Partial<PlanFields>) =>
  Object.fromEntries(
    compare(fields(file), base === undefined ? undefined : fields(base), fields(town)).map(
      ({ field, way }) => [field, way],
    ),
  )

test.each<[string, Partial<PlanFields>, Partial<PlanFields> | undefined, Partial<PlanFields>, object]>([
  ['nothing', {}, {}, {}, {}],
  ['the file changed', { description: 'new' }, {}, {}, { description: 'push' }],
  ['the town changed', {}, {}, { status: 'completed', result: 'r' }, { status: 'pull', result: 'pull' }],
  ['both, alike', { status: 'completed' }, {}, { status: 'completed' }, {}],
  ['both, differently', { description: 'a' }, {}, { description: 'b' }, { description: 'conflict' }],
  ['each another field', { tags: ['x'] }, {}, { agent: 'w' }, { tags: 'push', agent: 'pull' }],
  [
    'never agreed, the town is ahead',
    {},
    undefined,
    { status: 'running', agent: 'w' },
    { status: 'pull', agent: 'pull' },
  ],
  [
    'never agreed, the file says more',
    { agent: 'w', parent: 'p' },
    undefined,
    {},
    { agent: 'push', parent: 'push' },
  ],
  ['never agreed, other words', { description: 'a' }, undefined, {}, { description: 'conflict' }],
  ['never agreed, other agents', { agent: 'a' }, undefined, { agent: 'b' }, { agent: 'conflict' }],
])('%s', (_name, file, base, town, expected) => {
  expect(ways(file, base, town)).toEqual(expected)
})

test('what was settled is agreed on, what was not stays as it was', () => {
  const file = fields({ description: 'new', tags: ['x'], agent: 'a' })
  const town = fields({ status: 'running', agent: 'b' })
  const base = { description: 'd', tags: [], status: 'pending' as const }
  expect(
    agreement(
      file,
      base,
      town,
      new Map([
        ['description', 'file'],
        ['status', 'town'],
      ]),
    ),
  ).toEqual({
    description: 'new',
    tags: [],
    status: 'running',
    parent: undefined,
    priority: 'normal',
    dependsOn: [],
    result: undefined,
  })
})

test('what is waited for comes first, and a circle does not hang', () => {
  const task = (id: string, dependsOn: string[], parent?: string) => ({ id, dependsOn, parent }) as PlanTask
  expect(inOrder([task('c', ['b']), task('b', [], 'a'), task('a', [])]).map(({ id }) => id)).toEqual([
    'a',
    'b',
    'c',
  ])
  expect(inOrder([task('a', ['b']), task('b', ['a'])])).toHaveLength(2)
})
