import { patternJobs, readMatches } from '../../backends/detect.ts'
import { stands } from '../../backends/standing.ts'
import type { BackendSpec, MonoMs, PaneSight } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { apart } from '../apart.ts'
import { createComplaints } from '../complaints.ts'
import type { World } from '../world.ts'
import { type Eye, movesMs, NO_CLAIMS, patternKeyOf, type Subject } from './eye.ts'
import { type PlannedLook, planLook } from './plan-look.ts'
import type { ProcessSights } from './process-sights.ts'
import { readScreen } from './read-screen.ts'

/** Even a screen that tmux calls quiet is captured again after this long, at the latest. Milliseconds. */
const recaptureMs = 10_000
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

  const claimsOf = (pane: PaneSight) => processes?.claims(pane) ?? NO_CLAIMS
  const programRuns = (pane: PaneSight, backend: BackendSpec) =>
    processes?.programRuns(pane, backend) ?? false

  function needsCapture({ pane, backend }: Subject, now: MonoMs): boolean {
    const eye = of(pane)
    if (eye === undefined || eye.patternKey !== patternKeyOf(backend)) return true
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
    if (eye.programRuns !== programRuns(pane, backend)) return false
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
    const claims = claimsOf(eye.pane)
    if (claims === eye.processClaims) return
    eye.processClaims = claims
    eye.reading = { ...eye.reading, claims: [...eye.ownClaims, ...claims] }
  }

  async function planAll(
    seen: readonly (Subject & { text: string })[],
    captures: ReadonlySet<string>,
  ): Promise<PlannedLook[]> {
    const made = await Promise.allSettled(
      seen.map(async (one) => {
        const { pane, backend } = one
        return planLook(world, one, of(pane), captures.has(pane.paneId), programRuns(pane, backend))
      }),
    )
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

  /** One guarded batch for all whose text or patterns are new; the others keep their regex outcomes. */
  function readAll(plans: readonly PlannedLook[]): void {
    const fresh = plans.map((one) => (one.reuse === undefined ? patternJobs(one.backend, one.look) : []))
    const outcomes = world.regex.execAll(fresh.flat())
    sayNewlySlow()
    let from = 0
    for (const [at, one] of plans.entries()) {
      const count = fresh[at]?.length ?? 0
      const matches = one.reuse ?? readMatches(outcomes.slice(from, from + count))
      from += count
      const { pane } = one
      const read = apart(() => readScreen(world, one, matches, of(pane), claimsOf(pane)))
      if (read.kind === 'ok') eyes.set(pane.paneId, read.value)
      else lose(pane, read.error)
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

  return {
    of,
    look,
    keep: (paneIds) => {
      for (const paneId of eyes.keys()) if (!paneIds.has(paneId)) eyes.delete(paneId)
    },
  }
}

/** 0.5 to 1, another for each pane: the screens of a quiet fleet are not all captured again at the same tick. */
const turnOf = (pane: PaneSight): number => 0.5 + ((Number(pane.paneId.slice(1)) * 0.618) % 1) / 2

const sameMembers = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, at) => one === b[at])

const withText = (subject: Subject, text: string | undefined): (Subject & { text: string })[] =>
  text === undefined ? [] : [{ ...subject, text }]
