import { expect, test } from 'vitest'
import { tryPatterns } from './trial.ts'

const lines = [`${'a'.repeat(200)}!`, 'usage limit reached']

test('finds the patterns that run away, however many and wherever they stand, and nobody waits for them', async () => {
  const good = ['limit', 'a+!', '(?<x>usage) limit', '^\\s*$']
  const bad = ['(a+)+$', '(a|aa)+$', '(a*)*b']
  let turns = 0
  const turning = setInterval(() => {
    turns += 1
  }, 10)
  const slow = await tryPatterns(
    [good[0]!, bad[0]!, good[1]!, bad[1]!, bad[2]!, good[2]!, good[3]!].map((source) => ({ source, lines })),
    { endMs: 300 },
  )
  clearInterval(turning)
  expect([...slow].sort()).toEqual([...bad].sort())
  expect(turns).toBeGreaterThan(50)
}, 20_000)

test('good patterns are good at once', async () => {
  const trials = Array.from({ length: 200 }, (_, i) => ({ source: `limit ${i} (?:hit|reached)`, lines }))
  expect(await tryPatterns(trials)).toEqual(new Set())
  expect(await tryPatterns([])).toEqual(new Set())
})

test('a source that does not compile counts as slow: it can never answer', async () => {
  expect(await tryPatterns([{ source: '(', lines }])).toEqual(new Set(['(']))
})
