import { detect, type Matches, patternJobs, readMatches } from '../../backends/detect.ts'
import { heedReports } from '../../backends/self-reports.ts'
import { heedFiles } from '../../backends/structured.ts'
import { followSign, signGoneMs } from '../../backends/turn-sign.ts'
import type { BackendSpec, Claim, EpochMs, Look, Reading, ReadingState } from '../../core/index.ts'
import type { World } from '../world.ts'
import { type Eye, patternKeyOf } from './eye.ts'
import type { PlannedLook } from './plan-look.ts'

/** What a screen says, with everything else that is known of the agent heeded: files, self-reports, processes. */
export function readScreen(
  world: World,
  one: PlannedLook,
  matches: Matches,
  old: Eye | undefined,
  processClaims: readonly Claim[],
): Eye {
  const { pane, backend, look } = one
  const now = world.clock.now()
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
  const kept = one.captured ? undefined : old
  return {
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
    activityAt: kept?.activityAt ?? pane.activityAt,
    capturedAt: kept?.capturedAt ?? look.at,
    capturedWall: kept?.capturedWall ?? now.wall,
    changedAt: one.changedAt,
    movedAt: one.movedAt,
    writtenAt: one.writtenAt,
    logWhole: one.logWhole,
    matches,
    sign,
    screen,
    reading: {
      ...reading,
      claims: [...reading.claims, ...processClaims],
      onScreen: alone.state,
    },
    lookAt: look.at,
    patternKey: patternKeyOf(backend),
  }
}

function screenOf(old: Eye | undefined, state: ReadingState, now: EpochMs): Eye['screen'] {
  if (old?.screen.state === state) return old.screen
  return { state, since: now, before: old?.screen.state }
}

/** Reads a text as a screen of this backend, with no memory of earlier looks. */
export function readOnce(world: World, backend: BackendSpec, text: string): Reading {
  const { mono, wall } = world.clock.now()
  const look: Look = { text, title: '', command: '', changed: undefined, logAgeMs: undefined, at: mono }
  const matches = readMatches(world.regex.execAll(patternJobs(backend, look)))
  return detect(backend, look, matches, wall, { logFallback: false })
}
