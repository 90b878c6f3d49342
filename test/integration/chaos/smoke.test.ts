import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asText } from '../../chaos/report.ts'
import { type RunOptions, runChaos } from '../../chaos/run.ts'

const options: RunOptions = {
  root: resolve('.'),
  dist: resolve('dist'),
  seed: 11,
  faults: 25,
  minutes: undefined,
  only: undefined,
  sabotage: undefined,
  say: () => undefined,
}

describe.runIf(process.platform === 'linux')('a fleet under random faults', () => {
  test('keeps its invariants over 25 of them', async () => {
    const result = await runChaos(options)
    expect(result.violations, asText(result)).toEqual([])
    expect(result.done).toBe(25)
  }, 240_000)

  test.each([
    ['second-copy', 'INV-1'],
    ['typed-into-limited', 'INV-6'],
    ['foreign-session-killed', 'INV-9'],
  ])(
    'is found out when %s breaks one from outside',
    async (sabotage, inv) => {
      const result = await runChaos({ ...options, faults: 2, sabotage })
      rmSync(result.box, { recursive: true, force: true })
      expect(result.violations.map((one) => one.inv)).toContain(inv)
    },
    120_000,
  )
})
