import { classOf, isActionable, textOf } from '../town/wire/message.ts'
import type { TaskRecord } from '../town/wire/task-record.ts'
import type { Letter } from './types.ts'

/** What a round is about. Every letter is in exactly one of the lists. */
export interface Batch {
  /** To be done or answered: urgent ones first, then as they came. */
  work: Letter[]
  /** Good to know; shown beside the next work. */
  news: Letter[]
  /** Confirmations, told by their number. */
  thanks: Letter[]
  /** Answered by the worker itself: ping, status_request. */
  answers: Letter[]
}

const AUTOMATIC: ReadonlySet<string> = new Set(['ping', 'status_request'])

/** Sorts letters by their type alone, never by words in their text. */
export function sortLetters(letters: readonly Letter[]): Batch {
  const batch: Batch = { work: [], news: [], thanks: [], answers: [] }
  const urgentFirst = [...letters.filter((one) => one.urgent), ...letters.filter((one) => !one.urgent)]
  for (const letter of urgentFirst) listFor(batch, letter).push(letter)
  return batch
}

function listFor(batch: Batch, { message: { content } }: Letter): Letter[] {
  if (AUTOMATIC.has(content.type)) return batch.answers
  if (isActionable(content)) return batch.work
  return classOf(content) === 'confirmation' ? batch.thanks : batch.news
}

/** What a letter stands for in this round: a task with its record, or its own words. */
export type Item =
  | { kind: 'task'; letter: Letter; task: TaskRecord }
  | { kind: 'words'; letter: Letter; text: string }
  /** Its task is gone, over, or somebody else's by now: nothing to do. */
  | { kind: 'void'; letter: Letter }

/** @param tasks the records of the assigned tasks that are still to be done here */
export function itemOf(letter: Letter, tasks: ReadonlyMap<string, TaskRecord>): Item {
  const { content } = letter.message
  if (content.type !== 'task_assign') return { kind: 'words', letter, text: textOf(content) }
  const task = tasks.get(content.task_id)
  if (task === undefined) return { kind: 'void', letter }
  return { kind: 'task', letter, task }
}
