import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
let dir: string
let project: string
let env: NodeJS.ProcessEnv
let children: ChildProcess[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'e-'))
  project = join(dir, 'demo', 'project')
  children = []
  env = { PATH: process.env.PATH, HOME: dir, GIT_CONFIG_GLOBAL: '/dev/null', DEMO_PACE_MS: '0' }
  await run(process.execPath, [join(root, 'examples/demo/prepare.mjs'), join(dir, 'demo')], { env })
})
afterEach(async () => {
  await Promise.all(
    children.map((child) => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      return child.exitCode === null && child.kill('SIGKILL') ? gone : undefined
    }),
  )
  await rm(dir, { recursive: true, force: true })
})

async function kickoff(role: string): Promise<string> {
  const template = await readFile(join(project, 'prompts/kickoff.md'), 'utf8')
  const text = template
    .replaceAll('{phase_id}', 'squares')
    .replaceAll('{plan}', 'a plan')
    .replaceAll('{status}', 'STATUS-squares.md')
    .replaceAll('{role}', role)
  return text + (await readFile(join(project, `prompts/${role}.md`), 'utf8'))
}

async function start(role: string): Promise<ChildProcess> {
  const program = join(project, `examples/demo/${role}.mjs`)
  const cwd = join(project, '.clones', role)
  const child = spawn(process.execPath, [program, await kickoff(role)], { cwd, env })
  children.push(child)
  return child
}

async function subjects(): Promise<string[]> {
  const { stdout } = await run('git', [
    '-C',
    join(dir, 'demo/origin.git'),
    'log',
    '--reverse',
    '--format=%s',
    'main',
  ])
  return stdout.trim().split('\n')
}

const last = (subject: string) =>
  vi.waitFor(async () => expect((await subjects()).at(-1)).toBe(subject), { timeout: 10_000, interval: 50 })

const ping = (child: ChildProcess) => child.stdin?.write('\x1b[200~watchdog ping: pushed\x1b[201~\r')

test('the example’s builder and adversary loop to a DONE marker by commits and pings alone', async () => {
  const builder = await start('builder')
  await last('claim: squares round 1')
  const adversary = await start('adversary')
  await last('review: squares round 1 rejected: the total is 196, not 197')
  ping(builder)
  await last('claim: squares round 2')
  ping(adversary)
  await last('review: squares round 2 accepted')
  ping(builder)
  await last('done: squares')
  const { stdout } = await run('git', [
    '-C',
    join(dir, 'demo/origin.git'),
    'show',
    'main:machine-docs/STATUS-squares.md',
  ])
  expect(stdout).toMatch(/^## DONE\n\nbuild\/squares\.json was accepted/m)
})

test('a builder that was killed goes on where the commits stand, whatever it left in its clone', async () => {
  await start('builder')
  await last('claim: squares round 1')
  children[0]?.kill('SIGKILL')
  await run('sh', ['-c', 'echo half >build/squares.json; touch .git/index.lock'], {
    cwd: join(project, '.clones/builder'),
  })
  await start('adversary')
  await last('review: squares round 1 rejected: the total is 196, not 197')
  await start('builder')
  await last('claim: squares round 2')
})

test('a ping for what is dealt with changes nothing', async () => {
  const builder = await start('builder')
  await last('claim: squares round 1')
  let shown = ''
  builder.stdout?.on('data', (data) => {
    shown += data
  })
  ping(builder)
  await vi.waitFor(() => expect(shown).toContain('round 1 waits for its review'), { timeout: 10_000 })
  expect((await subjects()).at(-1)).toBe('claim: squares round 1')
})
