import { appendFileSync } from 'node:fs'
import type { FleetEvent } from '../../src/core/index.ts'

/** What was done and seen, in the order in which the runner learned it. All instants are epoch milliseconds. */
export type Entry = { at: number } & Fact

export type Fact =
  /** A fault begins. Deaths, restarts and kills of `agents` are explained until it ends. */
  | { kind: 'fault'; n: number; name: string; agents: readonly string[]; licence: Licence; detail: string }
  | { kind: 'fault-end'; n: number }
  /** An operator's verb is through: from now on the agent must (not) be there. */
  | { kind: 'want'; agent: string; wanted: 'up' | 'down' }
  /** An agent's main process was seen for the first time. */
  | { kind: 'alive'; agent: string; pid: number; start: string }
  | { kind: 'gone'; agent: string; pid: number; start: string }
  /** Two lives of one agent at one instant: both were seen before and after each other. */
  | { kind: 'two'; agent: string; pids: readonly number[]; why: string }
  /** An agent that is wanted down was seen alive. */
  | { kind: 'undead'; agent: string; pid: number; wantedDownAt: number }
  /** A line of an agent's own record. */
  | {
      kind: 'said'
      agent: string
      what: 'start' | 'bytes' | 'signal' | 'exit'
      pid: number
      saidAt: number
      text: string
    }
  | { kind: 'event'; event: FleetEvent }
  /** Something had to be so within `boundMs`; `tookMs` is missing when it was not. */
  | { kind: 'due'; what: string; inv: string; boundMs: number; tookMs: number | undefined; sort: string }
  | { kind: 'index'; value: number }
  /** The operator or a DONE marker allows the phase index to become `to`. */
  | { kind: 'index-may'; to: number; back: boolean }
  | { kind: 'push'; hash: string; to: string; replaces: string | undefined; sure: boolean }
  | { kind: 'foreign'; name: string; why: string }
  | { kind: 'torn'; file: string; why: string }
  | { kind: 'mode'; path: string; mode: string }
  | { kind: 'leak'; where: string }
  | { kind: 'resource'; name: string; value: number; limit: number }
  /** An answer of a verb that must not be. */
  | { kind: 'wrong'; inv: string; why: string }
  /** The records of an agent or the event log were damaged on purpose: counts begin anew. */
  | { kind: 'forget'; what: 'events' | 'strikes' | 'pings' }
  | { kind: 'end' }

/** What a fault explains besides deaths of its agents. */
export interface Licence {
  /** The supervisor may kill these agents (stall, changed config), with evidence. */
  kills: boolean
  /** Events may be missing: a process that writes them was killed. */
  silence: boolean
}

export interface History {
  entries: Entry[]
  add(fact: Fact, at?: number): Entry
  /** The last entries, one a line, for a report. */
  tail(count: number): string[]
}

/** Kept in memory and, line by line, in a file. */
export function createHistory(
  path: string | undefined,
  onEntry: (entry: Entry) => void = () => undefined,
): History {
  const entries: Entry[] = []

  function add(fact: Fact, at = Date.now()): Entry {
    const entry: Entry = { at, ...fact }
    entries.push(entry)
    if (path !== undefined) appendFileSync(path, `${JSON.stringify(entry)}\n`)
    onEntry(entry)
    return entry
  }

  return { entries, add, tail: (count) => entries.slice(-count).map(line) }
}

function line(entry: Entry): string {
  const { at, kind, ...rest } = entry
  return `${new Date(at).toISOString().slice(11, 23)} ${kind} ${JSON.stringify(rest).slice(0, 300)}`
}
