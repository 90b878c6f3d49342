import { describe, expect, test } from 'vitest'
import { AGENT, fleetOf, HEAD, makeProject, problemsOf } from '../../test/support/project.ts'
import { type SpawnedWorker, writeSpawned } from './spawned.ts'

const presets = { claude: { bin: 'claude', round_cmd: '{bin} --print {flags}', notes: {} } }
const worker = (over: Partial<SpawnedWorker> = {}): SpawnedWorker => ({
  name: 'w',
  maxRounds: 10,
  idleTimeoutMs: 300_000,
  at: 1_800_000_000_000,
  ...over,
})

async function load(toml: string, ...workers: SpawnedWorker[]) {
  const project = makeProject({ 'logs/state/spawned.json': writeSpawned(workers) })
  return project.load(toml, { presets })
}

describe('a worker that was spawned', () => {
  test('is one of the fleet, behind the agents of the file', async () => {
    const loaded = await load(HEAD + AGENT, worker({ role: 'api', nickname: 'Dora', parent: 'p' }))
    expect(loaded.problems).toEqual([])
    if (loaded.kind === 'refused') throw new Error('refused')
    const [, spec] = loaded.fleet.agents
    expect(spec).toMatchObject({
      name: 'w',
      session: 'p-w',
      kind: 'worker',
      backend: 'claude',
      watch: 'heal',
      restart: 'transient',
      role: 'api',
      worker: { maxRounds: 10, idleTimeoutMs: 300_000, spawned: { nickname: 'Dora', parent: 'p' } },
    })
    expect(loaded.fleet.town.mode).toBe('on')
    expect(loaded.files.some((path) => path.endsWith('/logs/state/spawned.json'))).toBe(true)
  })

  test('runs a command of its own where it was given one', async () => {
    const loaded = await load(HEAD + AGENT, worker({ command: 'node stub.js' }))
    if (loaded.kind === 'refused') throw new Error('refused')
    const spec = loaded.fleet.agents[1]!
    expect(loaded.fleet.backends[spec.backend]?.bin).toBe('node stub.js')
    expect(loaded.fleet.backends[spec.backend]?.roundCmd).toBe('{bin} {flags}')
  })

  test('gives way to an agent of the file that has its name', async () => {
    const loaded = await load(HEAD + AGENT, worker({ name: 'a' }))
    if (loaded.kind === 'refused') throw new Error('refused')
    expect(loaded.fleet.agents.map(({ name, kind }) => [name, kind])).toEqual([['a', 'persistent']])
    expect(loaded.problems).toEqual([])
  })

  test('is left out, and said, when its backend is gone; the file stays in force', async () => {
    const loaded = await load(HEAD + AGENT, worker({ backend: 'nowhere' }), worker({ name: 'v' }))
    if (loaded.kind === 'refused') throw new Error(JSON.stringify(loaded.problems))
    expect(loaded.fleet.agents.map(({ name }) => name)).toEqual(['a', 'v'])
    expect(loaded.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['CONFIG_SPAWNED', 'warning'],
    ])
    expect(loaded.problems[0]?.what).toContain('"nowhere" is not a backend')
  })

  test('is left out when the file is damaged', async () => {
    const project = makeProject({ 'logs/state/spawned.json': '{"version":1,"workers":[{' })
    const loaded = await project.load(HEAD + AGENT, { presets })
    expect(loaded.problems.map(({ code }) => code)).toEqual(['CONFIG_SPAWNED'])
    expect(loaded.kind).toBe('ok')
  })

  test.each(['supervisor', 'watchdog', '../x', "a'b", ''])('never has the name %j', async (name) => {
    const loaded = await load(HEAD + AGENT, worker({ name }))
    if (loaded.kind === 'refused') throw new Error('refused')
    expect(loaded.fleet.agents.map((spec) => spec.name)).toEqual(['a'])
  })
})

describe('a worker of the config', () => {
  const WORKER = `${HEAD}[backend.b]\nbin = "b"\nround_cmd = "{bin} -p"\n[[agent]]\nname = "a"\nbackend = "b"\nkind = "worker"\n`

  test('turns the town on, restarts after a crash only, and has no end by default', async () => {
    const fleet = await fleetOf(WORKER)
    expect(fleet.town.mode).toBe('on')
    expect(fleet.agents[0]).toMatchObject({
      restart: 'transient',
      worker: { maxRounds: 0, idleTimeoutMs: 0, roundTimeoutMs: 3_600_000 },
    })
  })

  test.each([
    [
      'a backend without round_cmd',
      WORKER.replace('round_cmd = "{bin} -p"', ''),
      'agent.a.backend CONFIG_ROUND_CMD',
    ],
    ['a town that is off', `${WORKER}[town]\nenabled = false\n`, 'agent.a.kind CONFIG_WORKER_TOWN'],
    [
      'a switch at a limit',
      `${WORKER}on_limit = { switch = "claude" }\n`,
      'agent.a.on_limit CONFIG_WORKER_SWITCH',
    ],
    [
      'its keys on another kind',
      WORKER.replace('kind = "worker"', 'max_rounds = 3'),
      'agent.a.max_rounds CONFIG_WORKER_KEY',
    ],
  ])('%s is a problem', async (_, toml, expected) => {
    expect((await problemsOf(toml, { presets })).map((text) => text.replace(/^\S+ /, ''))).toEqual([expected])
  })
})
