import type { Claim, EpochMs } from '../core/index.ts'
import { visible } from '../core/text.ts'

/** One process under a pane, as far as it tells about its agent. */
export interface Program {
  pid: number
  start: string
  command: string
  /** Linux letter: R S D T Z … */
  state: string
  /** User and system time so far, milliseconds. */
  cpuMs: number
}

/** The processes under a pane at an instant, the pane's own first. */
export interface ProcessSample {
  at: EpochMs
  programs: readonly Program[]
  /** Size of the pane's log; undefined where there is none. */
  logBytes: number | undefined
}

/** The newest sample, and the one before it of the same pane. */
export interface ProcessSight {
  now: ProcessSample
  before: ProcessSample | undefined
}

/** Two samples nearer than this tell no share: processor time counts in hundredths of a second. Milliseconds. */
const WINDOW_MS = 400
/** Share of one core above which a tree works; an idle TUI stays near 1 %. As in the sampler that vetoes a stall. */
const BUSY_SHARE = 0.05
/** Bytes a second above which a pane is being drawn: a spinner makes some hundred, a clock a few. */
const DRAWN_RATE = 100
/** Names in one sentence. */
const SHOWN = 6

/**
 * What processes and output say of an agent. Neither decides a reading: programs of an agent's own making (a server, a
 * watcher) run and print for days. They are evidence for a person, and a second source beside the screen.
 * @param until when they are out of date
 */
export function processClaims(sight: ProcessSight, until: EpochMs): Claim[] {
  const { now, before } = sight
  const times = { at: now.at, until }
  const claims: Claim[] = [{ source: 'process', ...programsOf(sight), ...times }]
  const passed = before === undefined ? 0 : now.at - before.at
  if (before === undefined || passed < WINDOW_MS) return claims
  const share = usedMs(now, before) / passed
  claims.push({
    source: 'cpu',
    says: share >= BUSY_SHARE ? 'active' : 'quiet',
    evidence: `its processes used ${Math.round(share * 100)} % of a core for ${span(passed)}`,
    ...times,
  })
  const printed = printedBytes(now, before)
  if (printed !== undefined) claims.push({ source: 'output', ...outputSays(printed, passed), ...times })
  return claims
}

/**
 * Whether a program of that name runs under the pane and is not just stopped (Ctrl-Z): then a prompt in its last row is
 * something that it draws, and no shell's.
 */
export function programRuns(sample: ProcessSample, name: string): boolean {
  return sample.programs.some(({ command, state }) => command === name && !/^[TtZX]/.test(state))
}

/** Processes that came since say that it works; the same ones as before say nothing either way. */
function programsOf({ now, before }: ProcessSight): Pick<Claim, 'says' | 'evidence'> {
  const [own, ...others] = now.programs
  const known = new Set(before?.programs.map(keyOf))
  const fresh = before === undefined ? [] : now.programs.filter((one) => !known.has(keyOf(one)))
  const under = others.length === 0 ? 'nothing under it' : `under it ${names(others)}`
  const evidence = `the pane runs ${own === undefined ? 'nothing' : own.command}, ${under}`
  if (fresh.length === 0) return { says: 'unknown', evidence: visible(evidence) }
  return { says: 'active', evidence: visible(`${evidence}; new: ${names(fresh)}`) }
}

const keyOf = ({ pid, start }: Program): string => `${pid}:${start}`

/** `node ×3, npm`, the most frequent first. */
function names(programs: readonly Program[]): string {
  const counts = new Map<string, number>()
  for (const { command } of programs) counts.set(command, (counts.get(command) ?? 0) + 1)
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const shown = sorted.slice(0, SHOWN).map(([name, count]) => (count === 1 ? name : `${name} ×${count}`))
  return sorted.length > SHOWN ? `${shown.join(', ')}, …` : shown.join(', ')
}

/** Of the processes that were there at both samples: one that left takes its time with it. */
function usedMs(now: ProcessSample, before: ProcessSample): number {
  const old = new Map(before.programs.map((one) => [keyOf(one), one.cpuMs]))
  return now.programs.reduce((sum, one) => sum + Math.max(0, one.cpuMs - (old.get(keyOf(one)) ?? 0)), 0)
}

/** undefined too when the log became smaller: it was rotated. */
function printedBytes(now: ProcessSample, before: ProcessSample): number | undefined {
  if (now.logBytes === undefined || before.logBytes === undefined) return undefined
  return now.logBytes < before.logBytes ? undefined : now.logBytes - before.logBytes
}

/** A little output is neither: a clock in a status line ticks on an idle screen, too. */
function outputSays(bytes: number, passedMs: number): Pick<Claim, 'says' | 'evidence'> {
  const rate = bytes / (passedMs / 1000)
  const says = bytes === 0 ? 'quiet' : rate >= DRAWN_RATE ? 'active' : 'unknown'
  return { says, evidence: `it printed ${bytes} bytes in ${span(passedMs)}` }
}

const span = (ms: number): string => `${Math.round(ms / 100) / 10} s`
