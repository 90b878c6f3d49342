import type { Violation } from '../checker.ts'
import { mailboxes } from './cast.ts'
import type { Line } from './journal.ts'

/** What Redis holds when all is still. */
export interface Finals {
  /** Ids by mailbox. */
  done: ReadonlyMap<string, ReadonlySet<string>>
  dead: ReadonlyMap<string, ReadonlySet<string>>
  /** Still waiting or claimed, by mailbox. */
  left: ReadonlyMap<string, readonly string[]>
  tasks: readonly { id: string; state: string; assignedTo: string | undefined; result: string | undefined }[]
  backlog: readonly string[]
  agents: ReadonlySet<string>
}

/** Clocks of one machine, whole milliseconds. */
const SLACK = 3

/** Everything that must hold of what the actors wrote down and of what is in Redis in the end. */
export function checkTown(lines: readonly Line[], finals: Finals): Violation[] {
  return [
    ...checkMessages(lines, finals),
    ...checkOrder(lines),
    ...checkAway(lines),
    ...checkTasks(lines, finals),
  ]
}

const byOp = <O extends Line['op']>(lines: readonly Line[], op: O) =>
  lines.filter((line): line is Extract<Line, { op: O }> => line.op === op)

function grouped<T>(of: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of of) {
    const group = groups.get(key(one))
    if (group === undefined) groups.set(key(one), [one])
    else group.push(one)
  }
  return groups
}

/** End of the last time that everything was emptied: what was begun before it has no history. */
const forgotten = (lines: readonly Line[]): number => Math.max(0, ...byOp(lines, 'flush').map(({ at }) => at))

/** Messages acknowledged to their senders whose whole life is in the journals. */
export function countedIn(lines: readonly Line[]): string[] {
  const since = forgotten(lines)
  const sends = new Map(byOp(lines, 'send').map(({ id, at }) => [id, at]))
  return byOp(lines, 'sent').flatMap(({ id }) => ((sends.get(id) ?? 0) > since ? [id] : []))
}

export function checkMessages(lines: readonly Line[], finals: Finals): Violation[] {
  const bad: Violation[] = []
  const since = forgotten(lines)
  const sends = new Map(byOp(lines, 'send').map((line) => [line.id, line]))
  const counted = (id: string) => (sends.get(id)?.at ?? 0) > since
  const sent = new Set(byOp(lines, 'sent').map(({ id }) => id))
  const acks = new Set(byOp(lines, 'ack').map(({ id }) => id))
  const presents = grouped(byOp(lines, 'present'), ({ id }) => id)
  const done = new Set([...finals.done.values()].flatMap((ids) => [...ids]))
  const dead = new Set([...finals.dead.values()].flatMap((ids) => [...ids]))
  const left = [...finals.left.values()].flat()
  const fail = (inv: string, why: string) => bad.push({ inv, why })

  for (const id of sent) {
    if (!counted(id)) continue
    const places = Number(done.has(id)) + Number(dead.has(id)) + left.filter((one) => one === id).length
    if (places !== 1) fail('INV-13', `${id} was acknowledged to its sender and is in ${places} places`)
  }
  for (const id of done) if (counted(id) && !acks.has(id)) fail('INV-13', `${id} is done, and nobody said so`)
  for (const id of left)
    if (counted(id)) fail('INV-2', `${id} still waits after everybody had time to read it`)
  for (const [id, shown] of presents) {
    if (!counted(id)) continue
    const plain = shown.filter(({ times }) => times <= 1).length
    if (plain > 1) fail('INV-14', `${id} was presented ${plain} times without a mark`)
    if (shown.length > 3) fail('INV-14', `${id} was presented ${shown.length} times`)
    const text = sends.get(id)?.hash
    if (shown.some(({ hash }) => hash !== text))
      fail('INV-18', `${id} was shown with other words than were sent`)
  }
  checkFinal(lines, sends, counted, fail)
  return bad
}

/** INV-15, INV-16: done is done, and a repeated message is no second one. */
function checkFinal(
  lines: readonly Line[],
  sends: ReadonlyMap<string, { to: string }>,
  counted: (id: string) => boolean,
  fail: (inv: string, why: string) => void,
): void {
  const first = new Map<string, { at: number; told: number }>()
  for (const { id, at, told } of byOp(lines, 'acked')) {
    if (!counted(id)) continue
    const known = first.get(id)
    if (known === undefined) first.set(id, { at, told })
    else if (known.told !== told) fail('INV-15', `${id}: acknowledged at ${known.told}, and again at ${told}`)
  }
  for (const { id, since } of byOp(lines, 'present')) {
    const acked = first.get(id)
    if (acked !== undefined && since > acked.at + SLACK)
      fail('INV-15', `${id} was presented after it was done`)
  }
  const stored = new Set<string>()
  for (const { id, repeated } of byOp(lines, 'sent')) {
    if (!counted(id)) continue
    // One that was moved away meanwhile is not known there any more; where it went, it is.
    if (stored.has(id) && !repeated && sends.get(id)?.to !== mailboxes.gone)
      fail('INV-16', `${id} was sent again, and taken for a new one`)
    stored.add(id)
  }
  for (const { id, what } of byOp(lines, 'odd')) if (counted(id)) fail('INV-15', `${id}: ${what}`)
}

/** INV-17, where one reads: the first, unmarked presentations of a sender's messages stand in the order of its sends. */
export function checkOrder(lines: readonly Line[]): Violation[] {
  const since = forgotten(lines)
  const sends = new Map(byOp(lines, 'send').map((line) => [line.id, line]))
  const readers = grouped(byOp(lines, 'present'), ({ to }) => to)
  const last = new Map<string, number>()
  const bad: Violation[] = []
  for (const [to, shown] of readers) {
    if (new Set(shown.map(({ who }) => who)).size > 1) continue
    for (const { id, times } of shown) {
      const sent = sends.get(id)
      // What was moved here stands behind what was here already.
      if (sent === undefined || times > 1 || sent.at <= since || sent.to !== to) continue
      const line = `${sent.from} ${to} ${sent.list}`
      if (sent.n < (last.get(line) ?? 0))
        bad.push({ inv: 'INV-17', why: `${id} was shown after a later one` })
      last.set(line, Math.max(sent.n, last.get(line) ?? 0))
    }
  }
  return bad
}

/** INV-23: nothing that was begun and ended while the server was away was acknowledged. */
export function checkAway(lines: readonly Line[]): Violation[] {
  const away = byOp(lines, 'down')
  const within = (line: { since: number; at: number }) =>
    away.some(({ since, at }) => line.since > since + SLACK && line.at < at - SLACK)
  return [...byOp(lines, 'sent'), ...byOp(lines, 'acked')]
    .filter(within)
    .map(({ id, op }) => ({ inv: 'INV-23', why: `${id} was ${op} without a server` }))
}

/** INV-20: no task is lost, none is twice in the backlog, none has an owner that does not exist, none has two. */
export function checkTasks(lines: readonly Line[], finals: Finals): Violation[] {
  const bad: Violation[] = []
  const fail = (why: string) => bad.push({ inv: 'INV-20', why })
  const since = forgotten(lines)
  const begun = new Map(byOp(lines, 'task-add').map(({ id, at }) => [id, at]))
  const counted = (id: string) => (begun.get(id) ?? 0) > since
  const records = new Map(finals.tasks.map((task) => [task.id, task]))
  for (const { id } of byOp(lines, 'task-added'))
    if (counted(id) && !records.has(id)) fail(`task ${id} was added and is gone`)
  const queued = grouped(finals.backlog, (id) => id)
  for (const [id, times] of queued)
    if (times.length > 1) fail(`task ${id} is ${times.length} times in the backlog`)
  for (const task of finals.tasks) {
    if (!counted(task.id)) continue
    const waits = queued.has(task.id)
    if ((task.state === 'pending') !== waits)
      fail(`task ${task.id} is ${task.state} and ${waits ? '' : 'not '}in the backlog`)
    const owned = task.state === 'assigned' || task.state === 'running'
    if (owned && !finals.agents.has(task.assignedTo ?? ''))
      fail(`task ${task.id} belongs to nobody who exists`)
  }
  for (const { id, end } of byOp(lines, 'task-ended'))
    if (counted(id) && records.get(id)?.state !== end && !requeuedAfter(lines, id))
      fail(`task ${id} was ${end} and is ${records.get(id)?.state}`)
  checkTaken(lines, counted, fail)
  return bad
}

const requeuedAfter = (lines: readonly Line[], id: string): boolean =>
  lines.some((line) => line.op === 'task-requeue' && line.id === id)

/** One task, one hand, unless it was put back in between. */
function checkTaken(
  lines: readonly Line[],
  counted: (id: string) => boolean,
  fail: (why: string) => void,
): void {
  const holder = new Map<string, string>()
  for (const line of lines) {
    if (line.op === 'task-requeue') holder.delete(line.id)
    if (line.op !== 'task-took' || !counted(line.id)) continue
    const other = holder.get(line.id)
    if (other !== undefined) fail(`task ${line.id} was taken by ${other} and by ${line.who}`)
    holder.set(line.id, line.who)
  }
}
