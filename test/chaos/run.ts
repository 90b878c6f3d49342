import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Box, createBox, isWatchdog } from './box.ts'
import { createChecker, type Violation } from './checker.ts'
import { bound, noLicence, type Scene } from './faults/types.ts'
import { watchdogBack } from './faults/watchdog.ts'
import { standing } from './fleet.ts'
import { createForeigners } from './foreign.ts'
import { createHistory, type History } from './history.ts'
import { checkSecrets, checkState, checkUsage, strays, usage } from './outside.ts'
import { catalogue, type Planned, planRounds } from './plan.ts'
import { createRandom } from './random.ts'
import { sabotages } from './sabotage.ts'
import { createSampler } from './sampler.ts'
import { createScene } from './scene.ts'

export interface RunOptions {
  root: string
  dist: string
  seed: number
  faults: number
  /** Ends early, after the round that is going on. */
  minutes: number | undefined
  /** Only faults whose name contains this. */
  only: string | undefined
  sabotage: string | undefined
  /** A line for people, e.g. progress. */
  say: (line: string) => void
}

export interface RunResult {
  seed: number
  done: number
  missed: number
  byKind: Record<string, number>
  /** Milliseconds, by sort of recovery. */
  times: Record<string, number[]>
  starts: number
  events: Record<string, number>
  violations: Violation[]
  /** Number of the last fault before the violation, and the last lines of the history. */
  failedAt: { fault: number; tail: string[] } | undefined
  durationMs: number
  box: string
}

/** One run: a fleet, its faults in rounds that the seed determines, and the checker at every entry of the history. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const from = Date.now()
  const box = createBox(options.root, options.dist)
  const checker = createChecker()
  const violations: Violation[] = []
  const history = createHistory(box.path('history.jsonl'), (entry) => violations.push(...checker.feed(entry)))
  const sampler = createSampler(box, history)
  const scene = createScene(box, sampler, history, () => violations.length > 0)
  const result: RunResult = {
    seed: options.seed,
    done: 0,
    missed: 0,
    byKind: {},
    times: {},
    starts: 0,
    events: {},
    violations,
    failedAt: undefined,
    durationMs: 0,
    box: box.dir,
  }
  try {
    await play(options, scene, result)
  } finally {
    await sampler.stop()
    result.missed = scene.notes.missed
    result.durationMs = Date.now() - from
    summarise(history, result)
    if (violations.length > 0) result.failedAt = { fault: lastFault(history), tail: history.tail(30) }
    await box.end(violations.length > 0)
  }
  return result
}

async function play(options: RunOptions, scene: Scene, result: RunResult): Promise<void> {
  const { box, sampler, history } = scene
  const from = Date.now()
  box.writeConfig({ model: 'm0', extra: false })
  await scene.verb('up')
  sampler.start()
  await settle(scene)
  const foreigners = createForeigners(box, history)
  await foreigners.plant()
  const kinds = catalogue.filter((kind) => options.only === undefined || kind.name.includes(options.only))
  const rounds = planRounds(createRandom(options.seed), options.faults, kinds)
  const before = usage(box) ?? { fds: 0, rssMb: 0 }
  if (options.sabotage !== undefined) await sabotage(options.sabotage, scene)
  for (const [at, round] of rounds.entries()) {
    if (result.violations.length > 0) return
    if (options.minutes !== undefined && Date.now() - from > options.minutes * 60_000) break
    await Promise.all(round.map((planned) => inject(scene, planned, result)))
    await settle(scene)
    foreigners.check()
    await foreigners.plant()
    checkState(box, history, scene.notes.damaged)
    if (at % 8 === 7) await closer(scene)
    options.say(`${result.done}/${options.faults} faults, ${Math.round((Date.now() - from) / 1000)} s`)
  }
  if (result.violations.length === 0) await finale(scene, before)
}

async function inject(scene: Scene, planned: Planned, result: RunResult): Promise<void> {
  const { n, kind, params } = planned
  await sleep(planned.afterMs)
  const { agent, agents, ms, count, part, word } = params
  const detail = [agent, agents.join(' '), word, `${ms} ms`, count, part.toFixed(3)]
    .filter((text) => text !== '')
    .join(', ')
  const licence = { ...noLicence, ...kind.licence }
  scene.history.add({ kind: 'fault', n, name: kind.name, agents: kind.touches(params), licence, detail })
  try {
    await kind.run(scene, params)
  } catch (error) {
    // A fault that could not be done says nothing about the fleet, but a run must not hide it.
    scene.history.add({ kind: 'wrong', inv: 'runner', why: `${kind.name}: ${String(error)}` })
  }
  scene.history.add({ kind: 'fault-end', n })
  result.done += 1
  result.byKind[kind.name] = (result.byKind[kind.name] ?? 0) + 1
}

/** Everything that is wanted is there again, and nothing else is. */
async function settle(scene: Scene): Promise<void> {
  const { box, sampler } = scene
  await watchdogBack(scene, 'settled: watchdog', undefined)
  await scene.due('settled: fleet', 'INV-2', bound.fleet, 'all agents that are wanted up are up', () =>
    standing.every(({ name }) => sampler.wanted(name) === 'down' || box.mainOf(name) !== undefined),
  )
  const one = () => box.scan().filter((seen) => isWatchdog(seen, box.path('dist/agents.js'))).length === 1
  await scene.due('settled: one watchdog', 'row 109', bound.fleet, 'exactly one watchdog runs', one)
  const strange = () => strays(box).length === 0
  const took = await scene.within(bound.agent, strange)
  if (took === undefined) {
    const list = strays(box).map((seen) => `${seen.pid} ${seen.argv.join(' ')}`)
    if (list.length > 0)
      scene.history.add({
        kind: 'resource',
        name: `processes left over: ${list.join(' | ')}`,
        value: list.length,
        limit: 0,
      })
  }
}

/** Looks that cost more, every few rounds: modes, secrets, and what the program itself says. */
async function closer(scene: Scene): Promise<void> {
  const { box, history } = scene
  checkSecrets(box, history, scene.notes.damaged)
  await scene.due('status agrees', 'INV-2', bound.fleet, 'status says that all is up', async () => {
    const status = await box.status()
    const down = status?.agents.filter(
      (agent) => agent.enabled && agent.kind !== 'task' && agent.life !== 'up' && agent.life !== 'held',
    )
    return status !== undefined && status.watchdog.life === 'up' && down?.length === 0
  })
}

async function sabotage(name: string, scene: Scene): Promise<void> {
  const found = sabotages[name]
  if (found === undefined)
    throw new Error(`no such sabotage: ${name}; known: ${Object.keys(sabotages).join(', ')}`)
  await found.run(scene)
  await sleep(500)
  checkState(scene.box, scene.history)
  checkSecrets(scene.box, scene.history)
}

/** Messages get through, the counts are compared with the beginning, and everything goes down. */
async function finale(scene: Scene, before: { fds: number; rssMb: number }): Promise<void> {
  const { box, sampler, history } = scene
  await closer(scene)
  await scene.due(
    'messages through',
    'INV-27',
    60_000,
    'no message waits for the builder or the adversary',
    async () => {
      const status = await box.status()
      return (
        status?.agents.every(
          (agent) => !['builder', 'adversary'].includes(agent.name) || agent.queued === 0,
        ) === true
      )
    },
  )
  await sleep(12_000)
  checkUsage(box, history, before)
  history.add({ kind: 'end' })
  history.add({
    kind: 'fault',
    n: 0,
    name: 'end: down',
    agents: ['*'],
    licence: { kills: true, silence: true },
    detail: '',
  })
  await scene.verb('down')
  for (const { name } of standing) sampler.want(name, 'down')
  await sleep(1_500)
  await gone(box, scene)
}

async function gone(box: Box, scene: Scene): Promise<void> {
  const ours = () =>
    box.scan().filter((seen) => seen.agent !== undefined || isWatchdog(seen, box.path('dist/agents.js')))
  await scene.due('down', 'INV-3', bound.agent, 'down leaves nothing', () => ours().length === 0)
  if (existsSync(box.path('logs/state'))) checkState(box, scene.history, scene.notes.damaged)
}

function lastFault(history: History): number {
  const last = history.entries.findLast((entry) => entry.kind === 'fault')
  return last?.kind === 'fault' ? last.n : 0
}

function summarise(history: History, result: RunResult): void {
  for (const entry of history.entries) {
    if (entry.kind === 'due' && entry.tookMs !== undefined) {
      const list = result.times[entry.sort] ?? []
      list.push(entry.tookMs)
      result.times[entry.sort] = list
    }
    if (entry.kind === 'said' && entry.what === 'start') result.starts += 1
    if (entry.kind === 'event') result.events[entry.event.kind] = (result.events[entry.event.kind] ?? 0) + 1
  }
}
