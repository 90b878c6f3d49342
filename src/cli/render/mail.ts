import { visible } from '../../core/text.ts'
import type { EpochMs } from '../../core/time.ts'
import type { Mailbox, Peeked } from '../../town/inbox/peek.ts'
import { assignedTask, classOf, type MessageClass, textOf } from '../../town/wire/message.ts'
import { shortSpan } from '../durations.ts'
import type { Style } from '../text.ts'
import { cell, columnsOf } from './columns.ts'

export interface MailView {
  style: Style
  columns: number | undefined
  now: EpochMs
  /** By id of the sender. */
  names: ReadonlyMap<string, string>
  /** Descriptions of tasks that are assigned, by id. */
  tasks: ReadonlyMap<string, string>
}

/** One of our programs saw who sent it; without an envelope somebody else put it there. */
export const isProven = (envelope: Peeked['envelope']): boolean =>
  envelope !== undefined && envelope.foreign !== true

const letters: Record<MessageClass, string> = {
  task: 'T',
  query: 'Q',
  other: '!',
  information: 'I',
  confirmation: 'C',
}

/** One mailbox for people: where each message is, from whom, and what it says. */
export function mailText(name: string, counts: Mailbox, found: readonly Peeked[], view: MailView): string {
  const head = `${view.style.bold(visible(name))}: ${countsText(counts)}`
  const shown = found.map((one) => messageText(one, view))
  const more =
    counts.inbox + counts.urgent + counts.claimed - found.filter(({ place }) => place !== 'dead').length
  const rest = more > 0 ? [`  and ${more} more`] : []
  return `${[head, ...shown, ...rest].join('\n')}\n`
}

export function countsText({ inbox, urgent, claimed, dead, bad }: Mailbox): string {
  const parts = [
    urgent > 0 ? `${urgent} urgent` : '',
    inbox > 0 ? `${inbox} waiting` : '',
    claimed > 0 ? `${claimed} claimed` : '',
    dead > 0 ? `${dead} dead` : '',
    bad > 0 ? `${bad} unreadable` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'no messages' : parts.join(', ')
}

function messageText({ place, message, envelope }: Peeked, { style, now, names, tasks }: MailView): string {
  const { id, from, content, createdAt, correlation, priority } = message
  const who = visible(names.get(from) ?? from)
  const marks = [
    isProven(envelope) ? '' : 'sender not proven',
    place === 'inbox' ? '' : place,
    priority === 'normal' ? '' : priority,
    envelope === undefined || envelope.presented === 0 ? '' : `shown ${envelope.presented}x`,
    correlation === undefined ? '' : `thread ${correlation}`,
    envelope?.why === undefined ? '' : visible(envelope.why),
  ].filter((mark) => mark !== '')
  const head = `  [${letters[classOf(content)]}] ${id} from ${who}, ${content.type}, ${shortSpan(now - createdAt)} ago`
  const tail = marks.length === 0 ? '' : ` (${marks.join('; ')})`
  const paint = place === 'dead' ? style.red : place === 'urgent' ? style.yellow : (text: string) => text
  const description = tasks.get(assignedTask(message) ?? '')
  const text = visible(cut(`${textOf(content)}${description === undefined ? '' : `\n${description}`}`), {
    newlines: true,
  })
  return `${paint(`${head}${tail}`)}\n${text.replace(/^/gm, '      ')}`
}

/** Of one message in a list for people; a terminal is no place for a megabyte. Characters. */
const longest = 4_000

const cut = (text: string): string => {
  const rest = text.length - longest
  if (rest <= 0) return text
  return `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…\n(${rest} more characters: --json has them all)`
}

export interface Row {
  name: string
  counts: Mailbox
  classes: Record<MessageClass, number>
}

/** `agents inbox --all`. */
export function allMailText(rows: readonly Row[], view: Pick<MailView, 'style' | 'columns'>): string {
  if (rows.length === 0) return ' no messages\n'
  const head = ['AGENT', 'URGENT', 'WAITING', 'CLAIMED', 'DEAD', 'TASKS', 'QUERIES', 'INFO', 'CONFIRMATIONS']
  const lines = rows.map(({ name, counts, classes }) =>
    [
      visible(name),
      counts.urgent,
      counts.inbox,
      counts.claimed,
      counts.dead,
      classes.task + classes.other,
      classes.query,
      classes.information,
      classes.confirmation,
    ].map((one) => cell(String(one))),
  )
  return `${columnsOf([head.map((name) => cell(name, view.style.bold)), ...lines], view.columns).join('\n')}\n`
}
