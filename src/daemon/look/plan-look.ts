import type { Matches } from '../../backends/detect.ts'
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
  const silent = old !== undefined && (!captured || logStands(pane, old.capturedWall))
  const written = await writtenAt(world, spec, backend, silent ? old : undefined)
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
    captured,
    reuse,
  }
}

/** The log holds what the pane prints: where there was no output since `before`, it was not written either. */
async function writtenAt(
  world: World,
  spec: AgentSpec,
  backend: BackendSpec,
  before: Eye | undefined,
): Promise<EpochMs | undefined> {
  if (!backend.footerUi) return undefined
  if (before !== undefined) return before.writtenAt
  return world.files.modifiedAt(sessionLogPath(world.fleet(), spec.session))
}
