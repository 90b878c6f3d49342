import { createClock } from '../adapters/clock/index.ts'
import { createConversationFiles } from '../adapters/conversations/index.ts'
import { createEventLog } from '../adapters/files/event-log.ts'
import { createLocks } from '../adapters/files/locks.ts'
import { createProjectFiles } from '../adapters/files/project-files.ts'
import { createReportSpool } from '../adapters/files/report-spool.ts'
import { createSharedRecord } from '../adapters/files/shared-record.ts'
import { createStateStore } from '../adapters/files/state-store.ts'
import { watchStore } from '../adapters/files/watched-store.ts'
import { createProcs } from '../adapters/procs/index.ts'
import { createRegexRunner } from '../adapters/regex/index.ts'
import { createTmux } from '../adapters/tmux/index.ts'
import { serverEnv } from '../backends/launch.ts'
import { createConversations } from '../conversation/index.ts'
import { type Fleet, type ProcessId, within } from '../core/index.ts'
import { checkOutbox, emptyOutbox } from '../delivery/outbox.ts'
import { checkIntents, emptyIntents, intentRecordName } from './intents.ts'
import type { Program } from './keeper.ts'
import { fleetTag, keeperSession } from './names.ts'
import { createReports } from './reports/reports.ts'
import type { World } from './world.ts'

export interface BuildOptions {
  fleet: () => Fleet
  env: NodeJS.ProcessEnv
  program: Program
  /** The tmux server that the last watchdog saw. */
  server: ProcessId | undefined
  /** `AGENT_MODEL_<name>` and `AGENT_BACKEND_<name>` of the environment count. */
  overrides: boolean
  scope?: readonly string[] | undefined
}

/**
 * Agents that start together share one process table, also where their searches are spread over some looks. Who was not
 * in it yet searches again soon. Milliseconds.
 */
const membersAgeMs = 2_000

/** Builds the adapters of one fleet. Opens nothing yet; folders are made on the first write. */
export function buildWorld(options: BuildOptions): World {
  const fleet = options.fleet()
  const clock = createClock()
  const locks = createLocks()
  const store = watchStore(createStateStore(fleet.stateDir))
  const events = createEventLog(fleet.logDir)
  const report: World['report'] = (draft) => {
    // The log remembers and retries what it could not write; a full disk is no reason to stop healing.
    events.append(draft).catch(() => undefined)
  }
  const trouble = (name: string) => (why: string) => report({ kind: 'trouble', because: `${name}: ${why}` })
  const procs = createProcs()
  const world: Omit<World, 'reports'> = {
    fleet: options.fleet,
    clock,
    locks,
    store,
    stateTrouble: store.trouble,
    events,
    report,
    procs,
    conversations: createConversations({
      files: createConversationFiles(),
      now: () => clock.now(),
      within: (ms, work) => within(clock, ms, work, undefined),
      members: (panePid) =>
        procs.table(membersAgeMs).then(
          (table) => table.tree(panePid),
          () => [],
        ),
      living: (pid) => procs.identify(pid),
    }),
    regex: createRegexRunner({ deadlineMs: fleet.watchdog.regexDeadlineMs }),
    files: createProjectFiles(),
    env: { ...options.env },
    program: options.program,
    overridden: (agent) =>
      options.overrides &&
      ['MODEL', 'BACKEND'].some((what) => (options.env[`AGENT_${what}_${agent}`] ?? '') !== ''),
    tmux: createTmux({
      server: fleet.tmux,
      deadlineMs: fleet.watchdog.tmuxDeadlineMs,
      keeper: {
        session: keeperSession(fleet),
        tag: { project: fleetTag(fleet), agent: 'keeper', run: 'keeper' },
        dir: fleet.projectDir,
      },
      serverEnv: serverEnv(options.env),
      knownServer: options.server,
      scope: options.scope,
    }),
    intents: createSharedRecord(
      { store, locks, stateDir: fleet.stateDir },
      { name: intentRecordName, check: checkIntents, empty: emptyIntents, onTrouble: trouble('intent.json') },
    ),
    outbox: createSharedRecord(
      { store, locks, stateDir: fleet.stateDir },
      { name: 'outbox.json', check: checkOutbox, empty: emptyOutbox, onTrouble: trouble('outbox.json') },
    ),
  }
  // The same object: the watchdog puts another config into it at a reload.
  const whole = world as World
  whole.reports = createReports(world, createReportSpool())
  return whole
}

/** Record of the tmux server that was seen last: tells a lost socket from a lost server (F8). */
export const serverRecordName = 'tmux.json'

export async function loadServer(stateDir: string): Promise<ProcessId | undefined> {
  const loaded = await createStateStore(stateDir).load(serverRecordName, checkProcessId)
  return loaded.kind === 'ok' ? loaded.value : undefined
}

function checkProcessId(value: unknown): ProcessId | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, start } = value as Partial<ProcessId>
  return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined
}
