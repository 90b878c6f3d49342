import type { BackendSpec, EpochMs, FailClass, Look } from '../core/index.ts'
import { type Layout, placeOf } from './layout.ts'
import { type Matches, type PatternKey, regionOf, type Screen, screenOf } from './matches.ts'
import { rowAt } from './screen.ts'
import { type WaitingMark, waitingUntil } from './waiting.ts'

/** Undefined: the pattern ran past its deadline, nobody knows. */
export type Tri = boolean | undefined

/** A row of the screen, counted from 1, what stands there, and the region that it belongs to. */
export interface Place {
  row: number
  text: string
  region: string
}

/** One look, asked every question that the rules need answered. */
export interface Facts {
  backend: BackendSpec
  look: Look
  match: Matches
  wall: EpochMs
  rows: readonly string[]
  layout: Layout
  active: Tri
  limit: Tri
  fatal: Tri
  blocked: Tri
  /** Whether the pattern of a class of failure matches. */
  failing: (name: FailClass & PatternKey) => Tri
  asking: Tri
  composer: Tri
  titleWorking: Tri
  /** The title turns a spinner, which a dialog would have stopped; words in a title may just have been left there. */
  spinner: boolean
  titleIdle: Tri
  titleAsking: Tri
  /** The screen changed, in a backend for which that means work. */
  changes: boolean
  logFresh: boolean
  /** Nothing was drawn for so long that a working CLI, which animates something every second, is not at work. */
  atRest: boolean
  /** A sign that this program shows in every turn was seen in this run, and is gone for more than a frame. */
  turnOver: boolean
  /** A footer screen without any change for longer than a working one ever stands still. */
  frozen: boolean
  shell: boolean
  waiting: WaitingMark | undefined
  /** Where on the screen a pattern matched. */
  where: (key: PatternKey) => Place | undefined
}

/** The timers of a footer UI tick every second; ten minutes outlast a suspended terminal or a stopped tmux client. */
export const FROZEN_MS = 600_000
/** Spinners, titles and timers of the four CLIs turn at least once a second while they work; this is three of those. */
export const REST_MS = 3_000

/** Two looks: a sign that a redraw left out for a moment is there again. */
export const OVER_MS = 1_000

export function factsOf(
  backend: BackendSpec,
  look: Look,
  match: Matches,
  wall: EpochMs,
  permit: { logFallback: boolean },
): Facts {
  const screen = screenOf(look)
  const { rows, layout } = screen
  const spinner = /^[\u2801-\u28ff]/.test(look.title.trim())
  return {
    backend,
    look,
    match,
    wall,
    rows,
    layout,
    active: found(match, 'active'),
    limit: found(match, 'limit'),
    fatal: found(match, 'fatal'),
    blocked: found(match, 'blocked'),
    failing: (name) => (name === 'crash' && outlived(match, backend, screen) ? false : found(match, name)),
    asking: found(match, 'asking'),
    composer: found(match, 'composer'),
    titleWorking: spinner || found(match, 'titleWorking'),
    spinner,
    titleIdle: found(match, 'titleIdle'),
    titleAsking: found(match, 'titleAsking'),
    changes: look.changed === true && changeMeansWork(backend),
    logFresh: permit.logFallback && logFresh(backend, look),
    atRest: (look.quietMs ?? 0) >= REST_MS && (look.logAgeMs ?? REST_MS) >= REST_MS,
    turnOver: (look.signGoneMs ?? 0) >= OVER_MS,
    frozen: backend.footerUi && (look.quietMs ?? 0) >= Math.max(FROZEN_MS, backend.stallIdleMs),
    shell: leftToShell(backend, look, rows),
    waiting: waitingUntil(look.text, backend.footerUi, wall),
    where: (key) => whereIs(match, key, backend, screen),
  }
}

/** A composer stands below the last words of a program: some other program's, whose output is shown. */
function outlived(match: Matches, backend: BackendSpec, screen: Screen): boolean {
  const words = whereIs(match, 'crash', backend, screen)?.row ?? Number.POSITIVE_INFINITY
  const composer = whereIs(match, 'composer', backend, screen)?.row ?? 0
  return Math.max(composer, (screen.layout.composer ?? -1) + 1) > words
}

function found(match: Matches, key: PatternKey): Tri {
  const { kind } = match[key]
  return kind === 'slow' ? undefined : kind === 'match'
}

function whereIs(match: Matches, key: PatternKey, backend: BackendSpec, screen: Screen): Place | undefined {
  const outcome = match[key]
  if (outcome.kind !== 'match') return undefined
  const lead = /^\s*/.exec(outcome.text)![0].length
  const row = rowAt(regionOf(key, backend, screen), outcome.index + lead)
  return { row, text: screen.rows[row - 1] ?? '', region: placeOf(screen.layout, row - 1) }
}

/**
 * A plain backend with an `active_re` is judged by that alone, as its author wrote it. A footer UI redraws while it
 * works even where its working line is missing (Codex streams without one), and a backend without any pattern has
 * nothing else to go by.
 */
function changeMeansWork({ footerUi, patterns }: BackendSpec): boolean {
  return footerUi || (patterns.active === undefined && patterns.titleWorking === undefined)
}

/** Within `log_grace` something was written, and it changed more than a clock. */
function logFresh({ footerUi, logGraceMs }: BackendSpec, { logAgeMs, quietMs }: Look): boolean {
  return footerUi && logAgeMs !== undefined && logAgeMs <= logGraceMs && (quietMs ?? 0) <= logGraceMs
}

const SHELL = /^-?(?:sh|bash|zsh|fish|dash|ksh|mksh|ash|tcsh|csh|nu|pwsh)$/
/**
 * `$`, `%`, `#`, `➜` at the end, zsh's `➜  dir git:(main) ✗`, `PS dir>`, fish's `me@host ~/dir>`; not `❯` and `>` alone,
 * which are composers too, and not `50%`.
 */
const PROMPT =
  /(?:^|[\s\w)\]}~/:\u2500-\u257f])[$#]$|^[\w.-]+@[\w.-]+ [~/]\S{0,120}(?: \([^)]{1,80}\))?>$|(?:^|[\s)\]}~/:])[%➜]$|^➜ +\S+(?: git:\([^)]{1,80}\)(?: ✗)?)?$|^PS \S.{0,120}>$/

/**
 * The agent has left and a shell has the terminal. Both must say so: the foreground command, which is also a shell's
 * while a wrapper script runs the agent, and a prompt in the last row. A preset is never a shell's, whatever its
 * process is called. Where its program was seen to run under a wrapper, the prompt is part of what that draws.
 */
function leftToShell({ processName, preset }: BackendSpec, look: Look, rows: readonly string[]): boolean {
  if (look.programRuns === true) return false
  const known = preset !== undefined || processName !== undefined
  if (!known || !SHELL.test(look.command) || SHELL.test(processName ?? '')) return false
  return endsAtPrompt(rows)
}

/** Whether the last row of a screen is a shell's prompt. */
export function endsAtPrompt(rows: readonly string[]): boolean {
  return PROMPT.test((rows.at(-1) ?? '').trim())
}
