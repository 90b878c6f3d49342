import { screenBackend } from '../../backends/worker-screen.ts'
import {
  type AgentSpec,
  type BackendSpec,
  type PaneSight,
  type Reading,
  type Scan,
  within,
} from '../../core/index.ts'
import { findDialog } from '../../dialogs/find.ts'
import type { Dialog } from '../../dialogs/types.ts'
import type { Sighting } from '../../watchdog/types.ts'
import { fleetTag } from '../names.ts'
import type { World } from '../world.ts'
import { isAsking, programOf } from './asking.ts'
import { conversationMs, conversationSubject } from './conversations.ts'
import { createCpuSampler } from './cpu.ts'
import { endOf } from './endings.ts'
import type { Subject } from './eye.ts'
import { createEyes } from './eyes.ts'
import { createProcessSights } from './process-sights.ts'
import { readOnce } from './read-screen.ts'

export interface Observer {
  /** Looks for all panes. */
  scan(): Promise<Scan>
  lastScan(): Scan
  /** Captures and reads the screens of these agents that may have changed (`all`: every one). */
  look(specs: readonly AgentSpec[], all?: boolean): Promise<void>
  sampleCpu(agents: readonly AgentSpec[]): Promise<void>
  /** Looks at processes and output where the screen leaves a doubt, and at those of the suspects. */
  sampleProcesses(suspects: ReadonlySet<string>): Promise<void>
  sighting(spec: AgentSpec): Sighting
  /** The agent's own pane of the last scan, dead or alive; else a pane of ours in the session of that name. */
  pane(tagged: string, session: string): PaneSight | undefined
  /** A fresh reading of one pane, for the moment of a kill. */
  fresh(spec: AgentSpec): Promise<{ pane: PaneSight; reading: Reading; text: string } | undefined>
  /** Reads a text as a screen of this backend, with no memory of earlier looks. */
  read(backend: BackendSpec, text: string): Reading
  /** The dialog that has the keyboard of an agent that reads as asking. */
  dialog(spec: AgentSpec): Dialog | undefined
  /** Ours, by tag, but in no table of the config. */
  strangers(known: ReadonlySet<string>): PaneSight[]
}

/** The panes of the last look; none when it failed. */
export function panesOf(observer: Observer): PaneSight[] {
  const scan = observer.lastScan()
  return scan.kind === 'ok' ? scan.panes : []
}

export function createObserver(world: World): Observer {
  const processes = createProcessSights(world)
  const eyes = createEyes(world, processes)
  const cpu = createCpuSampler(world)
  let scan: Scan = { kind: 'unknown', why: 'nothing was looked at yet' }
  let byAgent = new Map<string, PaneSight>()
  let bySession = new Map<string, PaneSight>()

  async function rescan(): Promise<Scan> {
    scan = await world.tmux.scan()
    byAgent = new Map()
    bySession = new Map()
    if (scan.kind === 'ok') {
      index(scan.panes)
      const living = new Set(scan.panes.map((pane) => pane.paneId))
      eyes.keep(living)
      processes.keep(living)
      for (const name of lastSubjects.keys()) if (!byAgent.has(name)) lastSubjects.delete(name)
    }
    return scan
  }

  function index(panes: readonly PaneSight[]): void {
    const project = fleetTag(world.fleet())
    for (const pane of panes) {
      if (!bySession.has(pane.sessionName)) bySession.set(pane.sessionName, pane)
      if (pane.tag?.project !== project || pane.tag.run === undefined) continue
      const rival = byAgent.get(pane.tag.agent)
      if (rival === undefined || (rival.dead && !pane.dead)) byAgent.set(pane.tag.agent, pane)
    }
  }

  function subjects(specs: readonly AgentSpec[]): Subject[] {
    return specs.flatMap((spec) => subjectOf(spec) ?? [])
  }

  /** The last one of each agent: as long as nothing about it changes it is the same object. */
  const lastSubjects = new Map<string, Subject>()

  function subjectOf(spec: AgentSpec): Subject | undefined {
    const pane = byAgent.get(spec.name)
    const backend = screenBackend(world.fleet(), spec)
    if (pane === undefined || backend === undefined) return undefined
    const old = lastSubjects.get(spec.name)
    if (old?.spec === spec && old.pane === pane && old.backend === backend) return old
    const subject = { spec, pane, backend }
    lastSubjects.set(spec.name, subject)
    return subject
  }

  function sighting(spec: AgentSpec): Sighting {
    if (scan.kind === 'unknown') return { kind: 'unknown', why: scan.why }
    const pane = byAgent.get(spec.name)
    if (pane === undefined) return absent(spec)
    const eye = eyes.of(pane)
    if (pane.dead) {
      const reading = eye?.reading === undefined ? {} : { reading: eye.reading }
      return { kind: 'dead', pane, ...endOf(pane, eye?.text, eye?.reading), ...reading }
    }
    if (eye === undefined) return { kind: 'unknown', why: 'its screen was not read yet' }
    return { kind: 'alive', pane, reading: eye.reading, lookAt: eye.lookAt, cpuBusy: cpu.busy(pane) }
  }

  const dialogs = new Map<string, { text: string; backend: BackendSpec; dialog: Dialog }>()

  function dialog(spec: AgentSpec): Dialog | undefined {
    const pane = byAgent.get(spec.name)
    const backend = screenBackend(world.fleet(), spec)
    const eye = pane === undefined || pane.dead ? undefined : eyes.of(pane)
    if (pane === undefined || eye === undefined || backend === undefined) return undefined
    if (!isAsking(eye.reading)) {
      dialogs.delete(pane.paneId)
      return undefined
    }
    const known = dialogs.get(pane.paneId)
    if (known?.text === eye.text && known.backend === backend) return known.dialog
    const found = findDialog(eye.text, programOf(backend))
    dialogs.set(pane.paneId, { text: eye.text, backend, dialog: found })
    return found
  }

  function absent(spec: AgentSpec): Sighting {
    const taken = bySession.get(spec.session)
    if (taken === undefined || taken.tag?.project === fleetTag(world.fleet())) return { kind: 'missing' }
    const owner =
      taken.tag === undefined ? 'was not started by a fleet' : `belongs to the fleet ${taken.tag.project}`
    return { kind: 'foreign', why: `a session ${spec.session} is there already and ${owner}` }
  }

  /** The files of those agents that are not looked at now stay known. */
  async function lookAt(specs: readonly AgentSpec[], all = false): Promise<void> {
    await Promise.all([eyes.look(subjects(specs), all), readConversations()])
  }

  const talks = new WeakMap<Subject, ReturnType<typeof conversationSubject>>()

  function talkOf(subject: Subject): ReturnType<typeof conversationSubject> {
    const { spec, pane, backend } = subject
    if (!talks.has(subject)) talks.set(subject, conversationSubject(world, spec, pane, backend))
    return talks.get(subject)
  }

  async function readConversations(): Promise<void> {
    const asked = subjects(world.fleet().agents).flatMap((subject) => talkOf(subject) ?? [])
    await within(world.clock, conversationMs, world.conversations.look(asked), undefined)
  }

  async function fresh(
    spec: AgentSpec,
  ): Promise<{ pane: PaneSight; reading: Reading; text: string } | undefined> {
    await rescan()
    await eyes.look(subjects([spec]), true)
    const seen = sighting(spec)
    if (seen.kind !== 'alive') return undefined
    return { pane: seen.pane, reading: seen.reading, text: eyes.of(seen.pane)?.text ?? '' }
  }

  return {
    scan: rescan,
    lastScan: () => scan,
    look: lookAt,
    sampleProcesses: (suspects) => {
      const seen = subjects(world.fleet().agents).flatMap(({ spec, pane }) => {
        const eye = pane.dead ? undefined : eyes.of(pane)
        return eye === undefined ? [] : [{ spec, pane, state: eye.reading.state }]
      })
      return processes.sample(seen, suspects)
    },
    sampleCpu: (specs) => cpu.sample(subjects(specs).map(({ pane }) => pane)),
    sighting,
    pane: (tagged, session) => {
      const named = bySession.get(session)
      return byAgent.get(tagged) ?? (named?.tag?.project === fleetTag(world.fleet()) ? named : undefined)
    },
    fresh,
    dialog,
    read: (backend, text) => readOnce(world, backend, text),
    strangers: (known) =>
      [...byAgent.entries()].filter(([tagged]) => !known.has(tagged)).map(([, pane]) => pane),
  }
}
