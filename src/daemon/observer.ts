import { detect, type Matches, patternJobs, readMatches } from '../backends/detect.ts'
import type {
  AgentSpec,
  BackendSpec,
  EpochMs,
  Look,
  MonoMs,
  PaneSight,
  Reading,
  Scan,
} from '../core/index.ts'
import type { Sighting } from '../watchdog/types.ts'
import { endOf } from './endings.ts'
import { sessionLogPath } from './names.ts'
import type { World } from './world.ts'

/** What was last seen of one pane's screen. */
interface Eye {
  panePid: number
  text: string
  title: string
  command: string
  /** `activityAt` of the scan before the capture: no output since means nothing to capture. */
  activityAt: number
  capturedAt: MonoMs
  capturedWall: EpochMs
  changed: boolean | undefined
  matches: Matches
  reading: Reading
  lookAt: MonoMs
  /** What the reading depends on besides the screen. */
  patternKey: string
}

/** Even a screen that tmux calls quiet is captured again after this long. Milliseconds. */
const recaptureMs = 10_000
/** Shortest time between two captures of one pane within the second of its last output. Milliseconds. */
const againMs = 200

export interface Observer {
  /** Looks for all panes. */
  scan(): Promise<Scan>
  lastScan(): Scan
  /** Captures and reads the screens of living panes that may have changed (`all`: every one). */
  look(specs: readonly AgentSpec[], all?: boolean): Promise<void>
  sampleCpu(agents: readonly AgentSpec[]): Promise<void>
  sighting(spec: AgentSpec): Sighting
  /** The agent's own pane of the last scan, dead or alive. */
  pane(tagged: string, session: string): PaneSight | undefined
  /** A fresh reading of one pane, for the moment of a kill. */
  fresh(spec: AgentSpec): Promise<{ pane: PaneSight; reading: Reading } | undefined>
  /** Reads a text as a screen of this backend, with no memory of earlier looks. */
  read(backend: BackendSpec, text: string): Reading
  /** Ours, by tag, but in no table of the config. */
  strangers(known: ReadonlySet<string>): PaneSight[]
}

export function createObserver(world: World): Observer {
  let scan: Scan = { kind: 'unknown', why: 'nothing was looked at yet' }
  const eyes = new Map<string, Eye>()
  const cpu = new Map<
    string,
    { panePid: number; cpuMs: number; at: MonoMs; busy: boolean | undefined; fresh: boolean }
  >()
  let byAgent = new Map<string, PaneSight>()
  let bySession = new Map<string, PaneSight>()

  function index(): void {
    byAgent = new Map()
    bySession = new Map()
    if (scan.kind !== 'ok') return
    const project = world.fleet().projectDir
    for (const pane of scan.panes) {
      if (!bySession.has(pane.sessionName)) bySession.set(pane.sessionName, pane)
      if (pane.tag?.project !== project || pane.tag.run === undefined) continue
      const rival = byAgent.get(pane.tag.agent)
      if (rival === undefined || (rival.dead && !pane.dead)) byAgent.set(pane.tag.agent, pane)
    }
  }

  async function rescan(): Promise<Scan> {
    scan = await world.tmux.scan()
    index()
    if (scan.kind === 'ok') {
      const living = new Set(scan.panes.map((pane) => pane.paneId))
      for (const paneId of eyes.keys()) if (!living.has(paneId)) eyes.delete(paneId)
    }
    return scan
  }

  function needsCapture(pane: PaneSight, backend: BackendSpec, now: MonoMs): boolean {
    const eye = eyes.get(pane.paneId)
    if (eye === undefined || eye.panePid !== pane.panePid || eye.patternKey !== keyOf(backend)) return true
    if (pane.activityAt !== eye.activityAt || pane.title !== eye.title) return true
    if (now - eye.capturedAt >= recaptureMs) return true
    // tmux tells the activity in whole seconds: output may have followed a capture within the same one.
    const final = eye.capturedWall >= pane.activityAt + 1_000
    return !final && now - eye.capturedAt >= againMs
  }

  async function look(specs: readonly AgentSpec[], all = false): Promise<void> {
    const now = world.clock.now()
    const wanted: { spec: AgentSpec; pane: PaneSight; backend: BackendSpec }[] = []
    for (const spec of specs) {
      const pane = byAgent.get(spec.name)
      const backend = world.fleet().backends[spec.backend]
      if (pane === undefined || backend === undefined) continue
      if (all || needsCapture(pane, backend, now.mono)) wanted.push({ spec, pane, backend })
      else await refresh(spec, pane, backend)
    }
    if (wanted.length === 0) return
    const captured = await world.tmux.capture(wanted.map(({ pane }) => pane.paneId))
    if (captured.kind === 'unknown') return
    const seen = wanted.flatMap(({ spec, pane, backend }) => {
      const text = captured.text.get(pane.paneId)
      return text === undefined ? [] : [{ spec, pane, backend, text }]
    })
    await readAll(seen)
  }

  /** Reads many screens; those whose text and patterns did not change keep their regex outcomes. */
  async function readAll(
    seen: { spec: AgentSpec; pane: PaneSight; backend: BackendSpec; text: string }[],
  ): Promise<void> {
    const jobs: Parameters<typeof world.regex.execAll>[0][number][] = []
    const plans = await Promise.all(
      seen.map(async ({ spec, pane, backend, text }) => {
        const old = eyes.get(pane.paneId)
        const same = old !== undefined && old.panePid === pane.panePid
        const changed = same ? old.text !== text || old.title !== pane.title : undefined
        const look = await lookOf(spec, pane, backend, text, changed)
        const reuse = same && changed === false && old.patternKey === keyOf(backend)
        const own = reuse ? [] : patternJobs(backend, look)
        const from = jobs.length
        return { spec, pane, backend, look, reuse: reuse ? old.matches : undefined, own, from }
      }),
    )
    for (const plan of plans) {
      plan.from = jobs.length
      jobs.push(...plan.own)
    }
    const outcomes = world.regex.execAll(jobs)
    for (const plan of plans) {
      const matches = plan.reuse ?? readMatches(outcomes.slice(plan.from, plan.from + plan.own.length))
      store(plan.pane, plan.backend, plan.look, matches)
    }
  }

  function store(pane: PaneSight, backend: BackendSpec, look: Look, matches: Matches): void {
    const now = world.clock.now()
    eyes.set(pane.paneId, {
      panePid: pane.panePid,
      text: look.text,
      title: look.title,
      command: look.command,
      activityAt: pane.activityAt,
      capturedAt: look.at,
      capturedWall: now.wall,
      changed: look.changed,
      matches,
      reading: detect(backend, look, matches, now.wall, { logFallback: true }),
      lookAt: look.at,
      patternKey: keyOf(backend),
    })
  }

  /** Nothing was drawn since the last capture: the same text, read again at this time. */
  async function refresh(spec: AgentSpec, pane: PaneSight, backend: BackendSpec): Promise<void> {
    const eye = eyes.get(pane.paneId)
    if (eye === undefined) return
    const look = await lookOf(spec, pane, backend, eye.text, false)
    eye.changed = false
    eye.command = pane.command
    eye.lookAt = look.at
    eye.reading = detect(backend, look, eye.matches, world.clock.now().wall, { logFallback: true })
  }

  async function lookOf(
    spec: AgentSpec,
    pane: PaneSight,
    backend: BackendSpec,
    text: string,
    changed: boolean | undefined,
  ): Promise<Look> {
    const now = world.clock.now()
    const written = backend.footerUi
      ? await world.files.modifiedAt(sessionLogPath(world.fleet(), spec.session))
      : undefined
    return {
      text,
      title: pane.title,
      command: pane.command,
      changed,
      logAgeMs: written === undefined ? undefined : Math.max(0, now.wall - written),
      at: now.mono,
    }
  }

  async function sampleCpu(agents: readonly AgentSpec[]): Promise<void> {
    if (agents.length === 0) return
    const table = await world.procs.table(200)
    const now = world.clock.now().mono
    for (const spec of agents) {
      const pane = byAgent.get(spec.name)
      if (pane === undefined) continue
      const cpuMs = table.tree(pane.panePid).reduce((sum, proc) => sum + proc.cpuMs, 0)
      const old = cpu.get(spec.name)
      if (old === undefined || old.panePid !== pane.panePid) {
        cpu.set(spec.name, { panePid: pane.panePid, cpuMs, at: now, busy: undefined, fresh: false })
      } else if (now - old.at >= cpuWindowMs) {
        const busy = (cpuMs - old.cpuMs) / (now - old.at) >= busyShare
        cpu.set(spec.name, { panePid: pane.panePid, cpuMs, at: now, busy, fresh: true })
      }
    }
  }

  function sighting(spec: AgentSpec): Sighting {
    if (scan.kind === 'unknown') return { kind: 'unknown', why: scan.why }
    const pane = byAgent.get(spec.name)
    if (pane === undefined) {
      const taken = bySession.get(spec.session)
      if (taken === undefined || taken.tag?.project === world.fleet().projectDir) return { kind: 'missing' }
      return { kind: 'foreign', why: foreignWhy(spec.session, taken) }
    }
    const eye = eyes.get(pane.paneId)
    if (pane.dead) return { kind: 'dead', pane, ...endOf(pane, eye?.text, eye?.reading) }
    if (eye === undefined || eye.panePid !== pane.panePid) {
      return { kind: 'unknown', why: 'its screen was not read yet' }
    }
    const sample = cpu.get(spec.name)
    const recent =
      sample !== undefined && sample.panePid === pane.panePid && world.clock.now().mono - sample.at < 5_000
    return {
      kind: 'alive',
      pane,
      reading: eye.reading,
      lookAt: eye.lookAt,
      cpuBusy: recent ? sample.busy : undefined,
    }
  }

  async function fresh(spec: AgentSpec): Promise<{ pane: PaneSight; reading: Reading } | undefined> {
    await rescan()
    await look([spec], true)
    const seen = sighting(spec)
    return seen.kind === 'alive' ? { pane: seen.pane, reading: seen.reading } : undefined
  }

  function read(backend: BackendSpec, text: string): Reading {
    const look: Look = {
      text,
      title: '',
      command: '',
      changed: undefined,
      logAgeMs: undefined,
      at: world.clock.now().mono,
    }
    const matches = readMatches(world.regex.execAll(patternJobs(backend, look)))
    return detect(backend, look, matches, world.clock.now().wall, { logFallback: false })
  }

  function strangers(known: ReadonlySet<string>): PaneSight[] {
    return [...byAgent.entries()].filter(([tagged]) => !known.has(tagged)).map(([, pane]) => pane)
  }

  return {
    scan: rescan,
    lastScan: () => scan,
    look,
    sampleCpu,
    sighting,
    pane: (tagged, session) => byAgent.get(tagged) ?? bySession.get(session),
    fresh,
    read,
    strangers,
  }
}

/** Share of one core above which a process tree counts as working; an idle TUI stays near 1 %. */
const busyShare = 0.05
const cpuWindowMs = 400

const keys = new WeakMap<BackendSpec, string>()
function keyOf(backend: BackendSpec): string {
  let key = keys.get(backend)
  if (key === undefined) {
    key = JSON.stringify([backend.patterns, backend.footerUi])
    keys.set(backend, key)
  }
  return key
}

function foreignWhy(session: string, pane: PaneSight): string {
  const owner =
    pane.tag === undefined ? 'was not started by a fleet' : `belongs to the project ${pane.tag.project}`
  return `a session ${session} is there already and ${owner}`
}
