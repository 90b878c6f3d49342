import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { findAgent, listAgents } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import { BATCH, claim, giveBack } from '../../town/inbox/claim.ts'
import { framed, lettersOf, namesOf, newMark } from '../../town/inbox/frame.ts'
import { findMessage } from '../../town/inbox/mail.ts'
import { classMail, countMail, type Peeked, peek } from '../../town/inbox/peek.ts'
import { acknowledge, revive } from '../../town/inbox/settle.ts'
import { refusal } from '../../town/refusals.ts'
import { beginShown } from '../../town/tasks/present.ts'
import { stillAsked } from '../../town/tasks/still-asked.ts'
import { readTasks } from '../../town/tasks/tasks.ts'
import type { Town } from '../../town/town.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { assignedTask, textOf } from '../../town/wire/message.ts'
import { allMailText, isProven, mailText, type Row } from '../render/mail.ts'
import { speakerOf, whoSpeaks } from '../speaker.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'

interface Desk extends OpenTown {
  call: Invocation
  deps: CliDeps
  /** Whose mailbox "mine" is. */
  me: Whom
  /** People ask, be it for an agent (`--of`). */
  byPeople: boolean
}

type Act = (desk: Desk, words: string[]) => Promise<ExitCode>

const ACTS: Readonly<Record<string, Act>> = { take, ack, nack, dead }

export const command: Command = (call, deps) => {
  const [word = '', ...words] = call.args
  const act = Object.hasOwn(ACTS, word) ? ACTS[word] : undefined
  if (act === undefined && words.length > 0) throw misused(call.args)
  return withTown(call, deps, async (open) => {
    const speaker = await speakerOf(await deps.reportDoor(), open.fleet, deps.env)
    const me = await whoSpeaks(open.town, open.fleet, speaker, deps.env)
    const desk: Desk = { ...open, call, deps, me, byPeople: me.id === SUPERVISOR }
    if (act !== undefined) return act(await onBehalf(desk), words)
    if (call.options.all === true) return showAll(desk)
    return show(desk, word === '' ? me : await findAgent(open.town, word), [
      'urgent',
      'inbox',
      'claimed',
      'dead',
    ])
  })
}

/** A person may settle what is in the mailbox of an agent; an agent only its own. */
async function onBehalf(desk: Desk): Promise<Desk> {
  const { call, me, town } = desk
  if (typeof call.options.of !== 'string') return desk
  const whom = await findAgent(town, call.options.of)
  if (whom.id !== me.id && me.id !== SUPERVISOR)
    throw new UserError({
      code: 'TOWN_FROM',
      what: `This is ${visible(me.name)}, who cannot settle what is in the inbox of ${visible(whom.name)}.`,
      fix: 'Leave --of out.',
      exit: Exit.usage,
    })
  return { ...desk, me: whom }
}

async function show(desk: Desk, whom: Whom, places: readonly Peeked['place'][]): Promise<ExitCode> {
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

async function showAll({ town, deps, call }: Desk): Promise<ExitCode> {
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

async function take({ town, fleet, me, deps, call }: Desk, words: string[]): Promise<ExitCode> {
  const count = countOf(words)
  const taken = await claim(town, me.id, { count, leaseMs: fleet.town.leaseMs, by: 'take', presented: true })
  const held = await stillAsked(town, me.id, taken.held)
  await beginShown(
    town,
    me.id,
    held.map(({ message }) => message),
  )
  const letters = await lettersOf(town, held, ({ envelope }) => envelope.presented - 1)
  if (call.options.json === true) {
    const messages = letters.map(({ id, from, type, text, urgent, task, thread, before }, at) => {
      const { message } = held[at]!
      const sender = { id: message.from, name: from }
      return {
        id,
        type,
        from: sender,
        priority: message.priority,
        at: message.createdAt,
        thread,
        text,
        urgent,
        task,
        before,
      }
    })
    await deps.io.out(toJson({ version: 1, messages, leaseMs: fleet.town.leaseMs }))
    return Exit.done
  }
  // Whoever reads it, a person or a model, sees what is hidden in it; --json has it as it was written.
  const text = letters.length === 0 ? 'no messages' : visible(framed(letters, newMark()), { newlines: true })
  await deps.io.out(`${text}\n`)
  return Exit.done
}

function countOf(words: readonly string[]): number {
  const [word = String(BATCH), ...more] = words
  if (more.length === 0 && /^[1-9]\d{0,3}$/.test(word)) return Number(word)
  throw misused(['take', ...words])
}

async function ack(desk: Desk, words: string[]): Promise<ExitCode> {
  if (words.length === 0) throw misused(['ack'])
  const { town, me, deps, call } = desk
  const ids = await Promise.all(words.map((word) => findMessage(town, me.id, word)))
  // A person reads the list; an agent has read what it was shown.
  const done = await acknowledge(town, me.id, ids, { unread: desk.byPeople })
  const acknowledged = [...done].flatMap(([id, acked]) =>
    acked.kind === 'acknowledged' ? [{ id, at: acked.at, before: acked.before }] : [],
  )
  const lines = acknowledged.map(
    ({ id, before }) => `${id} ${before ? 'was acknowledged before' : 'is acknowledged'}\n`,
  )
  await deps.io.out(call.options.json === true ? toJson({ version: 1, acknowledged }) : lines.join(''))
  for (const [id, acked] of done) {
    if (acked.kind === 'unknown') throw refusal(['message-unknown', id])
    if (acked.kind === 'unread') throw refusal(['message-unread', id])
  }
  return Exit.done
}

async function nack({ town, me, deps, call }: Desk, words: string[]): Promise<ExitCode> {
  if (words.length === 0) throw misused(['nack'])
  const ids = await Promise.all(words.map((word) => findMessage(town, me.id, word)))
  const reason = typeof call.options.reason === 'string' ? call.options.reason : ''
  const given = [...(await giveBack(town, me.id, ids, reason))].map(([id, result]) => ({ id, result }))
  const said = {
    queued: 'is back in the inbox',
    dead: 'is a dead letter now: it was shown three times',
    gone: 'is gone',
    free: 'is not claimed; nothing was changed',
  }
  const text = given.map(({ id, result }) => `${id} ${said[result]}\n`).join('')
  await deps.io.out(call.options.json === true ? toJson({ version: 1, given }) : text)
  return given.every(({ result }) => result === 'queued' || result === 'dead') ? Exit.done : Exit.failed
}

async function dead(desk: Desk, words: string[]): Promise<ExitCode> {
  const { town, me, call, deps } = desk
  if (words.length > 1) throw misused(['dead', ...words])
  const whom = words[0] === undefined ? me : await findAgent(town, words[0])
  if (typeof call.options.requeue !== 'string') return show(desk, whom, ['dead'])
  const { me: allowed } = await onBehalf({ ...desk, call: { ...call, options: { of: whom.id } } })
  const id = await findMessage(town, allowed.id, call.options.requeue)
  await revive(town, allowed.id, id)
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, requeued: id })
      : `${id} is in the inbox of ${visible(whom.name)} again\n`,
  )
  return Exit.done
}

const misused = (args: readonly string[]): UserError =>
  new UserError({
    code: 'CLI_ARGUMENTS',
    what: `agents inbox ${args.map((arg) => visible(arg)).join(' ')} is not understood.`,
    fix: 'Write agents inbox [AGENT], inbox take [N], inbox ack ID…, inbox nack ID…, or inbox dead [AGENT].',
    exit: Exit.usage,
  })
