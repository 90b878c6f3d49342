import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What an actor of the town did and saw, in its order. An intent is written before the call, a result after it, so that the
 * file tells the truth wherever its process was killed. All instants are epoch milliseconds.
 */
export type Line = { at: number; who: string } & (
  | { op: 'send'; id: string; from: string; to: string; n: number; list: List; hash: string }
  | { op: 'sent'; id: string; repeated: boolean; since: number }
  /** Shown to somebody. `times` is what it was marked with, `since` when its claim began. */
  | { op: 'present'; id: string; to: string; times: number; hash: string; since: number }
  | { op: 'ack'; id: string; to: string }
  | { op: 'acked'; id: string; to: string; before: boolean; told: number; since: number }
  | { op: 'refused'; what: string; code: string; why?: string }
  | { op: 'odd'; what: string; id: string }
  | { op: 'task-add'; id: string }
  | { op: 'task-added'; id: string }
  | { op: 'task-take' }
  | { op: 'task-took'; id: string; since: number }
  | { op: 'task-end'; id: string; end: string }
  | { op: 'task-ended'; id: string; end: string }
  | { op: 'task-requeue'; id: string }
  /** By the runner: everything was emptied, or the server was away, between `since` and `at`. */
  | { op: 'flush' | 'down'; since: number }
  | { op: 'fault'; name: string; n: number; since: number }
)
export type List = 'inbox' | 'urgent'
/** One line without when and by whom; distributes over the union. */
export type Fact = Line extends infer L ? (L extends Line ? Omit<L, 'at' | 'who'> : never) : never

export interface Journal {
  note(fact: Fact): void
}

/** A file of its own for each life of an actor: a kill in the middle of a line damages no other. */
export function openJournal(folder: string, who: string): Journal {
  const path = join(folder, `${who}-${Date.now()}-${process.pid}.jsonl`)
  return { note: (fact) => appendFileSync(path, `${JSON.stringify({ at: Date.now(), who, ...fact })}\n`) }
}

/** All lines of all actors, by time. A last line that was cut off is no line. */
export function readJournals(folder: string): Line[] {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Line)
  return lines.sort((a, b) => a.at - b.at)
}
