import { Exit, type ExitCode } from '../../core/errors.ts'
import { listAgents } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import { namesOf } from '../../town/inbox/frame.ts'
import { classMail, countMail, type Peeked, peek } from '../../town/inbox/peek.ts'
import { readTasks } from '../../town/tasks/tasks.ts'
import type { Town } from '../../town/town.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { assignedTask, textOf } from '../../town/wire/message.ts'
import { allMailText, isProven, mailText, type Row } from '../render/mail.ts'
import { styleFor, toJson } from '../text.ts'
import type { Desk } from './inbox-desk.ts'

/** What is in these places of a mailbox; changes nothing. */
export async function show(desk: Desk, whom: Whom, places: readonly Peeked['place'][]): Promise<ExitCode> {
  const { town, deps, call } = desk
  const [counts] = await countMail(town, [whom.id])
  const found = (await peek(town, whom.id)).filter(({ place }) => places.includes(place))
  const names = await namesOf(
    town,
    found.map(({ message }) => message.from),
  )
  const tasks = await assignedIn(town, found)
  if (call.options.json === true) {
    const messages = found.map((one) => jsonOf(one, names, tasks))
    const agent = { id: whom.id, name: whom.name }
    await deps.io.out(toJson({ version: 1, agent, counts: countsOf(counts!), messages }))
    return Exit.done
  }
  const view = { style: styleFor(deps.io.color), columns: deps.io.columns, now: deps.now(), names, tasks }
  await deps.io.out(mailText(whom.name, counts!, found, view))
  return Exit.done
}

const countsOf = ({ agent: _agent, ...counts }: Awaited<ReturnType<typeof countMail>>[number]) => counts

/** Descriptions of the tasks that messages assign, by their ids: the messages hold no more than that. */
async function assignedIn(town: Town, found: readonly Peeked[]): Promise<Map<string, string>> {
  const ids = found.flatMap(({ message }) => assignedTask(message) ?? [])
  const tasks = await readTasks(town, ids)
  return new Map(tasks.flatMap((task) => (task === undefined ? [] : [[task.id, task.description] as const])))
}

function jsonOf(
  { place, message, envelope, leaseEnds }: Peeked,
  names: ReadonlyMap<string, string>,
  tasks: ReadonlyMap<string, string>,
) {
  const task = assignedTask(message)
  return {
    id: message.id,
    place,
    type: message.content.type,
    from: { id: message.from, name: names.get(message.from) },
    priority: message.priority,
    at: message.createdAt,
    thread: message.correlation,
    text: textOf(message.content),
    task,
    description: task === undefined ? undefined : tasks.get(task),
    proven: isProven(envelope),
    state: envelope?.state ?? 'queued',
    presented: envelope?.presented ?? 0,
    leaseEnds,
    why: envelope?.why,
  }
}

/** How much is where, of everybody for whom something waits. */
export async function showAll({ town, deps, call }: Desk): Promise<ExitCode> {
  const agents = await listAgents(town)
  const everybody = [...agents.map(({ id, name }) => ({ id, name })), { id: SUPERVISOR, name: 'supervisor' }]
  const ids = everybody.map(({ id }) => id)
  const [counts, classes] = await Promise.all([countMail(town, ids), classMail(town, ids)])
  const rows: (Row & { id: string })[] = everybody
    .map(({ id, name }, at) => ({ id, name, counts: counts[at]!, classes: classes.get(id)! }))
    .filter(
      ({ counts: { inbox, urgent, claimed, dead: lost, bad } }) => inbox + urgent + claimed + lost + bad > 0,
    )
  const mailboxes = rows.map(({ id, name, counts: found, classes: sorts }) => ({
    agent: { id, name },
    counts: countsOf(found),
    classes: sorts,
  }))
  const view = { style: styleFor(deps.io.color), columns: deps.io.columns }
  await deps.io.out(call.options.json === true ? toJson({ version: 1, mailboxes }) : allMailText(rows, view))
  return Exit.done
}
