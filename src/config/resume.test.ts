import { expect, test } from 'vitest'
import { fleetOf, HEAD } from '../../test/support/project.ts'
import { presets } from '../backends/presets/index.ts'

const agent = (backend: string, more = '') =>
  `[[agent]]\nname = "a"\nkind = "persistent"\nbackend = "${backend}"\n${more}\n`
const DRIVER = '[backend.old]\nbin = "claude"\nsupports_resume = true\n'
const OWN = '[backend.mine]\npreset = "codex"\n'

test.each<[string, string, boolean, boolean]>([
  ['a backend of a preset resumes', agent('claude'), true, false],
  ['so does a table that completes a preset', OWN + agent('mine'), true, false],
  ['a table in the driver’s style has the driver’s default', DRIVER + agent('old'), false, false],
  ['what is written counts', agent('claude', 'resume = false'), false, false],
  ['true means always, as in the driver', DRIVER + agent('old', 'resume = true'), true, true],
])('%s', async (_what, toml, resume, always) => {
  const fleet = await fleetOf(HEAD + toml, { presets })
  expect([fleet.agents[0]!.resume, fleet.agents[0]!.resumeAlways]).toEqual([resume, always])
})
