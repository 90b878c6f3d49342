import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execaSync } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/adapters/clock/index.ts'
import { createProcs } from '../../src/adapters/procs/index.ts'
import { createRegexRunner } from '../../src/adapters/regex/index.ts'
import { createRounds, type RoundEnd } from '../../src/adapters/round/index.ts'
import { presets } from '../../src/backends/presets/index.ts'
import { roundCommand } from '../../src/backends/round.ts'
import { resolveBackends } from '../../src/config/backends.ts'
import { signReader } from '../../src/daemon/worker/sign.ts'
import { judge } from '../../src/worker/verdict.ts'
import { claude } from './clis/claude.ts'
import { codex } from './clis/codex.ts'
import { gemini } from './clis/gemini.ts'
import { opencode } from './clis/opencode.ts'
import { createStubApi, type StubApi } from './stub/api.ts'
import { type Installed, installCli } from './support/install.ts'

/** A worker's round with each real CLI: the whole prompt by standard input, an end of its own, a limit that is read. */
describe.sequential.each([claude, codex, gemini, opencode])('a round of $name', (cli) => {
  let installed: Installed
  let api: StubApi
  let home: string

  beforeAll(async () => {
    installed = installCli(cli)
    api = await createStubApi()
    home = realpathSync(mkdtempSync(join(tmpdir(), 'rr-')))
    mkdirSync(join(home, 'work'))
    execaSync('git', ['init', '--quiet', join(home, 'work')])
    for (const [path, text] of Object.entries(cli.files({ home, work: join(home, 'work'), url: api.url }))) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
  })
  afterAll(async () => {
    await api?.close()
    installed?.remove()
    rmSync(home, { recursive: true, force: true })
  })

  const backend = () => resolveBackends({ [cli.name]: { preset: cli.name } }, presets, []).specs[cli.name]!

  async function round(prompt: string, mostMs = 120_000): Promise<RoundEnd> {
    const work = join(home, 'work')
    const runner = createRounds({
      procs: createProcs(),
      folder: join(home, 'rounds'),
      dir: work,
      env: {
        ...cli.env({ home, work, url: api.url }),
        HOME: home,
        PATH: `${installed.binDir}:${process.env.PATH}`,
        LANG: 'C.UTF-8',
      },
      shell: '/bin/sh',
      command: (path) => roundCommand(backend(), cli.name === 'gemini' ? 'gemini-2.5-pro' : '', path)!,
      maxBytes: 10_000_000,
    })
    const { round: running } = await runner.start(prompt)
    const late = setTimeout(() => void running.end(1_000), mostMs)
    return running.ended.finally(() => clearTimeout(late))
  }

  test('reads the whole prompt, and ends with 0', async () => {
    api.mode = 'fast'
    const end = await round(
      `You are a worker.\n${'whole prompt, '.repeat(400)}\nthe very end of it, ünïcödé 世界`,
    )
    expect(end, end.tail).toMatchObject({ status: 0 })
    const asked = api.turns().map(({ body }) => body)
    expect(
      asked.some(
        (body) => body.includes('the very end of it, ünïcödé 世界') && body.includes('You are a worker.'),
      ),
    ).toBe(true)
  })

  // opencode tries again in silence: its round ends at `round_timeout`.
  test('a usage limit is read as one, or as a failure', async () => {
    api.mode = 'limit'
    api.resetAt = new Date(Date.now() + 3_600_000)
    const end = await round('Answer with words.', 30_000)
    const sign = signReader(backend(), createRegexRunner({ deadlineMs: 250 }), createClock())
    const verdict = judge(end, sign)
    console.log(
      `  ${cli.name} ${installed.version} at a limit: ${JSON.stringify(verdict)}\n${end.tail.slice(-600)}`,
    )
    expect(verdict.kind === 'done').toBe(false)
  })
})
