import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../../test/integration/procs/bundle.ts'

const LIMIT_MS = 600
let built: { dir: string; file: string }
let child: ChildProcess | undefined

beforeAll(async () => {
  built = await bundle(`
    import { startHangGuard } from '#src/adapters/hang/hang-guard.ts'
    const [, , mode, report] = process.argv
    const guard = startHangGuard({ limitMs: ${LIMIT_MS}, report })
    setInterval(() => guard.beat(), 50)
    if (mode === 'hang') setTimeout(() => { for (;;); }, 100)
    if (mode === 'stop') setTimeout(() => guard.stop().then(() => process.exit(7)), 200)
    console.log('ready')
  `)
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await rm(built.dir, { recursive: true, force: true })
})

async function start(mode: string, report: string) {
  child = spawn(process.execPath, [built.file, mode, report], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>
  await once(child.stdout!, 'data')
  return { child, exit }
}

test('a blocked event loop is killed within the limit and two seconds, and says so', async () => {
  const report = join(built.dir, 'report')
  const from = performance.now()
  const { exit } = await start('hang', report)
  expect((await exit)[1]).toBe('SIGKILL')
  expect(performance.now() - from).toBeLessThan(LIMIT_MS + 2000)
  expect(await readFile(report, 'utf8')).toMatch(/hang-guard: no sign of life for 600 ms, killing \d+\n$/)
  expect((await stat(report)).mode & 0o777).toBe(0o600)
})

test('a process that was stopped three times the limit and continued is left alone', async () => {
  const { child, exit } = await start('live', join(built.dir, 'none'))
  child.kill('SIGSTOP')
  await pause(3 * LIMIT_MS)
  child.kill('SIGCONT')
  expect(await Promise.race([exit, pause(2 * LIMIT_MS, 'alive')])).toBe('alive')
  child.kill('SIGKILL')
  await exit
})

test('the guard lets go when it is stopped', async () => {
  const { exit } = await start('stop', join(built.dir, 'none'))
  expect((await exit)[0]).toBe(7)
})
