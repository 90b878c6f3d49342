import { detect, type Matches, patternJobs, readMatches } from '../../backends/detect.ts'
import { screenChanged } from '../../backends/screen.ts'
import { heedReports } from '../../backends/self-reports.ts'
import { type Read, stands } from '../../backends/standing.ts'
import { heedFiles } from '../../backends/structured.ts'
import { followSign, signGoneMs } from '../../backends/turn-sign.ts'
import type {
  AgentSpec,
  BackendSpec,
  Claim,
  EpochMs,
  Look,
  MonoMs,
  Now,
  PaneSight,
  Reading,
  ReadingState,
} from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { apart } from '../apart.ts'
import { createComplaints } from '../complaints.ts'
import { sessionLogPath } from '../names.ts'
import type { World } from '../world.ts'
import { logStands } from './log-lag.ts'
import type { ProcessSights } from './process-sights.ts'

/** What was last seen of one pane's screen. */
export interface Eye extends Read {
  /** As of the last reading: as long as tmux tells the same of it, it is the same object. */
  pane: PaneSight
  panePid: number
  backend: BackendSpec
  text: string
  title: string
  /** `activityAt` of the scan before the capture: no output since means nothing to capture. */
  activityAt: EpochMs
  capturedAt: MonoMs
  capturedWall: EpochMs
  matches: Matches
  /** When it was last looked at: what was read before was found to stand. */
  lookAt: MonoMs
  programRuns: boolean
  /** What was claimed beside the processes, and by them. */
  ownClaims: readonly Claim[]
  processClaims: readonly Claim[]
  /** The patterns that `matches` came from. */
  patternKey: string
  /** What the screen alone says, and since when. */
  screen: { state: ReadingState; since: EpochMs; before: ReadingState | undefined }
}

/** One agent whose screen is to be looked at. */
export interface Subject {
  spec: AgentSpec
  pane: PaneSight
  backend: BackendSpec
}

/** Even a screen that tmux calls quiet is captured again after this long, at the latest. Milliseconds. */
const recaptureMs = 10_000
/**
 * A change counts for this long: looks may come faster than a program redraws, as when somebody asks for the status, and
 * a look that finds the same frame once more says nothing. Two looks of the slowest pace. Milliseconds.
 */
const movesMs = 2_000
/** Shortest time between two captures of one pane within the second of its last output. Milliseconds. */
const againMs = 200

export interface Eyes {
  of(pane: PaneSight): Eye | undefined
  /** Captures and reads what may have changed (`all`: everything); the rest is read again at this time. */
  look(subjects: readonly Subject[], all: boolean): Promise<void>
  /** Forgets panes that are gone. */
  keep(paneIds: ReadonlySet<string>): void
}

/** The screens of the fleet, captured only where tmux tells of output, and read in one guarded batch. */
export function createEyes(world: World, processes?: Pick<ProcessSights, 'claims' | 'programRuns'>): Eyes {
  const eyes = new Map<string, Eye>()
  let saidSlow = 0
  const complain = createComplaints(world)

  function of(pane: PaneSight): Eye | undefined {
    const eye = eyes.get(pane.paneId)
    return eye?.panePid === pane.panePid ? eye : undefined
  }

  function needsCapture({ pane, backend }: Subject, now: MonoMs): boolean {
    const eye = of(pane)
    if (eye === undefined || eye.patternKey !== keyOf(backend)) return true
    if (pane.activityAt !== eye.activityAt || pane.title !== eye.title) return true
    if (now - eye.capturedAt >= Math.min(recaptureMs, world.fleet().watchdog.heavyIntervalMs) * turnOf(pane))
      return true
    // tmux tells the activity in whole seconds: output may have followed a capture within the same one.
    const final = eye.capturedWall >= pane.activityAt + 1_000
    return !final && now - eye.capturedAt >= againMs
  }

  async function look(subjects: readonly Subject[], all: boolean): Promise<void> {
    const now = world.clock.now().mono
    const wanted = subjects.filter((subject) => all || needsCapture(subject, now))
    const rest = new Set(subjects)
    for (const subject of wanted) rest.delete(subject)
    for (const subject of rest) if (stillStands(subject)) rest.delete(subject)
    const captured = await captureAll(wanted)
    const texts = captured ?? new Map<string, string>()
    const seen = [
      ...wanted.flatMap((subject) => withText(subject, texts.get(subject.pane.paneId))),
      ...[...rest].flatMap((subject) => withText(subject, of(subject.pane)?.text)),
    ]
    const captures = new Set(wanted.map(({ pane }) => pane.paneId))
    readAll(await planAll(seen, captures))
  }

  /** Nothing differs, and time alone changes nothing: what was read then is read now. */
  function stillStands({ spec, pane, backend }: Subject): boolean {
    const eye = of(pane)
    if (eye === undefined || eye.pane !== pane || eye.sight !== world.conversations.sight(spec.name))
      return false
    if (eye.programRuns !== (processes?.programRuns(pane, backend) ?? false)) return false
    // Where this throws, so does the reading that follows, and that is said.
    const reports = apart(() => world.reports.of(pane))
    if (reports.kind === 'threw' || !sameMembers(eye.reports, reports.value)) return false
    const now = world.clock.now()
    if (!stands(eye, backend, now, movesMs)) return false
    eye.lookAt = now.mono
    hearProcesses(eye)
    return true
  }

  /** What processes say comes and goes by itself, and decides nothing about what the screen says. */
  function hearProcesses(eye: Eye): void {
    const claims = processes?.claims(eye.pane) ?? NO_CLAIMS
    if (claims === eye.processClaims) return
    eye.processClaims = claims
    eye.reading = { ...eye.reading, claims: [...eye.ownClaims, ...claims] }
  }

  async function planAll(
    seen: readonly (Subject & { text: string })[],
    captures: ReadonlySet<string>,
  ): Promise<Plan[]> {
    const made = await Promise.allSettled(seen.map((one) => plan(one, captures.has(one.pane.paneId))))
    return made.flatMap((one, at) => {
      if (one.status === 'fulfilled') return [one.value]
      lose(seen[at]!.pane, one.reason)
      return []
    })
  }

  /** What could not be read is not known (INV-8), whatever was read before; the others are read all the same (row 41). */
  function lose(pane: PaneSight, error: unknown): void {
    eyes.delete(pane.paneId)
    complain(new Error(`the screen of ${pane.sessionName} could not be read: ${String(error)}`))
  }

  /** undefined when tmux gave no answer: then what was seen before stands. */
  async function captureAll(wanted: readonly Subject[]): Promise<Map<string, string> | undefined> {
    if (wanted.length === 0) return undefined
    const captured = await world.tmux.capture(wanted.map(({ pane }) => pane.paneId))
    return captured.kind === 'ok' ? captured.text : undefined
  }

  async function plan(subject: Subject & { text: string }, captured: boolean): Promise<Plan> {
    const { spec, pane, backend, text } = subject
    const old = of(pane)
    const now = world.clock.now()
    const same = old !== undefined && old.text === text && old.title === pane.title
    const moved = old !== undefined && !same && (screenChanged(old.text, text) || old.title !== pane.title)
    const movedAt = moved ? now.mono : old?.movedAt
    const changedAt = moved ? now.mono : (old?.changedAt ?? now.mono)
    const changed = old === undefined ? undefined : movedAt !== undefined && now.mono - movedAt < movesMs
    const silent = old !== undefined && (!captured || logStands(pane, old.capturedWall))
    const written = await writtenAt(spec, backend, silent ? old : undefined)
    const look: Look = {
      text,
      title: pane.title,
      command: pane.command,
      changed,
      quietMs: now.mono - changedAt,
      programRuns: processes?.programRuns(pane, backend) ?? false,
      logAgeMs: written === undefined ? undefined : Math.max(0, now.wall - written),
      at: now.mono,
    }
    const reuse = same && old.patternKey === keyOf(backend) ? old.matches : undefined
    return {
      agent: spec.name,
      pane,
      backend,
      at: now,
      look,
      changedAt,
      movedAt,
      writtenAt: written,
      captured,
      reuse,
    }
  }

  /** The log holds what the pane prints: where there was no output since `before`, it was not written either. */
  async function writtenAt(
    spec: AgentSpec,
    backend: BackendSpec,
    before: Eye | undefined,
  ): Promise<EpochMs | undefined> {
    if (!backend.footerUi) return undefined
    if (before !== undefined) return before.writtenAt
    return world.files.modifiedAt(sessionLogPath(world.fleet(), spec.session))
  }

  /** One guarded batch for all whose text or patterns are new; the others keep their regex outcomes. */
  function readAll(plans: readonly Plan[]): void {
    const fresh = plans.map((one) => (one.reuse === undefined ? patternJobs(one.backend, one.look) : []))
    const outcomes = world.regex.execAll(fresh.flat())
    sayNewlySlow()
    let from = 0
    for (const [at, one] of plans.entries()) {
      const count = fresh[at]?.length ?? 0
      const matches = one.reuse ?? readMatches(outcomes.slice(from, from + count))
      from += count
      const stored = apart(() => store(one, matches))
      if (stored.kind === 'threw') lose(one.pane, stored.error)
    }
  }

  /** A pattern that ran past its deadline is out of use until it is changed: said once. */
  function sayNewlySlow(): void {
    const slow = world.regex.slow()
    for (const source of slow.slice(saidSlow)) {
      world.report({
        kind: 'regex-slow',
        because: 'a pattern ran past its deadline and is not used',
        evidence: [visible(source)],
      })
    }
    saidSlow = slow.length
  }

  function store(one: Plan, matches: Matches): void {
    const { pane, backend, look } = one
    const now = world.clock.now()
    const old = of(pane)
    const sign = followSign(old?.sign, backend, look, matches)
    const seen = { ...look, signGoneMs: signGoneMs(sign, look.at) }
    const alone = detect(backend, seen, matches, now.wall, { logFallback: true })
    const screen = screenOf(old, alone.state, now.wall)
    const { since, before } = screen
    const movedAt = now.wall - (now.mono - one.changedAt)
    const sight = world.conversations.sight(one.agent)
    const read = heedFiles(alone, sight, { now: now.wall, since, movedAt, startedAt: pane.createdAt })
    const reports = world.reports.of(pane)
    const reading = heedReports(read, reports, { now: now.wall, since, movedAt, before })
    const processClaims = processes?.claims(pane) ?? NO_CLAIMS
    eyes.set(pane.paneId, {
      pane,
      panePid: pane.panePid,
      at: one.at,
      compared: look.changed !== undefined,
      backend,
      sight,
      reports,
      programRuns: look.programRuns === true,
      ownClaims: reading.claims,
      processClaims,
      text: look.text,
      title: look.title,
      activityAt: one.captured || old === undefined ? pane.activityAt : old.activityAt,
      capturedAt: one.captured || old === undefined ? look.at : old.capturedAt,
      capturedWall: one.captured || old === undefined ? now.wall : old.capturedWall,
      changedAt: one.changedAt,
      movedAt: one.movedAt,
      writtenAt: one.writtenAt,
      matches,
      sign,
      screen,
      reading: {
        ...reading,
        claims: [...reading.claims, ...processClaims],
        onScreen: alone.state,
      },
      lookAt: look.at,
      patternKey: keyOf(backend),
    })
  }

  return {
    of,
    look,
    keep: (paneIds) => {
      for (const paneId of eyes.keys()) if (!paneIds.has(paneId)) eyes.delete(paneId)
    },
  }
}

interface Plan {
  agent: string
  pane: PaneSight
  backend: BackendSpec
  at: Now
  look: Look
  changedAt: MonoMs
  movedAt: MonoMs | undefined
  writtenAt: EpochMs | undefined
  captured: boolean
  reuse: Matches | undefined
}

function screenOf(old: Eye | undefined, state: ReadingState, now: EpochMs): Eye['screen'] {
  if (old?.screen.state === state) return old.screen
  return { state, since: now, before: old?.screen.state }
}

/** 0.5 to 1, another for each pane: the screens of a quiet fleet are not all captured again at the same tick. */
const turnOf = (pane: PaneSight): number => 0.5 + ((Number(pane.paneId.slice(1)) * 0.618) % 1) / 2

/** One for all, so that nothing is the same as nothing. */
const NO_CLAIMS: readonly Claim[] = []

const sameMembers = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, at) => one === b[at])

const withText = (subject: Subject, text: string | undefined): (Subject & { text: string })[] =>
  text === undefined ? [] : [{ ...subject, text }]

/** Reads a text as a screen of this backend, with no memory of earlier looks. */
export function readOnce(world: World, backend: BackendSpec, text: string): Reading {
  const { mono, wall } = world.clock.now()
  const look: Look = { text, title: '', command: '', changed: undefined, logAgeMs: undefined, at: mono }
  const matches = readMatches(world.regex.execAll(patternJobs(backend, look)))
  return detect(backend, look, matches, wall, { logFallback: false })
}

const keys = new WeakMap<BackendSpec, string>()

function keyOf(backend: BackendSpec): string {
  let key = keys.get(backend)
  if (key === undefined) {
    key = JSON.stringify([backend.patterns, backend.footerUi])
    keys.set(backend, key)
  }
  return key
}
