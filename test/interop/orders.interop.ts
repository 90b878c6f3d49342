import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { type Mixed, test } from './support/mixed.ts'

/** From the end of the command of tt to what it must do to the session. */
const SECOND = 1_000

const FLEET = (mixed: Mixed) => `
[watchdog]
stop_grace = 1
[backend.q]
bin = "${mixed.box.fake('goes-quiet')}"
prompt_delivery = "exec"
[[agent]]
name = "alpha"
backend = "q"
role = "backend"
watch = "heal"
[[agent]]
name = "beta"
backend = "q"
watch = "heal"
`

/** Loops of the real tt for the town of this folder. */
const loopsOf = (folder: string): string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return words.includes('agent-loop') && words.includes(folder)
      } catch {
        return false
      }
    })

async function up(mixed: Mixed): Promise<void> {
  await mixed.open(FLEET(mixed))
  await mixed.agents('up')
  for (const name of ['alpha', 'beta'])
    await mixed.until(`${name} is seen`, async () =>
      ['idle', 'working'].includes((await mixed.record(name)).state ?? ''),
    )
}

async function within(mixed: Mixed, what: string, look: () => boolean): Promise<number> {
  const from = Date.now()
  await mixed.until(what, async () => look(), 10_000)
  return Date.now() - from
}

test('tt sees our agents: list, status, and what happens to them in history and events', async ({
  mixed,
}) => {
  await up(mixed)
  const list = await mixed.tt('list')
  expect(list).toMatch(/alpha \[backend\] \([0-9a-f]{4}\) - (Idle|Working)/)
  expect(list).toMatch(/beta \[beta\] \([0-9a-f]{4}\) - (Idle|Working)/)
  const status = await mixed.tt('status', '--deep', '--tasks')
  expect(status).toContain('alpha [backend]')
  const pid = mixed.box.pid('alpha')
  process.kill(pid ?? 0, 'SIGKILL')
  await mixed.until('alpha runs again', async () => ![undefined, pid].includes(mixed.box.pid('alpha')))
  const events = () => mixed.tt('events', '--count', '100', '--agent', 'alpha')
  await mixed.until('tt is told that it failed and was started', async () => {
    const text = await events()
    return text.includes('[agent_spawned]') && text.includes('[agent_failed]')
  })
  expect(await mixed.tt('history', '--agent', 'alpha')).toContain('alpha')
})

test('tt kill, restart, interrupt, resume and close are carried out on the session within a second', async ({
  mixed,
}) => {
  await up(mixed)
  const { box, tt } = mixed
  const first = box.pid('alpha')
  const took: Record<string, number> = {}

  await tt('kill', 'alpha')
  took.kill = await within(mixed, 'alpha is gone', () => box.pid('alpha') === undefined)
  await mixed.becomes('alpha', 'stopped')
  expect(box.pid('beta')).toBeDefined()

  await tt('restart', 'alpha')
  took.restart = await within(mixed, 'alpha is back', () => box.pid('alpha') !== undefined)
  expect(box.pid('alpha')).not.toBe(first)
  // The loop that tt starts beside it leaves again: nobody but us reads that inbox.
  await mixed.until('no loop of tt runs', async () => {
    return loopsOf(box.dir).length === 0
  })
  // Its last word is that alpha is stopped; that is mended.
  await mixed.until('alpha is told as running', async () =>
    ['idle', 'working'].includes((await mixed.record('alpha')).state ?? ''),
  )

  await tt('interrupt', 'alpha')
  const paused = async () =>
    (await mixed.json<{ agents: { name: string; paused?: boolean; life: string }[] }>('status')).agents.find(
      (one) => one.name === 'alpha',
    )
  const from = Date.now()
  await mixed.until('alpha is paused', async () => JSON.stringify(await paused()).includes('pause'))
  took.interrupt = Date.now() - from
  expect((await mixed.record('alpha')).state).toBe('paused')
  await tt('resume', 'alpha')
  await mixed.until('alpha goes on', async () =>
    ['idle', 'working'].includes((await mixed.record('alpha')).state ?? ''),
  )

  await tt('close', 'beta')
  took.close = await within(mixed, 'beta is gone', () => box.pid('beta') === undefined)
  await mixed.becomes('beta', 'stopped')
  expect(await tt('wait', 'beta', '--timeout', '5')).toMatch(/stopped/i)
  console.log('milliseconds after the command of tt:', took)
  // A closed one may end what it is at, and has a grace to leave; the others are done at once.
  for (const order of ['kill', 'restart'] as const) expect(took[order], order).toBeLessThan(SECOND * 2)
})

test('tt stop ends all sessions, and tt recover kills nobody who is well', async ({ mixed }) => {
  await up(mixed)
  const pids = ['alpha', 'beta'].map((name) => mixed.box.pid(name))
  await mixed.tt('recover')
  expect(['alpha', 'beta'].map((name) => mixed.box.pid(name))).toEqual(pids)
  await mixed.tt('stop')
  await within(mixed, 'both are gone', () =>
    ['alpha', 'beta'].every((name) => mixed.box.pid(name) === undefined),
  )
  for (const name of ['alpha', 'beta']) await mixed.becomes(name, 'stopped')
  expect(await mixed.tt('list')).toMatch(/alpha .* - Stopped/)
})
