import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cli } from './clis/cli.ts'
import { type ApiRequest, createStubApi, type StubApi } from './stub/api.ts'
import { createRealFleet, pingText, type RealFleet } from './support/fleet.ts'
import { type Installed, installCli } from './support/install.ts'
import { countIn, rawControls } from './support/texts.ts'
import { agreement, type Sample, watchReadings } from './support/watch.ts'

/** One fleet of one real CLI goes through all that a supervisor has to see in it; the steps build on each other. */
export function rehearse(cli: Cli): void {
  describe.sequential(cli.name, () => {
    let installed: Installed
    let api: StubApi
    let fleet: RealFleet
    const said: string[] = []
    /** Names the message that waits while the agent is limited. */
    let waiting = ''
    const say = (text: string): void => void said.push(`  ${cli.name}: ${text}`)

    beforeAll(async () => {
      installed = installCli(cli)
      api = await createStubApi()
      fleet = createRealFleet(cli, installed.binDir, api)
      say(`version ${installed.version}`)
    })

    afterAll(async () => {
      await fleet?.end()
      await api?.close()
      installed?.remove()
      console.log(said.join('\n'))
    })

    /** A failure shows the screen on which it was not seen. */
    const until = async <T>(
      what: string,
      look: () => T | undefined | Promise<T | undefined>,
      withinMs?: number,
    ): Promise<T> => {
      try {
        return await fleet.box.until(what, look, withinMs)
      } catch (error) {
        const screen = `the title is ${fleet.title()}, the screen is\n${fleet.screen()}`
        throw new Error(`${(error as Error).message}\n${screen}`, { cause: error })
      }
    }

    const state = (want: string, withinMs = 60_000) =>
      until(`the reading ${want}`, async () => (await fleet.report()).reading === want || undefined, withinMs)

    const turnWith = (text: string, withinMs = 120_000): Promise<ApiRequest> =>
      until(
        `a request with ${text.slice(0, 60)}`,
        () => api.turns().find((one) => countIn(one.body, text) > 0),
        withinMs,
      )

    const record = (reading: string, what: string): void => {
      const dir = process.env.AGENTS_REAL_RECORD
      if (!dir) return
      const folder = join(dir, cli.name, installed.version)
      mkdirSync(folder, { recursive: true })
      const text = fleet.screen().replaceAll(fleet.box.dir, '/home/user')
      writeFileSync(join(folder, `${reading}--${what}.txt`), `${text.replace(/[ \t]+$/gm, '').trimEnd()}\n`)
    }

    test('starts, and the kickoff reaches the model byte for byte', async () => {
      const run = await fleet.agents('up')
      expect(run.stdout + run.stderr).toContain('started')
      const wanted = cli.typedKickoff ? 'Read your instructions now with: cat ' : fleet.kickoff
      const turn = await turnWith(wanted)
      expect(countIn(turn.body, wanted)).toBe(1)
      await sleep(2_000)
      await state('idle')
      record('idle', 'after-kickoff')
      say(`kickoff seen after ${turn.at - fleet.box.events().find((e) => e.kind === 'started')!.at} ms`)
    })

    test('reads working while a reply streams, and idle afterwards', async () => {
      await state('idle')
      await sleep(3_000)
      api.mode = 'slow'
      let hash = ''
      const samples: Sample[] = await watchReadings(fleet, api, `${cli.name}-slow`, async () => {
        await sleep(3_000)
        hash = fleet.push()
        const turn = await turnWith(hash)
        await sleep(4_000)
        record('working', 'a-reply-streams')
        await until('the end of the reply', () => turn.endedAt, 60_000)
        await sleep(6_000)
      })
      record('idle', 'after-a-reply')
      const agreed = agreement(samples)
      say(
        `agreement ${agreed.settled} % (${agreed.all} % with the moments of change) of ${agreed.samples} samples`,
      )
      expect(samples.some((one) => one.state === 'working')).toBe(true)
      expect(agreed.settled, JSON.stringify(agreed.wrong.slice(0, 5))).toBeGreaterThanOrEqual(95)
      expect((await fleet.report()).reading).toBe('idle')
    })

    test('a ping is submitted once, and once only', async () => {
      api.mode = 'fast'
      const first = fleet.push()
      await turnWith(pingText(first))
      await state('idle')
      const second = fleet.push()
      const turn = await turnWith(`rehearsal ping ${second}`)
      await sleep(3_000)
      const last = api.turns().at(-1)!
      expect(countIn(last.body, `rehearsal ping ${first}`)).toBe(1)
      expect(countIn(last.body, `rehearsal ping ${second}`)).toBe(1)
      expect(last.at).toBe(turn.at)
      expect(fleet.submitted(first)).toHaveLength(1)
      expect(fleet.submitted(second)).toHaveLength(1)
      say(`ping in the request ${turn.at - fleet.submitted(second)[0]!.at} ms after it was submitted`)
    })

    test('an approval dialog reads asking, and nothing is typed into it', async () => {
      api.mode = 'tool'
      await turnWith(fleet.push())
      await state('asking')
      api.mode = 'fast'
      record('asking', 'approval')
      await sleep(1_000)
      const staged = () => fleet.box.events().filter((event) => event.kind === 'ping-staged').length
      const before = staged()
      const held = fleet.push()
      await until('a waiting message', async () => (await fleet.report()).queued === 1 || undefined)
      await sleep(5_000)
      expect([staged(), fleet.screen().includes(held)]).toEqual([before, false])
      const shown = await fleet.agents('status')
      expect(shown.stdout).toContain('asking')
      expect(shown.stdout).toMatch(/asks for an answer/)
      if (cli.title.asking) expect(await titleSays()).toContain('asking')
      fleet.key(cli.leave)
      const turn = await turnWith(`rehearsal ping ${held}`)
      expect(countIn(turn.body, `rehearsal ping ${held}`)).toBe(1)
      await state('idle')
      say('dialog seen, message held back and delivered after it')
    })

    const titleSays = async (): Promise<string[]> =>
      (await fleet.why()).reading?.claims.filter((one) => one.source === 'title').map((one) => one.says) ?? []

    test('a usage limit is held, and nothing is typed before its reset', async () => {
      api.resetAt = nextReset(cli.patienceMs)
      api.mode = 'limit'
      const hash = fleet.push()
      await turnWith(hash)
      await state('limited', 60_000)
      record('limited', 'usage-limit')
      await until('held', async () => (await fleet.report()).life === 'held' || undefined)
      const held = await fleet.report()
      say(`held: ${held.because}`)
      say(`until ${new Date(held.until ?? 0).toISOString()}, the API said ${api.resetAt.toISOString()}`)
      if (cli.namesReset) expect(Math.abs((held.until ?? 0) - api.resetAt.getTime())).toBeLessThan(62_000)
      const screen = fleet.screen()
      waiting = fleet.push()
      await until('a waiting message', async () => (await fleet.report()).queued === 1 || undefined)
      const end = Math.min(api.resetAt.getTime(), held.until ?? 0) - 500
      while (Date.now() < Math.min(end, Date.now() + 90_000)) {
        expect(api.turns().filter((one) => countIn(one.body, waiting) > 0)).toEqual([])
        if (cli.patienceMs > 0 && Date.now() > held.since! + 10_000) break
        await sleep(500)
      }
      if (cli.patienceMs > 0) expect(fleet.screen()).toBe(screen)
    }, 200_000)

    test('a limit that is over is lifted, and what waited is delivered', async () => {
      api.mode = 'fast'
      const resetAt = api.resetAt.getTime()
      const resumed = await until(
        'a request after the reset',
        () => api.turns().find((one) => one.at >= resetAt),
        600_000,
      )
      say(`resumed ${resumed.at - resetAt} ms after the reset`)
      expect(resumed.at - resetAt).toBeLessThan(5_000)
      await fleet.box.event((event) => event.kind === 'lift', 120_000)
      const turn = await turnWith(`rehearsal ping ${waiting}`)
      expect(countIn(turn.body, `rehearsal ping ${waiting}`)).toBe(1)
      const probes = fleet.box.events().filter((event) => event.kind === 'limit-probe').length
      say(`lifted with ${probes} probe(s)`)
      await state('idle')
    }, 900_000)

    test('killed, it is back within a second, in the same conversation', async () => {
      const conversation = await until('its conversation', () =>
        fleet.box.exists('logs/state/a.id') ? fleet.box.read('logs/state/a.id').trim() : undefined,
      )
      const pid = fleet.box.pid('a')!
      const at = Date.now()
      process.kill(pid, 'SIGKILL')
      await until('another process', () => {
        const now = fleet.box.pid('a')
        return now !== undefined && now !== pid ? now : undefined
      })
      const took = Date.now() - at
      say(`healed in ${took} ms`)
      expect(took).toBeLessThan(1_000)
      // What was said before the kill is in a request: the model has not forgotten it. A request of the old process, for
      // a title, say, may still come in.
      const turn = await until(
        'a turn of the new process that knows of the old one',
        () => api.turns().find((one) => one.at > at && countIn(one.body, `rehearsal ping ${waiting}`) > 0),
        60_000,
      )
      expect(countIn(turn.body, `rehearsal ping ${waiting}`)).toBe(1)
      expect(fleet.box.read('logs/state/a.id').trim()).toBe(conversation)
      say(`resumed ${conversation}`)
      await state('idle')
    })

    test('the logs are plain text', async () => {
      const shown = await fleet.agents('logs', 'a', '-n', '400')
      expect(shown.code).toBe(0)
      expect(shown.stdout.length).toBeGreaterThan(100)
      expect(rawControls(shown.stdout)).toEqual([])
    })

    test('down leaves no process behind', async () => {
      expect(fleet.processes().length).toBeGreaterThan(0)
      const at = Date.now()
      const down = await fleet.agents('down')
      const took = Date.now() - at
      const left = fleet.processes()
      say(`down in ${took} ms: ${down.stdout.trim().replaceAll('\n', ' / ')}`)
      expect([down.code, left]).toEqual([0, []])
      await sleep(3_000)
      expect(fleet.processes()).toEqual([])
    })
  })
}

/** The end of a minute that is long enough away to be seen: banners name their reset in minutes. */
function nextReset(patienceMs: number): Date {
  const away = patienceMs + 30_000
  return new Date(Math.ceil((Date.now() + away) / 60_000) * 60_000)
}
