import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AGENT, fleetOf, HEAD, makeProject } from '../../test/support/project.ts'
import { createConfigFiles } from '../adapters/files/config-files.ts'
import { loadConfig } from './load.ts'

describe('paths', () => {
  test('begin at the project, which begins at the folder of the real config file', async () => {
    const project = makeProject({
      'real/agents.toml': `${HEAD}project_dir = "../proj"\ndir = "work"\n${AGENT}`,
      'proj/x': '',
    })
    symlinkSync(join(project.dir, 'real/agents.toml'), project.path)
    const loaded = await loadConfig({ files: createConfigFiles(), presets: {} }, project.path)
    const root = join(project.dir, 'proj')
    expect(loaded.kind === 'ok' && loaded.fleet).toMatchObject({
      configPath: join(project.dir, 'real/agents.toml'),
      projectDir: root,
      logDir: join(root, 'logs'),
      stateDir: join(root, 'logs/state'),
      agents: [{ dir: join(root, 'work') }],
    })
  })

  test('the project is canonical', async () => {
    const project = makeProject({ 'real/x': '' })
    symlinkSync(join(project.dir, 'real'), join(project.dir, 'link'))
    const fleet = await fleetOf(`${HEAD}project_dir = "link"\n${AGENT}`, {}, project)
    expect(fleet.projectDir).toBe(join(project.dir, 'real'))
  })

  test('~ is the home folder, absolute paths win, and a service does not take [defaults] dir', async () => {
    const project = makeProject()
    const toml = `${HEAD.replace('"logs"', '"~/logs"')}dir = "work"\n${AGENT}prompt_file = "~/p.md"\n[[service]]\nname = "w"\ncommand = "x"\n[loop]\nstate_file = "/abs/idx"\n[loop.on_complete]\ntrigger_file = "/abs/go"\n`
    const fleet = await fleetOf(toml, {}, project)
    const home = join(project.dir, 'home')
    expect(fleet.logDir).toBe(join(home, 'logs'))
    expect(fleet.agents[0]).toMatchObject({
      dir: join(project.dir, 'work'),
      prompt: { kind: 'file', path: join(home, 'p.md') },
    })
    expect(fleet.services[0]?.dir).toBe(project.dir)
    expect(fleet.loop).toMatchObject({
      stateFilePath: '/abs/idx',
      onComplete: { run: undefined, triggerPath: '/abs/go' },
    })
  })

  test('tmux_socket with a slash is a path from the project', async () => {
    const project = makeProject()
    const fleet = await fleetOf(`${HEAD}tmux_socket = "./t"\n${AGENT}`, {}, project)
    expect(fleet.tmux).toEqual({ kind: 'path', path: join(project.dir, 't') })
  })
})

describe('merging', () => {
  test('prompt_file wins over prompt, and a default gives way to the agent’s own value as a whole', async () => {
    const toml = `${HEAD}wake = { prompt_file = "d.md", interval = 5 }\nprompt = "default"\n${AGENT}wake = { prompt_file = "own.md" }\nprompt_file = "p.md"\n`
    const spec = (await fleetOf(toml)).agents[0]
    expect(spec?.prompt.kind).toBe('file')
    expect(spec?.wake).toMatchObject({ intervalMs: 3_600_000, promptPath: expect.stringMatching(/own\.md$/) })
  })
  test('session and kind are not taken from [defaults]', async () => {
    expect((await fleetOf(`${HEAD}session = "s"\nkind = "loop"\n${AGENT}`)).agents[0]).toMatchObject({
      session: 'p-a',
      kind: 'persistent',
    })
  })
  test('stop_grace: the agent’s, else that of [defaults], else that of [watchdog]', async () => {
    const of = async (...lines: string[]) =>
      (await fleetOf(`${HEAD}${lines[0]}\n${AGENT}${lines[1]}\n[watchdog]\nstop_grace = 3\n`)).agents[0]
        ?.stopGraceMs
    expect([
      await of('', ''),
      await of('stop_grace = 4', ''),
      await of('stop_grace = 4', 'stop_grace = 6'),
    ]).toEqual([3000, 4000, 6000])
  })
})

describe('the loop', () => {
  test('is there for a loop agent even without a [loop] table', async () => {
    const project = makeProject({ 'prompts/r.md': '' })
    const fleet = await fleetOf(`${HEAD}${AGENT}kind = "loop"\nrole = "r"\n`, {}, project)
    expect(fleet.loop).toMatchObject({
      phases: [],
      rolesDir: join(project.dir, 'prompts'),
      stateFilePath: join(project.dir, 'logs/state/phase-idx'),
      doneMarker: '## DONE',
      autoAdvance: true,
      completionPath: join(project.dir, 'logs/SEQUENCE-COMPLETE'),
      handoff: {
        enabled: false,
        repo: project.dir,
        stateSubdir: 'machine-docs',
        remote: 'origin',
        branch: undefined,
        inboxes: [],
      },
    })
  })
  test('is absent otherwise', async () => {
    expect((await fleetOf(HEAD + AGENT)).loop).toBeUndefined()
  })

  const routes = async (handoff: string) =>
    (await fleetOf(`${HEAD}${AGENT}[loop.handoff]\n${handoff}\n`)).loop?.handoff.routes.map(
      (r) => `${r.id}:${r.pattern}>${r.to}`,
    )
  test('has the driver’s pair of routes by default', async () => {
    expect(await routes('')).toEqual(['claim:^claim>adversary', 'review:^review>builder'])
  })
  test('explicit routes replace the pair, except what is also written', async () => {
    const explicit = 'routes = [{ pattern = "x", to = "a" }, { pattern = "y", to = "a" }]'
    expect(await routes(explicit)).toEqual(['route-1:x>a', 'route-2:y>a'])
    expect(await routes(`${explicit}\nreview_pattern = "z"\nreview_pings = "a"`)).toEqual([
      'review:z>a',
      'route-1:x>a',
      'route-2:y>a',
    ])
  })
  test('an empty pattern takes a route away', async () => {
    expect(await routes('claim_pattern = ""')).toEqual(['review:^review>builder'])
  })
})
