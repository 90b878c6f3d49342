import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { keeperScript } from '../../../src/daemon/keeper.ts'

let dir: string
/** The PATH of the loop; undefined: ours. */
let path: string | undefined
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'k-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const argvFor = (program: string, entry: string): string[] => [
  '-c',
  keeperScript,
  'agents-keeper',
  program,
  entry,
  'agents.toml',
  join(dir, 'log'),
  dir,
]

/** The loop around a program that ends with these codes, one after the other. */
function keep(...codes: number[]): { status: number | null; runs: number } {
  const program = join(dir, 'program')
  writeFileSync(join(dir, 'codes'), `${codes.join('\n')}\n`)
  writeFileSync(
    program,
    `#!/bin/sh\necho "$@" >> ${dir}/runs\nn=$(wc -l < ${dir}/runs)\nexit "$(sed -n "$((n))p" ${dir}/codes)"\n`,
  )
  chmodSync(program, 0o755)
  const { status } = spawnSync('/bin/sh', argvFor(program, 'entry.js'), { timeout: 30_000 })
  return { status, runs: readFileSync(join(dir, 'runs'), 'utf8').trim().split('\n').length }
}

test('a watchdog that crashed is started again; one that was asked to stop is not', () => {
  expect(keep(137, 1, 0)).toEqual({ status: 0, runs: 3 })
})

test.each([2, 5])(
  'a broken config or a missing tool may be mended: with code %i it is started again',
  (code) => {
    expect(keep(code, code, code, 0)).toEqual({ status: 0, runs: 4 })
  },
)

test('while another watchdog has the lock it is waited for: it may end and leave the fleet alone', () => {
  expect(keep(4, 4, 0)).toEqual({ status: 0, runs: 3 })
})

/** The loop in a terminal of its own around this node, which runs the script; each run adds its pid to `runs`. */
function inTerminal(script: string, shell = '/bin/sh'): { loop: () => number; runs: () => number[] } {
  const entry = join(dir, 'entry.cjs')
  writeFileSync(entry, `require('node:fs').appendFileSync('${dir}/runs', process.pid + '\\n')\n${script}`)
  const env = path === undefined ? [] : ['-e', `PATH=${path}`]
  tmux('new-session', '-d', '-s', 'w', ...env, shell, ...argvFor(process.execPath, entry))
  const read = (name: string): number[] =>
    existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8').trim().split('\n').map(Number) : []
  return { loop: () => Number(tmux('list-panes', '-a', '-F', '#{pane_pid}')), runs: () => read('runs') }
}

function tmux(...args: string[]): string {
  return spawnSync('tmux', ['-f', '/dev/null', '-S', join(dir, 's'), ...args], {
    encoding: 'utf8',
  }).stdout.trim()
}
const serverPid = (): number => Number(tmux('display-message', '-p', '#{pid}'))
const says = (what: string): boolean => existsSync(join(dir, what))
const writes = (what: string): string => `require('node:fs').writeFileSync('${dir}/${what}', '')`

/** Where there is no `setsid`, as on macOS. */
const poor = ['date', 'sleep', 'perl'].map((name) => [name, which(name)] as const)
const shells: readonly (readonly [string, boolean])[] = [
  ['/bin/sh', false],
  ['/bin/bash', false],
  ['/bin/sh', true],
]
const here = shells.filter(
  ([shell, isPoor]) => existsSync(shell) && (!isPoor || poor.every(([, path]) => path !== '')),
)

describe.each(here)('in a terminal, %s, without setsid: %s', (shell, isPoor) => {
  beforeEach(() => {
    if (!isPoor) return
    mkdirSync(join(dir, 'bin'))
    for (const [name, path] of poor) symlinkSync(path, join(dir, 'bin', name))
    path = join(dir, 'bin')
  })
  afterEach(() => {
    tmux('kill-server')
    path = undefined
  })

  test('a watchdog that only begins outlives the death of its loop', async () => {
    // Of its own accord Node dies of a HUP, also where its parent ignored it.
    const { loop, runs } = inTerminal(`setTimeout(() => ${writes('alive')}, 500)`, shell)
    await vi.waitUntil(() => runs().length > 0)
    process.kill(loop(), 'SIGKILL')
    await vi.waitUntil(() => says('alive'), 10_000)
  })

  test('a terminal that goes takes neither the loop nor the watchdog along', async () => {
    const { loop, runs } = inTerminal('setTimeout(() => process.exit(1), 300)', shell)
    await vi.waitUntil(() => runs().length > 0)
    const keeper = loop()
    process.kill(serverPid(), 'SIGKILL')
    // The third failure is followed by a pause.
    await vi.waitUntil(() => runs().length > 3, 15_000)
    process.kill(keeper, 'SIGKILL')
  })

  test('Ctrl-C asks the watchdog to stop, and ends the loop', async () => {
    const stops = `process.on('SIGINT', () => { ${writes('asked')}; setTimeout(() => process.exit(0), 200) })`
    const { loop, runs } = inTerminal(`${stops}\nsetInterval(() => {}, 1000)\n${writes('listens')}`, shell)
    await vi.waitUntil(() => says('listens'), 10_000)
    const keeper = loop()
    tmux('send-keys', '-t', 'w', 'C-c')
    await vi.waitUntil(() => !isAlive(keeper), 10_000)
    expect([says('asked'), runs().length, isAlive(runs()[0]!)]).toEqual([true, 1, false])
  })
})

function which(name: string): string {
  return spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
