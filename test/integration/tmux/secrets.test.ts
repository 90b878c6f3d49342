import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, vi } from 'vitest'
import { findTmux } from '../../../src/adapters/tmux/socket.ts'
import { created, panesOf, type TmuxBench, test, until } from '../../support/tmux.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const CANARY = 'canary-9f3c'

/** A `tmux` that notes its arguments before it does its work. */
function spyOnTmux(bench: TmuxBench): () => string {
  const log = join(bench.dir, 'argv')
  const spy = `#!/bin/sh\nprintf '%s\\n' "$@" >> '${log}'\nexec '${findTmux()}' "$@"\n`
  writeFileSync(join(bench.dir, 'tmux'), spy, { mode: 0o755 })
  vi.stubEnv('PATH', `${bench.dir}:${process.env.PATH}`)
  return () => readFileSync(log, 'utf8')
}

function allArguments(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => argumentsOf(pid)).join('\n')
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

describe('secrets', () => {
  for (const connected of [false, true]) {
    const way = connected ? 'by the control client' : 'by one process, which starts the server'
    test(`values are in no process's arguments ${way}`, async ({ bench }) => {
      const argv = spyOnTmux(bench)
      const tmux = bench.open()
      if (connected) {
        await created(tmux, bench.spec('first'))
        await tmux.connect()
      }
      const file = join(bench.dir, 'env')
      const env = { ...bench.spec('a').env, SECRET: CANARY, BIG: CANARY.repeat(9000) }
      const script = ['/bin/sh', '-c', 'printf %s "$SECRET$BIG" > env; exec cat']
      const made = await created(tmux, bench.spec('a', script, { env }))
      await until(() => readdirSync(bench.dir).includes('env') && readFileSync(file, 'utf8').length > 90_000)
      expect(readFileSync(file, 'utf8')).toBe(CANARY.repeat(9001))
      await tmux.paste(made.paneId, `${CANARY}\n`)
      await tmux.paste(made.paneId, `${CANARY} `.repeat(10_000))
      await tmux.pipe(made.paneId, `: ${CANARY}; exec cat > /dev/null`)
      await tmux.pipe(made.paneId, undefined)
      expect(await panesOf(tmux)).toHaveLength(connected ? 2 : 1)
      expect(argv()).toContain('source-file')
      expect(argv()).not.toContain(CANARY)
      expect(allArguments()).not.toContain(CANARY)
    })
  }

  test('a server of ours has none of our environment', async ({ bench }) => {
    vi.stubEnv('OPERATOR_SECRET', CANARY)
    const tmux = bench.open()
    await created(tmux, bench.spec('a'))
    const environ = readFileSync(`/proc/${bench.serverPid()}/environ`, 'utf8').split('\0').filter(Boolean)
    expect(environ.sort()).toEqual(
      Object.entries(bench.options.serverEnv)
        .map((entry) => entry.join('='))
        .sort(),
    )
    expect(bench.raw('show-environment', '-t', '=a').stdout).not.toContain(CANARY)
    expect(bench.raw('show-environment', '-g').stdout).not.toContain(CANARY)
  })
})
