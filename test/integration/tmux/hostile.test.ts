import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { runHostile } from '../../hostile/run.ts'

test('hostile texts arrive once, byte for byte but for the control bytes that are taken (row 117; npm run hostile)', async () => {
  const program = resolve('test/fixtures/agents/keeps-bytes.mjs')
  const report = await runHostile({ count: 120, seed: 20_261, panes: 6, program })
  expect(report.wrong).toEqual([])
  expect(report.strays).toBe(0)
  expect(report.exact).toBeGreaterThan(20)
  expect(report.sanitised).toBeGreaterThan(20)
}, 60_000)
