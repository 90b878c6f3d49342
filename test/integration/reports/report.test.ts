import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { WhyReport } from '../../../src/core/index.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, replaced, watchdog } from '../rows/fleet.ts'

/** What the agent's processes have in their environment. */
function environmentOf(box: Sandbox, name: string): Record<string, string> {
  const text = readFileSync(`/proc/${box.pid(name)}/environ`, 'utf8')
  return Object.fromEntries(
    text
      .split('\0')
      .filter((entry) => entry.startsWith('AGENTS_'))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}

const reading = async (box: Sandbox, name: string): Promise<NonNullable<WhyReport['reading']>> => {
  const run = await box.agents('why', name, '--json')
  return (JSON.parse(run.stdout) as WhyReport).reading!
}

const filesWith = (box: Sandbox, text: string): string =>
  execFileSync('sh', ['-c', `grep -rlFa -- '${text}' . 2>/dev/null; :`], { cwd: box.dir, encoding: 'utf8' })

const two = (): string => watchdog() + backend('q', 'exec sleep 1000') + agent('a', 'q') + agent('b', 'q')

describe.skipIf(process.platform !== 'linux')('an agent that reports for itself', () => {
  test('is known by its token, from any folder; the report is a claim with its end, and an event', async ({
    box,
  }) => {
    box.config(two())
    await box.agents('up')
    const env = environmentOf(box, 'a')
    const other = environmentOf(box, 'b')
    expect(env.AGENTS_TOKEN).toMatch(/^a\.[0-9a-f]+\.\S{43}$/)
    expect(env.AGENTS_TOKEN).not.toBe(other.AGENTS_TOKEN)
    const run = await box.agentsWith(
      env,
      'report',
      'waiting',
      '--for',
      '30m',
      '--reason',
      'a\tbuild\u001b[31m',
    )
    expect(run, run.stderr).toMatchObject({ code: 0 })
    expect(run.stdout).toContain('a says waiting until')
    const seen = await reading(box, 'a')
    expect(seen).toMatchObject({ state: 'waiting', rule: 'report' })
    const claim = seen.claims.find(({ source }) => source === 'report')!
    expect(claim.evidence).toContain('a build')
    expect(claim.evidence).not.toContain('\u001b')
    expect(claim.until! - claim.at!).toBe(30 * 60_000)
    expect((await reading(box, 'b')).state).toBe('idle')
    const explained = await box.agents('explain', 'a')
    expect(explained.stdout).toContain('the agent says so itself: a build')
    await box.event((event) => event.kind === 'report' && event.agent === 'a' && event.state === 'waiting')
    // Nobody learns the token but the session itself.
    expect(filesWith(box, env.AGENTS_TOKEN!.split('.')[2]!)).toBe('')
    expect(statSync(join(box.dir, 'logs/state/report.key')).mode & 0o777).toBe(0o600)
    const ps = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    expect(ps).not.toContain(env.AGENTS_TOKEN!.split('.')[2])
  }, 30_000)

  test('a wrong state, no session, and a stranger’s token are refused, each in its own words', async ({
    box,
  }) => {
    box.config(two())
    await box.agents('up')
    const env = environmentOf(box, 'a')
    const wrong = await box.agentsWith(env, 'report', 'bored')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('working, idle, asking, waiting, limited, failing')
    expect((await box.agentsWith(env, 'report', 'idle', '--for', '25h')).code).toBe(2)
    const outside = await box.agents('report', 'idle')
    expect(outside.code).toBe(2)
    expect(outside.stderr).toContain('AGENTS_TOKEN')
    const forged = `b${env.AGENTS_TOKEN!.slice(1)}`
    const stranger = await box.agentsWith({ ...env, AGENTS_TOKEN: forged }, 'report', 'failing', '--json')
    expect(stranger.code).toBe(1)
    expect(JSON.parse(stranger.stdout)).toMatchObject({ error: { code: 'REPORT_TOKEN' } })
    expect((await reading(box, 'b')).claims.some(({ source }) => source === 'report')).toBe(false)
    // A program that hides variables named TOKEN from what it runs leaves the name of the session.
    const { AGENTS_TOKEN: _, ...rest } = env
    const nameless = await box.agentsWith(rest, 'report', 'asking', '--json')
    expect(JSON.parse(nameless.stdout)).toMatchObject({ agent: 'a', state: 'asking', delivered: true })
  }, 30_000)

  test('while the watchdog is away the report is kept for the next one; a new session begins without', async ({
    box,
  }) => {
    box.config(two())
    await box.agents('up')
    const env = environmentOf(box, 'a')
    await box.agents('down', 'watchdog')
    const left = await box.agentsWith(env, 'report', 'waiting', '--for', '1h', '--json')
    expect(JSON.parse(left.stdout)).toMatchObject({ agent: 'a', delivered: false })
    const forged = await box.agentsWith({ ...env, AGENTS_TOKEN: `${env.AGENTS_TOKEN}x` }, 'report', 'idle')
    expect(forged.code).toBe(1)
    await box.agents('up', 'watchdog')
    await box.until(
      'the report is read',
      async () => (await reading(box, 'a')).state === 'waiting' || undefined,
    )
    // Kept over a kill of the watchdog, too.
    const dog = (await box.status()).watchdog.pid!
    process.kill(dog, 'SIGKILL')
    await box.until('a new watchdog', async () => {
      const now = (await box.status()).watchdog
      return (now.life === 'up' && now.pid !== dog) || undefined
    })
    expect((await reading(box, 'a')).state).toBe('waiting')
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    await replaced(box, 'a', pid)
    await box.until('read anew', async () => (await reading(box, 'a'))?.state === 'idle' || undefined)
    expect((await box.agentsWith(env, 'report', 'asking')).code).toBe(0)
    expect((await reading(box, 'a')).state).toBe('idle')
  }, 40_000)

  test('the pane’s option @agents_state counts like a report, and is made harmless', async ({ box }) => {
    box.config(two())
    await box.agents('up')
    box.tmux('set-option', '-p', '-t', '=x-a:', '@agents_state', 'waiting 20m a,\u001b[2J#{pane_id} build')
    const seen = await box.until('the option is read', async () => {
      const now = await reading(box, 'a')
      return now.state === 'waiting' ? now : undefined
    })
    const claim = seen.claims.find(({ source }) => source === 'report')!
    expect(claim.evidence).toContain('@agents_state says so: a,\\x1b[2J#{pane_id} build')
    expect(claim.until! - claim.at!).toBe(20 * 60_000)
    box.tmux('set-option', '-p', '-u', '-t', '=x-a:', '@agents_state')
    await box.until('it is gone', async () => (await reading(box, 'a')).state === 'idle' || undefined)
    expect((await reading(box, 'b')).state).toBe('idle')
  }, 30_000)
})
