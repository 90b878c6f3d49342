import type { Matches } from '../../backends/detect.ts'
import { REST_MS } from '../../backends/facts.ts'
import { screenChanged } from '../../backends/screen.ts'
import type { AgentSpec, BackendSpec, EpochMs, Look, MonoMs, Now, PaneSight } from '../../core/index.ts'
import { sessionLogPath } from '../names.ts'
import type { World } from '../world.ts'
import { type Eye, movesMs, patternKeyOf, type Subject } from './eye.ts'
import { logStands } from './log-lag.ts'

/** A screen that is to be read, and what is known around it. */
export interface PlannedLook {
  agent: string
  pane: PaneSight
  backend: BackendSpec
  at: Now
  look: Look
  changedAt: MonoMs
  movedAt: MonoMs | undefined
  writtenAt: EpochMs | undefined
  /** See `Eye`. */
  logWhole: boolean
  captured: boolean
  /** Outcomes of the patterns that hold still: the text and the patterns are as they were. */
  reuse: Matches | undefined
}

/** What is known of a screen before the patterns run over it. */
export async function planLook(
  world: World,
  { spec, pane, backend, text }: Subject & { text: string },
  old: Eye | undefined,
  captured: boolean,
  programRuns: boolean,
): Promise<PlannedLook> {
  const now = world.clock.now()
  const same = old !== undefined && old.text === text && old.title === pane.title
  const moved = old !== undefined && !same && (screenChanged(old.text, text) || old.title !== pane.title)
  const movedAt = moved ? now.mono : old?.movedAt
  const changedAt = moved ? now.mono : (old?.changedAt ?? now.mono)
  const changed = old === undefined ? undefined : movedAt !== undefined && now.mono - movedAt < movesMs
  // The log holds what the pane prints: where there was no output since, it was not written either.
  const silent = old !== undefined && (!captured || logStands(pane, old.capturedWall))
  const known = old !== undefined && (silent ? old.logWhole : isYoung(old, backend, now.wall))
  const written = known ? old.writtenAt : await writtenAt(world, spec, backend)
  const look: Look = {
    text,
    title: pane.title,
    command: pane.command,
    changed,
    quietMs: now.mono - changedAt,
    programRuns,
    logAgeMs: written === undefined ? undefined : Math.max(0, now.wall - written),
    at: now.mono,
  }
  const reuse = same && old.patternKey === patternKeyOf(backend) ? old.matches : undefined
  return {
    agent: spec.name,
    pane,
    backend,
    at: now,
    look,
    changedAt,
    movedAt,
    writtenAt: written,
    logWhole: silent || !known,
    captured,
    reuse,
  }
}

/** Written so lately that every rule says the same of it: that it was written again since says nothing more. */
const isYoung = ({ writtenAt }: Eye, { logGraceMs }: BackendSpec, now: EpochMs): boolean =>
  writtenAt !== undefined && writtenAt <= now && now - writtenAt < Math.min(REST_MS, logGraceMs)

async function writtenAt(world: World, spec: AgentSpec, backend: BackendSpec): Promise<EpochMs | undefined> {
  if (!backend.footerUi) return undefined
  return world.files.modifiedAt(sessionLogPath(world.fleet(), spec.session))
}
