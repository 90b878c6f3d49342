import { expect } from 'vitest'
import type { WhyReport } from '../../../src/core/index.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, watchdog } from '../rows/fleet.ts'

const reading = async (box: Sandbox, name: string): Promise<WhyReport['reading']> =>
  (JSON.parse((await box.agents('why', name, '--json')).stdout) as WhyReport).reading

test('what processes and output say is among the claims, and a prompt that a wrapped program draws is no shell’s', async ({
  box,
}) => {
  const draws = (then: string): string => `sh -c "printf '~/work \\$ '; ${then}; :"`
  box.config(
    watchdog() +
      backend('wrapped', draws('sleep 1000'), 'process_name = "sleep"') +
      backend('left', draws('read line'), 'process_name = "sleep"') +
      agent('a', 'wrapped') +
      agent('b', 'left'),
  )
  await box.agents('up')
  const seen = await box.until('all its claims', async () => {
    const found = await reading(box, 'a')
    const sources = found?.claims.map(({ source }) => source) ?? []
    return found?.state === 'idle' && sources.includes('output') ? found : undefined
  })
  const told = seen.claims.filter(({ source }) => ['process', 'cpu', 'output'].includes(source))
  expect(told.map(({ source, says }) => `${source} ${says}`)).toEqual([
    'process unknown',
    'cpu quiet',
    'output quiet',
  ])
  expect(told[0]!.evidence).toMatch(/^the pane runs \w+, under it .*sleep/)
  expect(told.every(({ at, until }) => at !== undefined && until! > at)).toBe(true)
  expect((await reading(box, 'b'))?.state).toBe('shell')
}, 30_000)
