import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { faketimeEnv, faketimeLibrary } from '../../support/faketime.ts'
import { heard } from '../../support/heard.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, bystander, eventsOf, life, replaced, watchdog, watchdogPid } from './fleet.ts'

const faketime = faketimeLibrary()
const reason = faketime === undefined ? ' (libfaketime is not installed)' : ''

/** A watchdog whose wall clock reads `clock`; its monotonic clock is left alone, as in a real jump. */
function withClock(box: Sandbox, clock = '+0') {
  box.write('clock', clock)
  return box.watchdog(faketimeEnv(faketime!, `${box.dir}/clock`))
}

/** One that is limited for long, one that waits as it declared, one that idles under heal. */
const fleet = (box: Sandbox): string =>
  watchdog('limit_probe_fallback = 3600') +
  backend(
    'limited',
    box.fake('shows-limit'),
    "limit_re = 'usage limit'\nactive_re = 'Working'\nstall_idle = 600",
  ) +
  agent(
    'limited',
    'limited',
    `watch = "heal+stall"\nenv = { AGENT_BANNER = "You hit your usage limit", AGENT_LIFTED = "${box.dir}/no", AGENT_RECORD = "${box.dir}/record" }`,
  ) +
  backend('waits', box.fake('waits-until'), 'stall_idle = 600') +
  agent('waits', 'waits', 'watch = "heal+stall"\nenv = { AGENT_WAIT_MS = "3600000" }') +
  bystander

const names = ['limited', 'waits', 'other']
const pids = (box: Sandbox) => names.map((name) => box.pid(name))

describe.skipIf(faketime === undefined)(
  `the wall clock of a running watchdog${reason}`,
  { concurrent: true },
  () => {
    for (const [row, jump] of [
      [72, '+6h'],
      [72, '+3d'],
      [73, '-2d'],
    ] as const) {
      test(`row ${row}: jumps by ${jump}: nobody is killed, no limit is lifted early, healing goes on`, async ({
        box,
      }) => {
        box.config(fleet(box))
        const dog = withClock(box)
        await box.until('all are up', () => pids(box).every((pid) => pid !== undefined) || undefined)
        await life(box, 'limited', 'held')
        const before = pids(box)
        box.write('clock', jump)
        await sleep(3_000)
        expect(pids(box)).toEqual(before)
        expect([eventsOf(box, 'kill'), eventsOf(box, 'lift'), eventsOf(box, 'limit-probe')]).toEqual([
          [],
          [],
          [],
        ])
        expect(heard(box, 'record')).toEqual([])
        const hours = Math.abs(box.events().at(-1)!.at - box.events()[0]!.at) / 3_600_000
        process.kill(before[2]!, 'SIGKILL')
        const began = Date.now()
        await replaced(box, 'other', before[2])
        expect(Date.now() - began).toBeLessThan(3_000)
        expect(await watchdogPid(box)).toBe(dog.pid)
        const last = await box.until('the event', () => eventsOf(box, 'started', 'other')[1])
        expect(Math.max(hours, Math.abs(last.at - box.events()[0]!.at) / 3_600_000)).toBeGreaterThan(5)
        expect(box.events().map((event) => event.seq)).toEqual(box.events().map((_, n) => n + 1))
      }, 30_000)
    }

    test('row 74: stopped while the wall clock moves eight hours, as in a sleep: nobody is killed on waking', async ({
      box,
    }) => {
      box.config(fleet(box))
      const dog = withClock(box)
      await box.until('all are up', () => pids(box).every((pid) => pid !== undefined) || undefined)
      await life(box, 'limited', 'held')
      const before = pids(box)
      process.kill(dog.pid, 'SIGSTOP')
      box.write('clock', '+8h')
      await sleep(2_000)
      process.kill(dog.pid, 'SIGCONT')
      await sleep(2_500)
      expect(pids(box)).toEqual(before)
      expect(eventsOf(box, 'kill')).toEqual([])
    }, 30_000)

    test('row 72: ahead while the watchdog is restarted: a limit still ends when it was to end', async ({
      box,
    }) => {
      box.config(fleet(box))
      const dog = withClock(box)
      await box.until('all are up', () => pids(box).every((pid) => pid !== undefined) || undefined)
      await life(box, 'limited', 'held')
      // What a crash right now would lose is another row.
      await box.until('the limit is on disk', () => {
        const path = 'logs/state/memory.json'
        return (box.exists(path) && box.read(path).includes('"untilMono"')) || undefined
      })
      const before = pids(box)
      process.kill(dog.pid, 'SIGKILL')
      await dog.ended
      const next = withClock(box, '+6h')
      await life(box, 'limited', 'held')
      await sleep(2_500)
      expect(await watchdogPid(box)).toBe(next.pid)
      expect([eventsOf(box, 'kill'), eventsOf(box, 'lift'), eventsOf(box, 'limit-probe')]).toEqual([
        [],
        [],
        [],
      ])
      expect([pids(box), heard(box, 'record')]).toEqual([before, []])
    }, 60_000)

    for (const year of ['@1969-12-31 23:59:00', '@2038-01-19 03:14:00', '@2105-02-28 12:00:00']) {
      test(`row 79: started in ${year.slice(1, 5)}: no crash, and healing works`, async ({ box }) => {
        box.config(watchdog() + bystander)
        const dog = withClock(box, year)
        const pid = await box.until('it is up', () => box.pid('other'))
        process.kill(pid, 'SIGKILL')
        await replaced(box, 'other', pid)
        await sleep(500)
        process.kill(dog.pid, 'SIGTERM')
        expect(await dog.ended).toBe(0)
        expect((await box.agents('events')).code).toBe(0)
      }, 30_000)
    }
  },
)
