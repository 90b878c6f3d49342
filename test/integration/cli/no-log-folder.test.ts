import { chmodSync, mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../../support/sandbox.ts'

const root = process.getuid?.() === 0
const refusing = '/sys/agents-logs'

/** Who is root may write everywhere but there, where it is what it should be. */
function refusesRoot(): boolean {
  try {
    mkdirSync(refusing)
  } catch {
    return true
  }
  rmdirSync(refusing)
  return false
}

test.skipIf(root && !refusesRoot())(
  'with a log folder that takes nothing, what can be seen is shown with the reason, and nothing is changed',
  async ({ box }) => {
    const logs = root ? refusing : join(box.dir, 'logs')
    if (!root) mkdirSync(logs, { mode: 0o500 })
    const defaults = `[defaults]\nsession_prefix = "x-"\nlog_dir = "${logs}"\ntmux_socket = "${join(box.dir, 's')}"\n`
    const backend = `[backend.q]\nbin = "sleep 1000"\n`
    box.write(
      'agents.toml',
      `${defaults}${backend}[[agent]]\nname = "builder"\nbackend = "q"\nwatch = "heal"\n`,
    )
    const why = expect.stringMatching(/the folder .*logs\/state cannot be made or mended.*log_dir/)
    const status = await box.agents('status', '--json')
    expect([status.code, status.stderr]).toEqual([0, ''])
    const report = JSON.parse(status.stdout)
    expect(report).toMatchObject({ agents: [{ name: 'builder', life: 'stopped' }] })
    expect(report.attention).toContainEqual(why)
    expect(await box.agents('status', '--check')).toMatchObject({ code: 3, stdout: why })
    expect((await box.agents('plan')).stdout).toContain('builder')
    const up = await box.agents('up', '--json')
    expect([up.code, JSON.parse(up.stdout)]).toMatchObject([1, { error: { code: 'FILES_FOLDER' } }])
    expect(box.tmux('list-sessions').code).not.toBe(0)
    if (!root) chmodSync(logs, 0o700)
  },
  30_000,
)
