import { expect, test } from 'vitest'
import { createPatternTrial } from './pattern-trial.ts'

test('an unknown pattern passes until it was tried; then it is known, and tried no more', async () => {
  const asked: string[][] = []
  const trial = createPatternTrial(async (trials) => {
    asked.push(trials.map(({ source }) => source))
    return new Set(trials.map(({ source }) => source).filter((source) => source.startsWith('bad')))
  })
  expect(await trial.run()).toBe(false)
  const load = () => ['good', 'bad', 'good'].map((source) => trial.probe(source, ['line']))
  expect(load()).toEqual(['ok', 'ok', 'ok'])
  expect(await trial.run()).toBe(true)
  expect(load()).toEqual(['ok', 'slow', 'ok'])
  expect(await trial.run()).toBe(false)
  expect(asked).toEqual([['good', 'bad']])
})
