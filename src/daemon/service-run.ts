import { createClock } from '../adapters/clock/index.ts'
import { createLocks } from '../adapters/files/locks.ts'
import { createProjectFiles } from '../adapters/files/project-files.ts'
import { createStateStore } from '../adapters/files/state-store.ts'
import { callControl, controlPath } from '../adapters/socket/index.ts'
import { tmuxVersion } from '../adapters/tmux/version.ts'
import { renderProblems } from '../config/problem.ts'
import type { Clock, Fleet } from '../core/index.ts'
import { type ConfigInForce, firstConfig } from './config/reload.ts'
import type { Outcome } from './control/control.ts'
import { createDirect, hello, helloMs, type OpenOptions } from './control/direct.ts'
import { checkIntents, type IntentState, intentOf, intentRecordName } from './intents.ts'
import { bootOfMemory } from './memory-store.ts'
import { serviceTag } from './names.ts'

export interface ServiceOptions extends Omit<OpenOptions, 'scope'> {
  stateDir: string
  /** Asked before a start: see `TmuxOptions.scope`. */
  scopeNow: () => Promise<readonly string[]>
  print: (text: string) => void
  signal: AbortSignal
  /** @default 5000 */
  everyMs?: number
}

/** What one look came to. */
type Look =
  | { kind: 'fine' }
  /** It should be there and is not, for the first time: its own loop may be bringing it back. */
  | { kind: 'gone' }
  | { kind: 'brought-back'; text: string }
  | { kind: 'failed'; why: string }

const longestPauseMs = 300_000

/**
 * What the service manager runs: looks every few seconds whether the fleet's watchdog is there, as long as somebody
 * wants one, and brings it back when it is not. The watchdog then starts the agents that are wanted up. After a reboot
 * so are those that nobody watches, and the services. Ends only when it is told to, and leaves everything running.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const clock = createClock()
  let failures = 0
  let said = ''
  // Right after a boot there is no loop that could be at it.
  let patient = false
  while (!options.signal.aborted) {
    const look = await lookAfter(options, clock, patient)
    patient = look.kind === 'fine' || look.kind === 'brought-back'
    failures = look.kind === 'failed' ? failures + 1 : 0
    const text = look.kind === 'failed' ? look.why : look.kind === 'brought-back' ? look.text : ''
    if (text !== '' && text !== said) options.print(text)
    said = text
    const pauseMs = (options.everyMs ?? 5_000) * 2 ** Math.min(failures, 10)
    await clock.sleep(Math.min(longestPauseMs, pauseMs), options.signal).catch(() => undefined)
  }
}

async function lookAfter(options: ServiceOptions, clock: Clock, patient: boolean): Promise<Look> {
  const intents = await createStateStore(options.stateDir).load(intentRecordName, checkIntents)
  if (intents.kind !== 'ok' || intents.value.watchdog !== 'up') return { kind: 'fine' }
  const path = await controlPath(options.stateDir)
  const greeting = await callControl(path, hello, { timeoutMs: helloMs })
  // One that is there and silent is killed by its own guard.
  if (greeting.kind === 'answer' || greeting.kind === 'timeout') return { kind: 'fine' }
  if ((await createLocks().holder(options.stateDir)) !== undefined) return { kind: 'fine' }
  return patient ? { kind: 'gone' } : bringBack(options, clock, intents.value, path)
}

async function bringBack(
  options: ServiceOptions,
  clock: Clock,
  intents: IntentState,
  socketPath: string,
): Promise<Look> {
  const first = await firstConfig(options.configPath, readCopy, options.stateDir)
  if (first.kind === 'refused') return { kind: 'failed', why: renderProblems(first.problems) }
  const version = await tmuxVersion()
  if (version.kind !== 'ok') return { kind: 'failed', why: 'tmux is missing, or older than 3.2' }
  const rebooted = (await bootOfMemory(options.stateDir)) !== clock.bootId()
  const others = rebooted ? unwatched(first.config.fleet, intents) : []
  const outcomes = await start(options, first.config, socketPath, [...others, 'watchdog'])
  const bad = outcomes.filter(({ result }) => result === 'failed' || result === 'refused')
  if (bad.length > 0) return { kind: 'failed', why: bad.map(sentence).join('; ') }
  return { kind: 'brought-back', text: `brought back: ${outcomes.map(sentence).join('; ')}` }
}

const sentence = ({ name, detail }: Outcome): string => `${name}: ${detail}`

async function start(
  options: ServiceOptions,
  { fleet, problems, blocked }: ConfigInForce,
  socketPath: string,
  names: readonly string[],
): Promise<Outcome[]> {
  const open = { ...options, scope: await options.scopeNow() }
  const direct = createDirect(open, fleet, problems, blocked, socketPath)
  try {
    return await direct.control.up(names)
  } finally {
    await direct.close()
  }
}

/**
 * What the watchdog does not start by itself and somebody once asked for: agents without a watch, and services. A task
 * is done once, so a new boot is no reason to do it again.
 */
function unwatched(fleet: Fleet, intents: IntentState): string[] {
  const asked = (key: string): boolean => {
    const { wanted, by, paused } = intentOf(intents, key)
    return wanted === 'up' && by === 'operator' && !paused
  }
  const agents = fleet.agents.filter(
    (spec) => spec.enabled && spec.watch === 'none' && spec.kind !== 'task' && asked(spec.name),
  )
  const services = fleet.services.filter((spec) => asked(serviceTag(spec.name)))
  return [...agents, ...services].map((spec) => spec.name)
}

async function readCopy(path: string): Promise<string | undefined> {
  const found = await createProjectFiles().readText(path)
  return found.kind === 'ok' ? found.text : undefined
}
