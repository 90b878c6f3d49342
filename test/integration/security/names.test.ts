import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { execaSync } from 'execa'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { createDeps } from '../../../src/cli/deps.ts'
import { dispatch } from '../../../src/cli/dispatch.ts'
import { describeError } from '../../../src/cli/report-error.ts'
import type { CliDeps } from '../../../src/cli/types.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, replaced, watchdog } from '../rows/fleet.ts'
import { expectQuiet } from './text.ts'

const canary = 'canary-c41e'
const touch = `touch ${canary}`
/** Each alone is no name; what is put around it makes it no better. */
const evil = fc.constantFrom(
  `$(${touch})`,
  `\`${touch}\``,
  `;${touch};`,
  `#(${touch})`,
  `#{l:x}`,
  `'; ${touch} #`,
  `"; ${touch} #`,
  `\n${touch}\n`,
  `|${touch}`,
  `&& ${touch}`,
  `../../${canary}`,
  `/tmp/${canary}`,
  `%2e%2e/${canary}`,
  '．．/x',
  '\u202e',
  '\x1b]0;x\x07',
  '\u0000',
  '=x-a',
  'x-a:0.0',
  'a.b',
  '{a}',
  '*',
  'é',
  ' ',
)
const around = fc.string({ unit: fc.constantFrom(...'ab-_0$\'"#;:. '), maxLength: 8 })
const names = fc.sample(
  fc.tuple(around, evil, around).map((parts) => parts.join('')),
  { numRuns: 500, seed: 11 },
)

const findCanary = (dir: string): string =>
  execaSync('find', [dir, process.cwd(), '/tmp', '-maxdepth', '3', '-name', canary], { reject: false }).stdout

interface Ran {
  code: number
  text: string
}

const real = createDeps()

/** The verb with its real parts, in this process: a process each would take a minute. */
async function run(box: Sandbox, ...argv: string[]): Promise<Ran> {
  let text = ''
  const write = async (more: string) => {
    text += more
  }
  const deps: CliDeps = {
    ...real,
    cwd: box.dir,
    io: { ...real.io, out: write, err: write, tty: false, color: false },
  }
  try {
    const code = await dispatch([...argv, '--config', `${box.dir}/agents.toml`], deps)
    return { code, text }
  } catch (error) {
    const report = describeError(error, (tool) => `get ${tool}`)
    return { code: report.exit, text: text + report.text }
  }
}

const lastly = [
  'up',
  'down',
  'restart',
  'reset',
  'pause',
  'resume',
  'adopt',
  'why',
  'logs',
  'attach',
  'transcript',
]

describe('hostile names', () => {
  test('500 of them, as arguments of every verb: exit 2, nothing is run, touched or printed raw', async ({
    box,
  }) => {
    box.config(backend('steady', 'sleep 1000') + agent('a', 'steady'))
    const before = readdirSync(box.dir)
    for (const [n, name] of names.entries()) {
      const verbs = n < 20 ? lastly : [lastly[n % lastly.length]!]
      for (const verb of verbs) {
        const { code, text } = await run(box, verb, '--', name)
        expect(code, `${verb} ${JSON.stringify(name)}: ${text}`).toBe(2)
        expectQuiet(text, `${verb} ${JSON.stringify(name)}`)
      }
    }
    expect(readdirSync(box.dir)).toEqual(before)
    expect(findCanary(box.dir)).toBe('')
  }, 60_000)

  test('500 of them, as names, sessions and prefixes of a config: each is refused with its line, nothing is run', async ({
    box,
  }) => {
    const toml = (name: string) => JSON.stringify(name).replace(/\x7f/g, '\\u007f')
    const tables = names.map((name, n) =>
      n % 3 === 0
        ? `[[agent]]\nname = ${toml(name)}\nbackend = "steady"`
        : n % 3 === 1
          ? `[[agent]]\nname = "n${n}"\nsession = ${toml(name)}\nbackend = "steady"`
          : `[[service]]\nname = ${toml(name)}\ncommand = "true"`,
    )
    // At most 200 problems are told at once.
    for (let from = 0; from < tables.length; from += 100) {
      box.config(backend('steady', 'sleep 1000') + tables.slice(from, from + 100).join('\n'))
      const { code, text } = await run(box, 'config', 'check', '--json')
      expect(code).toBe(2)
      const { problems } = JSON.parse(text) as { problems: { line: number; severity: string }[] }
      const lines = new Set(problems.filter((one) => one.severity === 'error').map((one) => one.line))
      expect(lines.size).toBeGreaterThanOrEqual(100)
      expectQuiet(text, 'config check --json')
    }
    expectQuiet((await run(box, 'config', 'check')).text, 'config check')
    expect((await run(box, 'up')).code).toBe(2)
    for (const name of names.slice(0, 12)) {
      writeFileSync(
        `${box.dir}/agents.toml`,
        `[defaults]\nsession_prefix = ${toml(name)}\nlog_dir = "logs"\n${backend('steady', 'sleep 1')}${agent('a', 'steady')}`,
      )
      expect((await run(box, 'up')).code).toBe(2)
    }
    expect(findCanary(box.dir)).toBe('')
    expect(box.exists('s')).toBe(false)
  }, 60_000)

  test('option-like names of a remote, a branch and a model are no options, and a remote that is a command is not run', async ({
    box,
  }) => {
    const git = (...args: string[]) =>
      execaSync('git', args, {
        cwd: box.dir,
        env: { PATH: process.env.PATH ?? '', HOME: box.dir },
        extendEnv: false,
      })
    git('init', '-q', '--bare', 'origin.git')
    git('clone', '-q', 'origin.git', 'repo')
    mkdirSync(`${box.dir}/prompts`)
    box.write('prompts/b.md', 'x')
    box.write('kickoff.md', 'x')
    const model = `--dangerous; ${touch} $(${touch})`
    box.write('rec.sh', `printf '%s\\n' "$@" > ${box.dir}/argv\nexec sleep 1000\n`)
    const loop = (handoff: string) =>
      watchdog() +
      backend('t', `sh ${box.dir}/rec.sh`, "model_flag = '--model {model}'").replace('"exec"', '"arg"') +
      agent('b', 't', `kind = "loop"\nrole = "b"\nwatch = "heal"\nmodel = ${JSON.stringify(model)}`) +
      `[loop]\nkickoff_template = "kickoff.md"\nphases = [{ id = "one", plan = "x", status = "S.md" }]\n[loop.handoff]\nrepo = "repo"\n${handoff}\n`
    for (const bad of [`branch = "--upload-pack=${touch}"`, `remote = "--upload-pack=${touch}"`]) {
      box.config(loop(bad))
      const dog = box.watchdog()
      await box.until('the trouble', () => box.events().find((event) => event.kind === 'git-trouble'))
      process.kill(dog.pid, 'SIGTERM')
      await dog.ended
      execaSync('rm', ['-rf', 'logs'], { cwd: box.dir })
      expect(findCanary(box.dir), bad).toBe('')
    }
    git('-C', 'repo', 'remote', 'set-url', 'origin', `ext::sh -c touch% ${canary}`)
    box.config(loop(''))
    await box.agents('up')
    const argv = await box.until('its arguments', () => (box.exists('argv') ? box.read('argv') : undefined))
    expect(argv.split('\n').slice(0, 2)).toEqual(['--model', model])
    await box.event((event) => event.kind === 'git-trouble')
    expect(findCanary(box.dir)).toBe('')
  }, 60_000)
})

describe('a project in a folder with a hostile name', () => {
  const folders = [
    `it's "a" $(${touch}) \`${touch}\``,
    `#(${touch}) #{l:x};${touch}; é日本 %d`,
    `line\nfeed\\ and -dash`,
  ]
  for (const folder of folders) {
    test(`${JSON.stringify(folder)}: the whole fleet works, and nothing in the name is run`, async ({
      box,
    }) => {
      const dir = `${box.dir}/${folder}`
      mkdirSync(`${dir}/work (it's) #x`, { recursive: true })
      writeFileSync(`${dir}/the prompt $(x).md`, 'go')
      const toml =
        `[defaults]\nsession_prefix = "x-"\nlog_dir = "logs $(x) '#(y)"\ntmux_socket = "${box.dir}/s"\n` +
        watchdog() +
        backend('t', 'cp {kickoff} got.txt; while :; do echo "it is $PWD"; sleep 0.2; done') +
        backend('p', `sh -c 'printf %s "$1" > arg.txt; exec sleep 1000' sh`).replace('"exec"', '"arg"') +
        agent('a', 't', `watch = "heal"\nprompt_file = "the prompt $(x).md"\ndir = "work (it's) #x"`) +
        agent('b', 'p', `watch = "heal"\nprompt_file = "the prompt $(x).md"`) +
        '[[service]]\nname = "web"\ncommand = "while :; do pwd; sleep 0.2; done"\n'
      writeFileSync(`${dir}/agents.toml`, toml)
      const agents = (...args: string[]) => box.agents(...args, '--config', `${dir}/agents.toml`)
      expect((await agents('config', 'check')).code).toBe(0)
      const up = await agents('up')
      expect(up.code, up.stdout + up.stderr).toBe(0)
      const a = box.pid('a')!
      process.kill(a, 'SIGKILL')
      await replaced(box, 'a', a)
      await box.until('its output', async () =>
        (await agents('logs', 'a')).stdout.includes('it is ') &&
        (await agents('logs', 'web')).stdout.includes('/')
          ? true
          : undefined,
      )
      const read = (path: string) => execaSync('cat', ['--', `${dir}/${path}`]).stdout
      expect([read(`work (it's) #x/got.txt`), read('arg.txt')]).toEqual(['go', 'go'])
      for (const verb of [['status'], ['status', '--json'], ['events'], ['why', 'a'], ['doctor'], ['plan']]) {
        const shown = await agents(...verb)
        expect(shown.code, `${verb}: ${shown.stdout}${shown.stderr}`).toBe(0)
        expectQuiet(shown.stdout + shown.stderr, verb.join(' '))
      }
      expect((await agents('restart', 'b')).code).toBe(0)
      expect((await agents('down', '--grace', '0')).code).toBe(0)
      expect(box.tmux('list-sessions').code).not.toBe(0)
      expect(findCanary(box.dir)).toBe('')
    }, 60_000)
  }
})
