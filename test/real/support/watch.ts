import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StubApi } from '../stub/api.ts'
import type { RealFleet } from './fleet.ts'

export interface Sample {
  at: number
  /** A reply streamed at that moment: the truth. */
  busy: boolean
  state: string
  rule: string
  life: string
}

export interface Agreement {
  samples: number
  /** Percent of all samples in which `working` and a streaming reply went together. */
  all: number
  /** The same without the samples that follow a change of the truth by less than `settleMs`. */
  settled: number
  wrong: Sample[]
}

const everyMs = 200
/** A screen is drawn, and looked at, some time after a reply begins or ends. Milliseconds. */
const settleMs = 3_500

/** Samples what the watchdog reads while `body` runs. `AGENTS_REAL_TRACE=DIR` also writes every screen there. */
export async function watchReadings(
  fleet: RealFleet,
  api: StubApi,
  label: string,
  body: () => Promise<void>,
): Promise<Sample[]> {
  const samples: Sample[] = []
  let over = false
  const looking = (async () => {
    while (!over) {
      const began = Date.now()
      samples.push(await sample(fleet, api, label))
      await sleep(Math.max(0, everyMs - (Date.now() - began)))
    }
  })()
  try {
    await body()
  } finally {
    over = true
    await looking
  }
  return samples
}

async function sample(fleet: RealFleet, api: StubApi, label: string): Promise<Sample> {
  const busy = api.busy()
  const why = await fleet.why()
  const { state, rule } = why.reading ?? { state: 'none', rule: 'none' }
  const one = { at: Date.now(), busy, state, rule, life: why.life }
  trace(fleet, label, one, why)
  return one
}

function trace(fleet: RealFleet, label: string, one: Sample, why: unknown): void {
  const dir = process.env.AGENTS_REAL_TRACE
  if (!dir) return
  mkdirSync(dir, { recursive: true })
  const line = { ...one, title: fleet.title(), screen: fleet.screen(), why }
  appendFileSync(join(dir, `${label}.jsonl`), `${JSON.stringify(line)}\n`)
}

export function agreement(all: readonly Sample[]): Agreement {
  const right = (one: Sample): boolean => (one.state === 'working') === one.busy
  let changedAt = Number.NEGATIVE_INFINITY
  const samples = withoutRunUp(all)
  const settled = samples.filter((one, i) => {
    if (i > 0 && samples[i - 1]!.busy !== one.busy) changedAt = one.at
    return one.at - changedAt >= settleMs
  })
  return {
    samples: samples.length,
    all: percent(samples.filter(right).length, samples.length),
    settled: percent(settled.filter(right).length, settled.length),
    wrong: settled.filter((one) => !right(one)),
  }
}

/** Between taking a message and asking its model a CLI works too, and the stand-in cannot know. */
function withoutRunUp(all: readonly Sample[]): Sample[] {
  const first = all.findIndex((one) => one.busy)
  let from = first
  while (from > 0 && all[from - 1]!.state === 'working') from -= 1
  return all.filter((_, i) => i < from || i >= first)
}

const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10
