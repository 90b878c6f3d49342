import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

interface Packed {
  filename: string
  files: { path: string; mode: number }[]
}

/** What a person who installs the package gets; a file that matches none of these has no business in it. */
const allowed = [
  /^dist\/agents\.js$/,
  /^dist\/(agents\.js\.LEGAL\.txt|chunks\/[\w.-]+)$/,
  /^dist\/[\w.-]+\.(js|LEGAL\.txt)$/,
  /^dist\/package\.json$/,
  /^prompts\/\w+\.md$/,
  /^docs\/[\w./-]+\.md$/,
  /^examples\/demo\/\w+\.mjs$/,
  /^agents\.(example\.toml|schema\.json)$/,
  /^(README|CHANGELOG)\.md$/,
  /^(LICENSE|package\.json)$/,
]

const needed = [
  'dist/agents.js',
  'dist/tt.js',
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'agents.example.toml',
  'agents.schema.json',
  'docs/reference/config.md',
  'docs/reference/cli.md',
  'examples/demo/prepare.mjs',
  'prompts/builder.md',
  'prompts/adversary.md',
  'prompts/kickoff.md',
  'prompts/orchestrator.md',
  'prompts/wake.md',
]

describe('the packed tarball', () => {
  let dir: string
  let packed: Packed
  let bin: string

  /** npm with a cache of its own: nothing of the user's is read or written. */
  async function npm(args: string[]): Promise<string> {
    const env = { ...process.env, npm_config_cache: join(dir, 'cache'), npm_config_update_notifier: 'false' }
    return (await run('npm', args, { cwd: root, env, timeout: 60_000 })).stdout
  }

  async function agents(args: string[], cwd = dir): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: dir, TMUX_TMPDIR: dir, NO_COLOR: '1' }
    return (await run(bin, args, { cwd, env, timeout: 20_000 })).stdout
  }

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'p-'))
    if (!existsSync(join(root, 'dist/agents.js'))) await npm(['run', 'build'])
    packed = JSON.parse(await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', dir]))[0]
    const tarball = join(dir, packed.filename)
    const quiet = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts']
    await npm(['install', '--global', '--prefix', join(dir, 'i'), ...quiet, tarball])
    bin = join(dir, 'i/bin/agents')
  }, 120_000)

  afterAll(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  test('holds everything that is promised', () => {
    const paths = packed.files.map((file) => file.path)
    expect(needed.filter((path) => !paths.includes(path))).toEqual([])
  })

  test('holds nothing else: no sources, no tests, no settings of the repository', () => {
    const paths = packed.files.map((file) => file.path)
    expect(paths.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([])
  })

  test('needs nothing at run time but Node', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    expect(manifest.dependencies ?? {}).toEqual({})
    expect(manifest.bin).toEqual({ agents: 'dist/agents.js', tt: 'dist/tt.js' })
  })

  test('starts after an installation without a network and tells its version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    expect((await agents(['--version'])).trim()).toBe(version)
  })

  test('prints its usage', async () => {
    expect(await agents(['--help'])).toMatch(/^agents: .*\n\nUsage: agents VERB/)
  })

  test('is started as tt, too, by the link that npm makes', async () => {
    const tt = join(dir, 'i/bin/tt')
    const env = { PATH: process.env.PATH, HOME: dir, NO_COLOR: '1' }
    expect((await run(tt, ['--help'], { env, timeout: 20_000 })).stdout).toMatch(/^tt: .*\n\nUsage: tt VERB/)
    await run(tt, ['-t', join(dir, 'plan'), 'plan', '--init'], { env, timeout: 20_000 })
    expect((await run(tt, ['plan', '--town', join(dir, 'plan')], { env })).stdout).toContain('(1 task)')
  })

  test('accepts the example that it brings', async () => {
    const installed = join(dir, 'i/lib/node_modules/agents-fleet')
    const prepared = join(dir, 'demo')
    await run(process.execPath, [join(installed, 'examples/demo/prepare.mjs'), prepared])
    await agents(['config', 'check'], join(prepared, 'project'))
  })
})
