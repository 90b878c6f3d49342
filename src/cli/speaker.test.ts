import { expect, test } from 'vitest'
import type { AgentSpec } from '../core/index.ts'
import { fleetId } from '../daemon/names.ts'
import { identityOf, identityPath, tokenOf } from '../daemon/reports/token.ts'
import { speakerOf } from './speaker.ts'

const key = 'ab'.repeat(32)
const agents = [{ name: 'a' }, { name: 'b' }] as AgentSpec[]
const fleet = { stateDir: '/p/state', projectDir: '/p', sessionPrefix: 'x-', agents }
let above: string[] = []
const tokenFor = (agent: string, nonce = 'n1') => tokenOf(key, { agent, nonce })
const files: Record<string, string> = {
  '/p/state/report.key': key,
  [identityPath(fleet, 'a')]: identityOf(key, { agent: 'a', nonce: 'n1' }),
  [identityPath(fleet, 'b')]: identityOf(key, { agent: 'b', nonce: 'n1' }),
}
const door = {
  key: async (folder: string, name: string) => files[`${folder}/${name}`],
  runsAbove: async () => above,
}
const asked = (env: NodeJS.ProcessEnv) =>
  speakerOf(door, fleet, env).then(
    (speaker) => (speaker.kind === 'agent' ? speaker.name : speaker.kind),
    (error: { code: string }) => error.code,
  )

test('an agent is who its token says, in whichever place its program left it', async () => {
  expect(await asked({ AGENTS_TOKEN: tokenFor('a') })).toBe('a')
  expect(await asked({ AGENTS_IDENTITY: identityPath(fleet, 'a') })).toBe('a')
  expect(await asked({ AGENTS_IDENTITY: identityPath(fleet, 'a'), AGENTS_SELF: 'a.n1' })).toBe('a')
  expect(await asked({})).toBe('person')
})

test('row 13: who names another agent than its proof does is nobody', async () => {
  expect(await asked({ AGENTS_TOKEN: tokenFor('a'), AGENTS_SELF: 'b.n1' })).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_TOKEN: tokenFor('a'), AGENTS_IDENTITY: identityPath(fleet, 'b') })).toBe(
    'TOWN_FROM',
  )
  expect(await asked({ AGENTS_TOKEN: `b${tokenFor('a').slice(1)}` })).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_TOKEN: tokenOf('cd'.repeat(32), { agent: 'a', nonce: 'n1' }) })).toBe(
    'TOWN_FROM',
  )
  expect(await asked({ AGENTS_SELF: 'no name' })).toBe('TOWN_FROM')
})

test('a name without a token, a file that is not there, and what is left of a session that ended prove nothing', async () => {
  const here = identityPath(fleet, 'a')
  expect(await asked({ AGENTS_SELF: 'a.n1' })).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_SELF: 'a.n1', AGENTS_IDENTITY: '/gone' })).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_TOKEN: tokenFor('a', 'n0') })).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_TOKEN: tokenFor('a', 'n0'), AGENTS_IDENTITY: here })).toBe('TOWN_FROM')
  files['/tmp/copied'] = identityOf(key, { agent: 'a', nonce: 'n0' })
  expect(await asked({ AGENTS_IDENTITY: '/tmp/copied' })).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_TOKEN: tokenFor('c') })).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_TOKEN: files[here] })).toBe('TOWN_FROM')
})

test('without the key of the fleet nobody is an agent of it', async () => {
  const env = { AGENTS_SELF: 'a.n1' }
  expect(
    await speakerOf({ ...door, key: async () => undefined }, fleet, env).catch(
      (error: { code: string }) => error.code,
    ),
  ).toBe('TOWN_FROM')
})

test('an agent that takes its environment off is no person', async () => {
  above = [`${fleetId(fleet)}:a`]
  expect(await asked({})).toBe('TOWN_FROM')
  expect(await asked({ AGENTS_TOKEN: tokenFor('a') })).toBe('a')
  above = [
    'another:a',
    `${fleetId(fleet)}:service:web`,
    `${fleetId(fleet)}:watchdog`,
    `${fleetId(fleet)}:notify-1`,
  ]
  expect(await asked({})).toBe('person')
  expect(await asked({ AGENTS_RUN: `${fleetId(fleet)}:a` })).toBe('TOWN_FROM')
})
