import { createRegexRunner } from '../../src/adapters/regex/index.ts'
import { detect, patternJobs, readMatches } from '../../src/backends/detect.ts'
import { lookAt, presetBackend } from '../../src/backends/testing.ts'
import { loadFleetConfig } from '../../src/daemon/config/source.ts'
import { decide } from '../../src/watchdog/decide.ts'
import { emptyMemory } from '../../src/watchdog/empty.ts'
import type { AgentSeen, Observation } from '../../src/watchdog/types.ts'
import { makeAgent, makeFleet, makePane, makeReading } from '../simulator/build.ts'

interface Row {
  what: string
  unit: string
  samples: number[]
}

/** Screens read per second, in calls of 200 screens as one look at a busy fleet makes them. */
export function screens(texts: readonly string[], calls: number): Row[] {
  const regex = createRegexRunner()
  const backend = presetBackend('claude')
  const looks = Array.from({ length: 200 }, (_, at) => lookAt({ text: texts[at % texts.length]! }))
  const perSecond = samplesOf(calls, () => {
    const jobs = looks.map((look) => patternJobs(backend, look))
    const outcomes = regex.execAll(jobs.flat())
    let from = 0
    for (const [at, own] of jobs.entries()) {
      const matches = readMatches(outcomes.slice(from, from + own.length))
      from += own.length
      detect(backend, looks[at]!, matches, 0, { logFallback: true })
    }
  }).map((ms) => (200 / ms) * 1000)
  return [{ what: 'screens read per second (claude preset)', unit: '/s', samples: perSecond }]
}

/** One decision for 200 agents of whom nothing is to be said. */
export function deciding(calls: number): Row[] {
  const specs = Array.from({ length: 200 }, (_, at) => makeAgent(`a${at}`, { watch: 'heal+stall' }))
  const fleet = makeFleet(specs)
  const agents = specs.map(
    (spec, at): AgentSeen => ({
      spec,
      effectiveModel: '',
      backend: fleet.backends[spec.backend],
      sighting: {
        kind: 'alive',
        pane: makePane({ paneId: `%${at}`, panePid: 1000 + at }),
        reading: makeReading('idle'),
        lookAt: 0,
        cpuBusy: undefined,
      },
      busy: false,
      intent: { wanted: 'up', paused: false, by: 'default', at: 0 },
      blocked: undefined,
      wantedLaunch: 'x',
      runningLaunch: 'x',
      kickoffPending: false,
      queued: 0,
      cutsIn: false,
    }),
  )
  const seen: Observation = { server: 'up', serverId: '1:1', agents, phase: undefined, outcomes: [] }
  let memory = emptyMemory()
  let mono = 0
  const samples = samplesOf(calls, () => {
    mono += 10
    memory = decide(fleet, seen, memory, { wall: mono, mono }, Math.random).memory
  })
  return [{ what: 'decide, 200 agents', unit: 'ms', samples }]
}

/** The whole way from the file to a fleet of 200 agents. */
export async function loading(path: string, calls: number): Promise<Row[]> {
  const samples: number[] = []
  for (let at = 0; at < calls; at += 1) {
    const from = performance.now()
    const loaded = await loadFleetConfig(path, undefined)
    samples.push(performance.now() - from)
    if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded.problems))
  }
  return [
    { what: 'config of 200 agents loaded, first time', unit: 'ms', samples: samples.slice(0, 1) },
    { what: 'config of 200 agents loaded', unit: 'ms', samples: samples.slice(1) },
  ]
}

function samplesOf(calls: number, body: () => void): number[] {
  for (let at = 0; at < 10; at += 1) body()
  return Array.from({ length: calls }, () => {
    const from = performance.now()
    body()
    return performance.now() - from
  })
}
