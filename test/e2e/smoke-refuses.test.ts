import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/smoke.mjs', import.meta.url))
let dir: string

beforeEach(async () => {
  dir = await mkdtemp('/tmp/sr-')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** Runs the steps of smoke.sh with another program in place of ours. */
async function smoke(body: string) {
  const program = join(dir, 'program.mjs')
  await writeFile(program, body)
  await chmod(program, 0o755)
  const env = { ...process.env, AGENTS_BIN: program }
  return spawnSync(process.execPath, [script, dir], { encoding: 'utf8', env, timeout: 60_000 })
}

test('smoke exits 1 with the reason when the program fails', async () => {
  const { status, stdout } = await smoke('console.error("no such thing"); process.exit(1)')
  expect(status).toBe(1)
  expect(stdout).toMatch(/^\[1\/9\] .* FAILED$/m)
  expect(stdout).toContain('no such thing')
})

test('smoke does not believe a program that only says that it did everything', async () => {
  const report = {
    version: 1,
    agents: [{ name: 'builder', enabled: true, life: 'up' }],
    services: [],
    watchdog: { life: 'up' },
    events: [],
  }
  const { status, stdout } = await smoke(`console.log(${JSON.stringify(JSON.stringify(report))})`)
  expect(status).toBe(1)
  expect(stdout).toMatch(/^\[1\/9\] .* ok /m)
  expect(stdout).toMatch(/^\[2\/9\] .* FAILED$/m)
})

test('smoke ends what a failing program leaves behind', async () => {
  const leaves = `
    import { spawn } from 'node:child_process'
    spawn('sleep', ['123'], { detached: true, stdio: 'ignore' }).unref()
    process.exit(1)`
  await smoke(leaves)
  const left: string[] = []
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
    if (environment.includes(`=${dir}/`)) left.push(pid)
  }
  expect(left).toEqual([])
})
