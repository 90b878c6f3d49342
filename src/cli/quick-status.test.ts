import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ControlServer, serveControl } from '../adapters/socket/index.ts'
import { pointerPaths } from '../adapters/socket/pointer.ts'
import { rememberState } from '../adapters/socket/remember-state.ts'
import { quickStatus } from './quick-status.ts'
import { fakeStatus } from './testing/fake-deps.ts'

let dir: string
let server: ControlServer | undefined
let printed: string
const config = () => join(dir, 'agents.toml')

beforeEach(async () => {
  dir = await mkdtemp(join(await realpath(tmpdir()), 'q-'))
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation(((text: string, done?: () => void) => {
    printed += text
    done?.()
    return true
  }) as typeof process.stdout.write)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server?.close()
  server = undefined
  for (const path of await pointerPaths(config(), '/tmp')) await rm(path, { force: true })
  await rm(dir, { recursive: true, force: true })
})

async function watchdog(attention: string[] = []): Promise<void> {
  const stateDir = join(dir, 'state')
  server = await serveControl(join(stateDir, 'control.sock'), () =>
    Promise.resolve({ ...fakeStatus(), attention }),
  )
  await rememberState(config(), stateDir)
}

test('a watchdog that answers is enough: no config is read', async () => {
  await watchdog()
  expect(await quickStatus(['status', '--config', config()], {}, 'agents')).toBe(0)
  expect(printed).toContain('AGENT')
  expect(await quickStatus([`--config=${config()}`, '--json'], {}, 'agents')).toBe(0)
  expect(printed).toContain('"version": 1')
})

test('--check exits 3 when something needs a person', async () => {
  await watchdog(['a is parked'])
  expect(await quickStatus(['status', '--check', '--config', config()], {}, 'agents')).toBe(3)
  expect(printed).toBe('a is parked\n')
})

test.each([
  [['up']],
  [['status', '--watch']],
  [['status', 'a']],
  [['status', '--config']],
  [['status', '--config=']],
  [['help']],
])('%j is left to the program proper', async (argv) => {
  expect(await quickStatus(argv, {}, 'agents')).toBeUndefined()
  expect(printed).toBe('')
})

test('without a watchdog the program proper looks itself', async () => {
  expect(await quickStatus(['status', '--config', config()], {}, 'agents')).toBeUndefined()
  await rememberState(config(), join(dir, 'state'))
  expect(await quickStatus(['status', '--config', config()], {}, 'agents')).toBeUndefined()
  expect(printed).toBe('')
})
