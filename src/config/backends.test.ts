import { describe, expect, test } from 'vitest'
import { fleetOf, HEAD, makeProject } from '../../test/support/project.ts'
import { probeRegex } from '../adapters/regex/index.ts'
import { presets } from '../backends/presets/index.ts'
import { hostileLines } from './hostile.ts'
import { translatePyRegex } from './py-regex/py-regex.ts'
import { PATTERN_KEYS } from './schema/backend-keys.ts'

const made = {
  claude: {
    bin: 'claude',
    active_re: 'esc to interrupt',
    asking_re: 'do you want',
    composer_re: '^> ',
    pass_env: ['ANTHROPIC_*'],
    stall_idle: '10m',
    notes: { why: 'x' },
  },
  codex: { bin: 'codex', prompt_delivery: 'arg', asking_re: 'approve' },
}
const agent = (backend: string) => `[[agent]]\nname = "a"\nbackend = "${backend}"\n`
const backendOf = async (toml: string, name: string) =>
  (await fleetOf(HEAD + toml, { presets: made })).backends[name]

describe('a driver-style table', () => {
  test('keeps the driver’s defaults and takes only detection from the preset of its name', async () => {
    const spec = await backendOf(`[backend.claude]\nbin = "./fake.sh"\n${agent('claude')}`, 'claude')
    expect(spec).toMatchObject({
      preset: 'claude',
      bin: './fake.sh',
      stallIdleMs: 300_000,
      passEnv: ['ANTHROPIC_*'],
    })
    expect(spec?.patterns).toEqual({ asking: 'do you want', composer: '^> ' })
  })
  test.each(['codex exec', '/opt/bin/codex --x', 'A=1 exec codex', '"codex"', 'env B=2 codex'])(
    'is known by its program: %s',
    async (bin) => {
      const spec = await backendOf(`[backend.mine]\nbin = '${bin}'\n${agent('mine')}`, 'mine')
      expect(spec).toMatchObject({ preset: 'codex', patterns: { asking: 'approve' } })
    },
  )
  test.each([
    ['cursor-agent --x', 'cursor'],
    ['kiro-cli chat', 'kiro'],
  ])('is known by the program of a preset with another name: %s', async (bin, preset) => {
    const toml = `${HEAD}[backend.mine]\nbin = '${bin}'\n${agent('mine')}`
    expect((await fleetOf(toml, { presets })).backends.mine).toMatchObject({ preset })
  })
  test('of an unknown program takes nothing', async () => {
    const spec = await backendOf(`[backend.mine]\nbin = "sh x"\n${agent('mine')}`, 'mine')
    expect(spec).toMatchObject({ preset: undefined, patterns: {}, passEnv: [] })
  })
  test('may switch a detection off', async () => {
    const spec = await backendOf(`[backend.claude]\nbin = "c"\nasking_re = ""\n${agent('claude')}`, 'claude')
    expect(spec?.patterns).toEqual({ composer: '^> ' })
  })
})

describe('hooks', () => {
  const known = { claude: { bin: 'claude', hooks: true, hooks_flag: '--settings {hooks}' } }
  const hooksOf = async (table: string) => {
    const { backends } = await fleetOf(`${HEAD}${table}${agent('claude')}`, { presets: known })
    return [backends.claude?.hooks, backends.claude?.hooksFlag]
  }
  test.each([
    ['of a preset that is used as it is', '', true],
    ['of a preset with keys changed', '[backend.claude]\nflags = "--x"\n', true],
    ['switched off', '[backend.claude]\nhooks = false\n', false],
    ['of the same program elsewhere', '[backend.claude]\npreset = "claude"\nbin = "A=1 /opt/claude"\n', true],
    ['of another program in its place', '[backend.claude]\npreset = "claude"\nbin = "my-wrapper"\n', false],
    ['of another program, asked for', '[backend.claude]\npreset = "claude"\nbin = "w"\nhooks = true\n', true],
    ['of a driver’s table', '[backend.claude]\nbin = "claude"\n', false],
    ['of a driver’s table, asked for', '[backend.claude]\nbin = "claude"\nhooks = true\n', true],
  ])('%s', async (_, table, wanted) => {
    expect(await hooksOf(table)).toEqual([wanted, '--settings {hooks}'])
  })
  test('asked for where nobody knows how: a warning', async () => {
    const loaded = await makeProject().load(
      `${HEAD}[backend.mine]\nbin = "x"\nhooks = true\n${agent('mine')}`,
    )
    expect(loaded.problems.map(({ code, severity }) => [code, severity])).toContainEqual([
      'CONFIG_HOOKS_UNKNOWN',
      'warning',
    ])
  })
})

describe('a preset', () => {
  test('is overridden key by key by a table without bin', async () => {
    const spec = await backendOf(
      `[backend.claude]\nflags = "--yolo"\nactive_re = "busy"\n${agent('claude')}`,
      'claude',
    )
    expect(spec).toMatchObject({ preset: 'claude', bin: 'claude', flags: '--yolo', stallIdleMs: 600_000 })
    expect(spec?.patterns).toMatchObject({ active: 'busy', asking: 'do you want' })
  })
  test('is asked for by the preset key, also beside bin', async () => {
    const spec = await backendOf(`[backend.x]\npreset = "claude"\nbin = "my"\n${agent('x')}`, 'x')
    expect(spec).toMatchObject({ name: 'x', preset: 'claude', bin: 'my', stallIdleMs: 600_000 })
  })
  test('is used whole without any table', async () => {
    expect(await backendOf(agent('claude'), 'claude')).toMatchObject({
      name: 'claude',
      preset: 'claude',
      stallIdleMs: 600_000,
    })
  })
  test('that nobody uses is no backend of the fleet', async () => {
    expect(await backendOf(agent('claude'), 'codex')).toBeUndefined()
  })
})

test('the boot message is submitted with the submit key where that is set, else with C-m', async () => {
  const of = async (line: string) =>
    (await backendOf(`[backend.m]\nbin = "m"\n${line}\n${agent('m')}`, 'm'))?.bootSubmitKey
  expect([
    await of(''),
    await of('submit_key = "Tab"'),
    await of('submit_key = "Tab"\nboot_submit_key = "x"'),
  ]).toEqual(['C-m', 'Tab', 'x'])
})

describe('each built-in preset', () => {
  test.each(Object.entries(presets))(
    '%s is a valid backend, and none of its patterns stalls',
    async (name, table) => {
      const own = name === 'generic' ? '[backend.generic]\nbin = "any"\n' : ''
      const fleet = await fleetOf(HEAD + own + agent(name), { presets })
      expect(fleet.backends[name]?.preset).toBe(name)
      for (const key of PATTERN_KEYS) {
        const pattern = (table as Record<string, unknown>)[key]
        if (typeof pattern !== 'string' || pattern === '') continue
        const translated = translatePyRegex(pattern)
        expect(translated, `${name}.${key}`).toMatchObject({ kind: 'ok' })
        if (translated.kind === 'ok')
          expect(probeRegex(translated.source, hostileLines(translated.source), 200), `${name}.${key}`).toBe(
            'ok',
          )
      }
    },
  )
})

test('the generic preset needs a command; a table of another name may be one', async () => {
  const told = await makeProject().load(HEAD + agent('generic'), { presets })
  expect(told).toMatchObject({ kind: 'refused', problems: [{ code: 'CONFIG_REQUIRED' }] })
  const fleet = await fleetOf(`${HEAD}[backend.grok]\npreset = "generic"\n${agent('grok')}`, { presets })
  expect(fleet.backends.grok).toMatchObject({ bin: 'grok', preset: 'generic' })
})

describe('overrides of one call', () => {
  const toml = `${HEAD}[backend.x]\nbin = "x"\n[[agent]]\nname = "a-b"\nbackend = "claude"\nmodel = "m"\n`
  const load = async (env?: Record<string, string>) =>
    await makeProject().load(toml, { presets: made, ...(env === undefined ? {} : { env }) })
  test('set model and backend, force the model, and ignore empty values', async () => {
    const loaded = await load({ 'AGENT_MODEL_a-b': 'big', 'AGENT_BACKEND_a-b': 'x' })
    expect(loaded.kind === 'ok' && loaded.fleet.agents[0]).toMatchObject({
      model: 'big',
      modelForced: true,
      backend: 'x',
    })
    const empty = await load({ 'AGENT_MODEL_a-b': '', AGENT_BACKEND_other: 'zz' })
    expect(empty.kind === 'ok' && empty.fleet.agents[0]).toMatchObject({
      model: 'm',
      modelForced: false,
      backend: 'claude',
    })
  })
  test('are not taken from the process by themselves', async () => {
    process.env['AGENT_MODEL_a-b'] = 'leak'
    const loaded = await load()
    delete process.env['AGENT_MODEL_a-b']
    expect(loaded.kind === 'ok' && loaded.fleet.agents[0]?.model).toBe('m')
  })
  test('that name no backend are told as the environment’s fault', async () => {
    const loaded = await load({ 'AGENT_BACKEND_a-b': 'cluade' })
    expect(loaded.problems.find((p) => p.severity === 'error')).toMatchObject({
      code: 'CONFIG_BACKEND_UNKNOWN',
      file: 'environment',
      key: 'AGENT_BACKEND_a-b',
    })
  })
})
