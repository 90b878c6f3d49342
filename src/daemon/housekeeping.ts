import { rotateFile } from '../adapters/files/rotate.ts'
import type { AgentSpec, EpochMs, PaneSight, ServiceSpec } from '../core/index.ts'
import { logPipe } from './act/prepare.ts'
import type { Crew } from './engine.ts'
import { logStands } from './look/log-lag.ts'
import { serviceTag, sessionLogPath, watchdogSession } from './names.ts'

/** How long a log pipe that closed again right after it was opened is left closed (a full disk). Milliseconds. */
const repipeAfterMs = 10_000
/** Logs whose size is looked at in one tick: a fleet of 200 has its turn every five ticks. */
const logsPerTick = 40

/** The log of a pane that prints nothing is looked at this often. Milliseconds. */
const quietMs = 30_000

export interface Housekeeping {
  /** Mends closed log pipes and rotates logs that grew past their size. Called on every tick; starts no process itself. */
  tidy(): Promise<void>
}

/**
 * Session logs: one `cat` per pane that tmux starts. When it dies the pipe stays closed without a word (F7), so the
 * pipe is looked at on every tick, and the file at most `logsPerTick` at a time: past `log_max` it is moved aside and
 * the pipe opened on a new one.
 */
export function createHousekeeping(crew: () => Crew): Housekeeping {
  const lastPipe = new Map<string, number>()
  /** The logs as they were found, by pane. */
  const found = new Map<string, { bytes: number; at: EpochMs }>()
  let turn = 0

  async function tidy(): Promise<void> {
    const { agents, services } = crew().world.fleet()
    const from = turn
    turn = from + logsPerTick < agents.length ? from + logsPerTick : 0
    const due = agents.filter((spec, at) => (at >= from && at < from + logsPerTick) || isUnpiped(spec))
    await Promise.all([...due.map(tidyAgent), ...services.map(tidyService), tidyOwn()])
  }

  function isUnpiped(spec: AgentSpec): boolean {
    const seen = crew().observer.sighting(spec)
    return seen.kind === 'alive' && !seen.pane.piped
  }

  /** The watchdog's own log is held open by the loop around it, so it is emptied instead of moved. */
  async function tidyOwn(): Promise<void> {
    const { world } = crew()
    const fleet = world.fleet()
    const path = sessionLogPath(fleet, watchdogSession(fleet))
    if (((await world.files.size(path)) ?? 0) <= fleet.watchdog.logMaxBytes) return
    await world.files.emptyInto(path)
    world.report({
      kind: 'log-rotated',
      because: `the watchdog's own log was larger than ${fleet.watchdog.logMaxBytes} bytes`,
    })
  }

  async function tidyAgent(spec: AgentSpec): Promise<void> {
    const seen = crew().observer.sighting(spec)
    if (seen.kind === 'alive') await tidyOne(spec.name, spec.session, seen.pane)
  }

  async function tidyService(spec: ServiceSpec): Promise<void> {
    const pane = crew().observer.pane(serviceTag(spec.name), spec.session)
    if (pane?.tag?.agent === serviceTag(spec.name) && !pane.dead)
      await tidyOne(serviceTag(spec.name), spec.session, pane)
  }

  async function tidyOne(tagged: string, session: string, pane: PaneSight): Promise<void> {
    const { world } = crew()
    const path = sessionLogPath(world.fleet(), session)
    const { logMaxBytes, logKeep } = world.fleet().watchdog
    if (isQuiet(pane)) return
    const now = world.clock.now().wall
    const bytes = await world.files.size(path)
    if (bytes === undefined) found.delete(pane.paneId)
    else found.set(pane.paneId, { bytes, at: now })
    const tooLarge = (bytes ?? 0) > logMaxBytes
    if (tooLarge) {
      const moved = await rotateFile(path, logKeep)
      if (moved)
        world.report({ kind: 'log-rotated', agent: tagged, because: `larger than ${logMaxBytes} bytes` })
    }
    const closed = !pane.piped || bytes === undefined
    if (!tooLarge && (!closed || !mayPipe(pane.paneId))) return
    lastPipe.set(pane.paneId, world.clock.now().mono)
    await world.tmux.pipe(pane.paneId, logPipe(path))
  }

  /** Nothing was printed since its log was found small enough: it is looked at again after a while, for it may be gone. */
  function isQuiet(pane: PaneSight): boolean {
    const { world } = crew()
    const last = found.get(pane.paneId)
    if (last === undefined || !pane.piped || last.bytes > world.fleet().watchdog.logMaxBytes) return false
    const now = world.clock.now().wall
    return logStands(pane, last.at) && last.at <= now && now - last.at < quietMs
  }

  function mayPipe(paneId: string): boolean {
    const last = lastPipe.get(paneId)
    return last === undefined || crew().world.clock.now().mono - last >= repipeAfterMs
  }

  return { tidy }
}
