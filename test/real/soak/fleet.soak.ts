import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRandom } from '../../chaos/random.ts'
import { claude } from '../clis/claude.ts'
import type { Cli } from '../clis/cli.ts'
import { codex } from '../clis/codex.ts'
import { gemini } from '../clis/gemini.ts'
import { opencode } from '../clis/opencode.ts'
import { createStubApi } from '../stub/api.ts'
import { createRealFleet } from '../support/fleet.ts'
import { type Installed, installCli } from '../support/install.ts'
import { answered, playRound, type Runner } from './round.ts'
import { agreementOf, lostAndDoubled, type SoakSample } from './tally.ts'
import { truthOf } from './truth.ts'

const minutes = Number(process.env.AGENTS_SOAK_MINUTES ?? 30)
const seed = Number(process.env.AGENTS_SOAK_SEED ?? 1)
const names = (process.env.AGENTS_SOAK_CLIS ?? 'claude,codex,gemini,opencode').split(',')
const clis = [claude, codex, gemini, opencode].filter(({ name }) => names.includes(name))
const everyMs = 400

test(
  `${names.join(', ')} for ${minutes} minutes, seed ${seed}`,
  async () => {
    const installs = clis.map((cli) => installCli(cli))
    const end = Date.now() + minutes * 60_000
    const results = await Promise.all(clis.map((cli, n) => soak(cli, installs[n]!, seed + n, end)))
    for (const one of installs) one.remove()
    console.log(
      [
        `soak of ${minutes} minutes, seed ${seed}; Linux ${release()}, ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`,
        ...results.map(lineOf),
      ].join('\n'),
    )
    for (const one of results) {
      expect.soft({ cli: one.name, ...one.bad }).toEqual({
        cli: one.name,
        lost: [],
        doubled: [],
        falseKills: [],
        trouble: [],
      })
      // A machine that is crowded delays an answer now and then; a watchdog that is not well is silent more often.
      expect.soft(one.silences.length / one.samples, one.silences.join('; ')).toBeLessThan(0.001)
      expect.soft(one.all.percent, worst(one.name, one.all.wrong)).toBeGreaterThanOrEqual(99)
      expect.soft(one.screen.percent, worst(one.name, one.screen.wrong)).toBeGreaterThanOrEqual(99)
    }
  },
  minutes * 60_000 + 900_000,
)

const killings = ['kill', 'park', 'restart']

async function soak(cli: Cli, installed: Installed, ownSeed: number, end: number) {
  const api = await createStubApi()
  const fleet = createRealFleet(cli, installed.binDir, api)
  const runner: Runner = {
    cli,
    api,
    fleet,
    random: createRandom(ownSeed),
    sent: [],
    said: { left: false, lifted: false },
    rounds: [],
    trouble: [],
    silences: [],
  }
  const samples: SoakSample[] = []
  let over = false
  try {
    await fleet.agents('up')
    await fleet.box.until('a first turn', () => api.turns()[0], 120_000)
    await sleep(8_000)
    const sampling = (async () => {
      while (!over) {
        const one = await answered(runner, () => sample(runner))
        if (one !== undefined) samples.push(one)
        await sleep(everyMs)
      }
    })()
    while (Date.now() < end) await playRound(runner)
    over = true
    await sampling
    trace(cli.name, samples)
    const kills = fleet.box.events().filter(({ kind }) => killings.includes(kind))
    const spans = api.turns().map(({ at, endedAt }) => ({ from: at, to: endedAt }))
    return {
      name: cli.name,
      version: installed.version,
      rounds: runner.rounds,
      sent: runner.sent.length,
      samples: samples.length,
      silences: runner.silences,
      all: percentOf(agreementOf(samples, spans, (one) => one.state)),
      screen: percentOf(agreementOf(samples, spans, (one) => one.screenState)),
      bad: {
        ...lostAndDoubled(api, runner.sent),
        falseKills: kills.map(({ kind, because }) => `${kind}: ${because}`),
        trouble: runner.trouble,
      },
    }
  } finally {
    over = true
    await fleet.agents('down')
    await fleet.end()
    await api.close()
  }
}

async function sample({ api, fleet, said, rounds }: Runner): Promise<SoakSample> {
  const truth = truthOf(api, said)
  const { reading } = await fleet.why()
  return {
    at: Date.now(),
    truth: truthOf(api, said).join() === truth.join() ? truth : [...truth, ...truthOf(api, said)],
    state: reading?.state ?? 'none',
    screenState: reading?.onScreen,
    rule: reading?.rule ?? 'none',
    ...(process.env.AGENTS_REAL_TRACE === undefined ? {} : { screen: fleet.screen(), title: fleet.title() }),
    mode: rounds.at(-1) ?? 'none',
  }
}

/** `AGENTS_REAL_TRACE=DIR` keeps every sample. */
function trace(name: string, samples: readonly SoakSample[]): void {
  const dir = process.env.AGENTS_REAL_TRACE
  if (!dir) return
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, `soak-${name}.jsonl`), samples.map((one) => `${JSON.stringify(one)}\n`).join(''))
}

function percentOf(found: ReturnType<typeof agreementOf>) {
  const percent = found.settled === 0 ? 0 : Math.round((1000 * found.right) / found.settled) / 10
  return { ...found, percent }
}

type Result = Awaited<ReturnType<typeof soak>>

function lineOf(one: Result): string {
  const { lost, doubled, falseKills, trouble } = one.bad
  return (
    `  ${one.name} ${one.version}: ${one.rounds.length} rounds, ${one.sent} messages (${lost.length} lost, ` +
    `${doubled.length} twice), ${falseKills.length} false kills, ${trouble.length} troubles; ${one.samples} samples, ${one.silences.length} not answered, ` +
    `agreement ${one.all.percent} % with all claims, ${one.screen.percent} % by screen and title`
  )
}

function worst(name: string, wrong: readonly SoakSample[]): string {
  const kinds = new Map<string, number>()
  for (const one of wrong) {
    const key = `${one.mode}: ${one.truth.join('|')} read ${one.state}/${one.screenState} (${one.rule})`
    kinds.set(key, (kinds.get(key) ?? 0) + 1)
  }
  return `${name}: ${[...kinds].map(([key, count]) => `${count} x ${key}`).join('; ')}`
}
