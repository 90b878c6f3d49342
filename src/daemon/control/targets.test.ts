import { expect, test } from 'vitest'
import type { Fleet } from '../../core/index.ts'
import { agentsOf, targetsOf } from './targets.ts'

const fleet = {
  configPath: '/project/agents.toml',
  agents: [{ name: 'scout' }],
  services: [{ name: 'clock' }],
} as unknown as Fleet

test.each([
  ['clock', '"clock" is a service, and this verb is for agents; nothing was done.'],
  ['watchdog', '"watchdog" is the watchdog, and this verb is for agents; nothing was done.'],
])('a verb for agents says what %s is instead of calling it unknown', (name, what) => {
  expect(() => agentsOf(fleet, ['scout', name])).toThrow(what)
})

test('a name that nothing has is unknown to every verb', () => {
  const what = '"nobody" is no agent, service or `watchdog` of /project/agents.toml; nothing was done.'
  expect(() => agentsOf(fleet, ['nobody'])).toThrow(what)
  expect(() => targetsOf(fleet, ['nobody'])).toThrow(what)
})
