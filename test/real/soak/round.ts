import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../chaos/random.ts'
import type { Cli } from '../clis/cli.ts'
import type { Mode, StubApi } from '../stub/api.ts'
import { pingText, type RealFleet } from '../support/fleet.ts'
import { countIn } from '../support/texts.ts'
import type { Delivery } from './tally.ts'

/** One agent of the soak, and what was done to it so far. */
export interface Runner {
  cli: Cli
  api: StubApi
  fleet: RealFleet
  random: Random
  sent: Delivery[]
  /** How the dialog, or the limit, of the last turn ended. */
  said: { left: boolean; lifted: boolean }
  rounds: Mode[]
  /** What did not come in time. */
  trouble: string[]
  /** When the watchdog did not answer in its time, and what it said of itself then. */
  silences: string[]
}

/** @returns undefined when the watchdog did not answer, which is written down */
export async function answered<T>(runner: Runner, ask: () => Promise<T>): Promise<T | undefined> {
  const from = Date.now()
  try {
    return await ask()
  } catch (error) {
    runner.silences.push(`${new Date(from).toISOString()}, ${Date.now() - from} ms: ${String(error)}`)
    return undefined
  }
}

const modes: readonly { mode: Mode; weight: number }[] = [
  { mode: 'slow', weight: 5 },
  { mode: 'fast', weight: 3 },
  { mode: 'tool', weight: 2 },
  { mode: 'limit', weight: 1 },
  { mode: 'overload', weight: 1 },
  { mode: 'hang', weight: 1 },
]

/** One message under one mode of the model, until the agent rests again. */
export async function playRound(runner: Runner): Promise<void> {
  const { api, random } = runner
  const { mode } = random.weighted(modes)
  runner.rounds.push(mode)
  api.resetAt = nextReset(runner.cli.patienceMs)
  api.mode = mode
  const text = send(runner)
  if (!(await asked(runner, text))) return
  runner.said = { left: false, lifted: false }
  await after(runner, mode)
  api.mode = 'fast'
  await rests(runner)
  await sleep(random.int(4_000, 9_000))
}

async function after(runner: Runner, mode: Mode): Promise<void> {
  const { api, random, fleet, cli } = runner
  if (mode === 'slow' && random.chance(0.5)) {
    await sleep(2_000)
    // Sent while it works: it is to arrive after the turn, or in it, and once.
    send(runner)
  }
  if (mode === 'tool') {
    await sleep(random.int(6_000, 12_000))
    api.mode = 'fast'
    runner.said.left = true
    fleet.key(cli.leave)
  }
  if (mode === 'hang') {
    await sleep(random.int(10_000, 30_000))
    api.mode = 'slow'
  }
  if (mode === 'overload') await sleep(random.int(8_000, 20_000))
  if (mode === 'limit') await sitOut(runner)
}

async function sitOut(runner: Runner): Promise<void> {
  const { api, cli, fleet } = runner
  if (cli.patienceMs > 0) await sleep(25_000)
  else await sleep(Math.max(0, api.resetAt.getTime() - Date.now()))
  runner.said.lifted = true
  api.mode = 'fast'
  // A reset hours ahead is not waited for: a person chooses to keep trying.
  if (cli.patienceMs > 0) fleet.key('Enter')
}

function send(runner: Runner): string {
  const text = pingText(runner.fleet.push())
  runner.sent.push({ text, queuedAt: Date.now() })
  return text
}

async function asked(runner: Runner, text: string): Promise<boolean> {
  return waitFor(runner, 'a request with the message', 180_000, () =>
    runner.api.turns().some((turn) => countIn(turn.body, text.split(':')[0]!) > 0),
  )
}

async function rests(runner: Runner): Promise<void> {
  await waitFor(runner, 'rest after a round', 240_000, async () => {
    if (runner.api.busy()) return false
    const report = await answered(runner, () => runner.fleet.report())
    return report?.queued === 0 && report.life === 'up' && report.reading === 'idle'
  })
}

async function waitFor(
  runner: Runner,
  what: string,
  withinMs: number,
  look: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    if (await look()) return true
    await sleep(250)
  }
  const { rounds, fleet } = runner
  const last = fleet.box.events().slice(-12)
  const told = last.map(({ kind, because }) => `${kind} ${because ?? ''}`).join('\n  ')
  runner.trouble.push(
    `${what} did not come in ${withinMs / 1000} s (${rounds.at(-1)})\n  ${told}\n${fleet.screen()}`,
  )
  return false
}

/** The end of a minute that is long enough away to be seen: banners name their reset in minutes. */
function nextReset(patienceMs: number): Date {
  const away = patienceMs === 0 ? 30_000 : 24 * patienceMs
  return new Date(Math.ceil((Date.now() + away) / 60_000) * 60_000)
}
