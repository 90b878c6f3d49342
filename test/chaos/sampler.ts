import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FleetEvent } from '../../src/core/index.ts'
import { type Box, mainsOf } from './box.ts'
import type { History } from './history.ts'
import { lives, type Seen } from './proc-scan.ts'
import { createTail } from './tail.ts'

/** How long an agent that is wanted down may still be dying when the verb has answered. Milliseconds. */
const dyingMs = 1_000
const everyMs = 60

/** Looks from outside, all the time, and writes what changes into the history. */
export interface Sampler {
  start(): void
  /** One look, now. */
  look(): void
  alive(agent: string): Seen | undefined
  want(agent: string, wanted: 'up' | 'down'): void
  wanted(agent: string): 'up' | 'down'
  stop(): Promise<void>
}

export function createSampler(box: Box, history: History): Sampler {
  const seenAlive = new Map<string, Seen>()
  const wishes = new Map<string, { wanted: 'up' | 'down'; at: number }>()
  const told = new Set<string>()
  const tails = new Map<string, () => string[]>()
  const events = createTail(box.path('logs/events.jsonl'), box.path('logs/events.1.jsonl'))
  let index: number | undefined
  let going = true
  let loop: Promise<void> | undefined

  function look(): void {
    const byAgent = new Map<string, Seen[]>()
    for (const one of box.scan()) {
      if (one.agent === undefined) continue
      byAgent.set(one.agent, [...(byAgent.get(one.agent) ?? []), one])
    }
    for (const agent of new Set([...byAgent.keys(), ...seenAlive.keys()]))
      lookAt(agent, byAgent.get(agent) ?? [])
    readSaid()
    for (const line of events()) readEvent(line)
    readIndex()
  }

  function lookAt(agent: string, procs: readonly Seen[]): void {
    const mains = mainsOf(procs)
    const old = seenAlive.get(agent)
    if (old !== undefined && !mains.some((one) => same(one, old))) {
      history.add({ kind: 'gone', agent, pid: old.pid, start: old.start })
      seenAlive.delete(agent)
    }
    if (mains.length > 1) tellTwo(agent, mains, 'two main processes')
    const main = mains[0]
    if (main === undefined) return
    if (!seenAlive.has(agent)) {
      seenAlive.set(agent, main)
      history.add({ kind: 'alive', agent, pid: main.pid, start: main.start })
    }
    const family = ancestorsOf(main, procs)
    const stale = procs.filter((one) => Number(one.start) < Number(main.start) && !family.has(one.pid))
    if (stale.length > 0) tellTwo(agent, [main, ...stale], 'a process of an earlier life beside the main one')
    const wish = wishes.get(agent)
    if (wish?.wanted === 'down' && Date.now() - wish.at > dyingMs) tellUndead(agent, main, wish.at)
  }

  /** The scan is no instant: a second look at the first ones makes the overlap certain. */
  function tellTwo(agent: string, procs: readonly Seen[], why: string): void {
    const sure = procs.filter((one) => lives(one.pid, one.start))
    if (sure.length < 2 || !sure.includes(procs[0]!)) return
    const key = `${agent} ${sure.map((one) => one.pid)}`
    if (told.has(key)) return
    told.add(key)
    const what = sure.map((one) => `${one.pid} ${one.argv.join(' ').slice(0, 60)}`).join(' | ')
    history.add({ kind: 'two', agent, pids: sure.map((one) => one.pid), why: `${why}: ${what}` })
  }

  function tellUndead(agent: string, main: Seen, wantedDownAt: number): void {
    const key = `${agent} undead ${main.pid}`
    if (told.has(key) || !lives(main.pid, main.start)) return
    told.add(key)
    history.add({ kind: 'undead', agent, pid: main.pid, wantedDownAt })
  }

  function readSaid(): void {
    for (const file of readdirSync(box.path('said'))) {
      const agent = file.replace(/\.jsonl$/, '')
      const tail = tails.get(agent) ?? createTail(box.path('said', file))
      tails.set(agent, tail)
      for (const line of tail()) {
        const { at, what, pid, text } = JSON.parse(line)
        history.add({ kind: 'said', agent, what, pid, saidAt: at, text })
      }
    }
  }

  function readEvent(line: string): void {
    try {
      const event = JSON.parse(line) as FleetEvent
      // Told by a clock that a fault may have set off; the history has one time.
      history.add({ kind: 'event', event: { ...event, at: box.realTime(event.at) } })
    } catch {
      history.add({ kind: 'torn', file: 'events.jsonl', why: `not JSON: ${line.slice(0, 80)}` })
    }
  }

  function readIndex(): void {
    try {
      const value = Number.parseInt(readFileSync(box.path('logs/state/phase-idx'), 'utf8'), 10)
      if (Number.isNaN(value) || value === index) return
      index = value
      history.add({ kind: 'index', value })
    } catch {
      // Not written yet, or removed by a fault.
    }
  }

  async function run(): Promise<void> {
    while (going) {
      look()
      await sleep(everyMs)
    }
  }

  return {
    look,
    start: () => {
      loop = run()
    },
    alive: (agent) => seenAlive.get(agent),
    wanted: (agent) => wishes.get(agent)?.wanted ?? 'up',
    want: (agent, wanted) => {
      wishes.set(agent, { wanted, at: Date.now() })
      history.add({ kind: 'want', agent, wanted })
    },
    stop: async () => {
      going = false
      await loop
      look()
    },
  }
}

const same = (a: Seen, b: Seen): boolean => a.pid === b.pid && a.start === b.start

function ancestorsOf(main: Seen, procs: readonly Seen[]): Set<number> {
  const byPid = new Map(procs.map((one) => [one.pid, one]))
  const family = new Set([main.pid])
  for (let at = byPid.get(main.ppid); at !== undefined && !family.has(at.pid); at = byPid.get(at.ppid))
    family.add(at.pid)
  return family
}
