import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Fleet, noTown, type TownSpec } from '../../../src/core/index.ts'
import { fleetId } from '../../../src/daemon/names.ts'
import { findPlace, isTownOn, openTown, privateServer } from '../../../src/daemon/town/open.ts'
import { listAgents } from '../../../src/town/agents/agents.ts'

let dir: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'o-')))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const PATH = process.env.PATH
const fleetOf = (town: Partial<TownSpec> = {}): Fleet =>
  ({
    configPath: join(dir, 'agents.toml'),
    stateDir: join(dir, 'st'),
    projectDir: dir,
    sessionPrefix: 'p-',
    agents: [{ name: 'builder' }],
    town: { ...noTown, mode: 'auto', ...town },
  }) as Fleet

test('a private server is there with the first use, and the town is on from then on', async () => {
  const fleet = fleetOf()
  expect(await isTownOn(fleet)).toBe(false)
  const open = await openTown(fleet, { env: { PATH }, role: 'test' })
  try {
    expect(open.place).toMatchObject({ name: 'town', from: 'default' })
    expect(await listAgents(open.town)).toEqual([])
    // Whose names are typed: the tests of namesakes depend on it.
    expect(open.town.own).toEqual({ id: fleetId(fleet), names: new Set(['builder']) })
    expect(await isTownOn(fleet)).toBe(true)
    if (open.place.redis.kind !== 'private') throw new Error('not a server of its own')
    expect(statSync(open.place.redis.socket).mode & 0o077).toBe(0)
    expect(await privateServer(open.place.redis, { PATH }).stop()).toEqual({ kind: 'stopped' })
  } finally {
    await open.close()
  }
})

test('a town that is off is not opened, whoever asks', async () => {
  const opened = openTown(fleetOf({ mode: 'off' }), { env: { PATH }, role: 'test' })
  await expect(opened).rejects.toMatchObject({ code: 'TOWN_OFF', exit: 2 })
})

test('without redis-server it is said what is missing', async () => {
  const opened = openTown(fleetOf(), { env: { PATH: dir }, role: 'test' })
  await expect(opened).rejects.toMatchObject({ code: 'REDIS_MISSING' })
})

test('the environment goes before the config, that before a tinytown.toml; what it said last is kept', async () => {
  const file = join(dir, 'tinytown.toml')
  writeFileSync(file, 'name = "shop"\n[redis]\nurl = "redis://file/1"\n')
  const place = (town: Partial<TownSpec>, env: NodeJS.ProcessEnv) => findPlace(fleetOf(town), env)
  expect(await place({ filePath: file }, {})).toEqual({
    name: 'shop',
    redis: { kind: 'url', url: 'redis://file/1', password: undefined },
    from: 'file',
  })
  const config = { filePath: file, redisUrl: 'redis://config/2', name: 'own' }
  expect(await place(config, { TINYTOWN_REDIS_PASSWORD: 'pw' })).toEqual({
    name: 'own',
    redis: { kind: 'url', url: 'redis://config/2', password: 'pw' },
    from: 'config',
  })
  expect(await place(config, { REDIS_URL: ' redis://env/3 ' })).toMatchObject({
    redis: { url: 'redis://env/3' },
  })
  // A watchdog that is started anew has no longer the environment of who started the first.
  expect(await place({}, {})).toMatchObject({ redis: { url: 'redis://env/3' }, from: 'environment' })
  expect(await place({}, { REDIS_URL: '' })).toMatchObject({ redis: { kind: 'private' }, from: 'default' })
  expect(await place({}, {})).toMatchObject({ redis: { kind: 'private' } })
  expect(statSync(join(dir, 'st', 'town-place.json')).mode & 0o077).toBe(0)
})

test.each([
  ['is not there', undefined],
  ['is not TOML at line 1', 'name = '],
  ['names no town', 'nome = "x"'],
])('a tinytown.toml that %s is one clear error', async (what, text) => {
  const file = join(dir, 'tinytown.toml')
  if (text !== undefined) writeFileSync(file, text)
  await expect(findPlace(fleetOf({ filePath: file }), {})).rejects.toMatchObject({
    code: 'TOWN_FILE',
    exit: 2,
    message: expect.stringContaining(what),
  })
})
