import type { Fleet } from '../../core/fleet.ts'
import type { MessageReport } from '../../core/message.ts'
import { visible } from '../../core/text.ts'
import { fleetId } from '../../daemon/names.ts'
import type { Whom } from '../../town/agents/meant.ts'
import type { Envelope } from '../../town/inbox/envelope.ts'
import { envelopeOf, findMessage, isWaiting, type Thread, threadOf } from '../../town/inbox/mail.ts'
import { sendMessage } from '../../town/inbox/send.ts'
import type { Town } from '../../town/town.ts'
import type { AgentRecord } from '../../town/wire/agent-record.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { messageIdOf } from '../../town/wire/message-id.ts'
import { isOf, requireOwnName, speakerOf, whoSpeaks } from '../speaker.ts'
import { addressee } from '../town/addressee.ts'
import { contentOf, kindOf, priorityOf, refuseEmpty, usage } from '../town/send-words.ts'
import type { CliDeps, Invocation, OpenTown } from '../types.ts'

export interface Outgoing {
  id: string | undefined
  mode: MessageReport['mode']
  /** A watchdog answers that brings it to the prompt. */
  watched: boolean
  /** The text, whose words begin at this argument. */
  words(from: number): Promise<string>
}

export type SentByTown =
  | { kind: 'town'; message: MessageReport; look: () => Promise<MessageReport | undefined> }
  /** The town does not know this agent of the fleet, and nobody will tell it: it is told at its pane. */
  | { kind: 'pane' }

/** Through the inbox of whoever is meant: an agent of this fleet, another one of the town, or people. */
export async function sendByTown(
  call: Invocation,
  deps: CliDeps,
  open: OpenTown,
  outgoing: Outgoing,
): Promise<SentByTown> {
  const kind = kindOf(call)
  const priority = priorityOf(call)
  const { town, fleet } = open
  const speaker = await speakerOf(await deps.reportDoor(), fleet, deps.env)
  const me = await whoSpeaks(town, fleet, speaker, deps.env)
  if (typeof call.options.from === 'string') await requireOwnName(town, me, call.options.from)
  const thread = await threadAsked(town, me, call)
  const to = await addressee(open, deps, call, thread, outgoing.watched)
  if (to === undefined) return { kind: 'pane' }
  const text = await outgoing.words(to.words)
  refuseEmpty(text)
  refuseMode(outgoing.mode, to.whom, fleet)
  const content = contentOf(kind, text)
  const urgent = call.options.urgent === true || outgoing.mode !== 'queue'
  const sent = await sendMessage(town, {
    id: outgoing.id === undefined ? undefined : messageIdOf(outgoing.id),
    from: me.id,
    to: to.whom.id,
    content,
    urgent,
    priority,
    thread: thread?.thread,
    mode: outgoing.mode === 'queue' ? undefined : outgoing.mode,
  })
  const report = (envelope: Envelope): MessageReport => ({
    ...reportOf(sent.id, to.whom, envelope, text),
    town: { from: me.name, to: to.whom.name, type: content.type, urgent, thread: thread?.thread },
  })
  if (sent.envelope.state === 'queued') await tellOfHeld(open, deps, to.whom, outgoing.watched)
  return { kind: 'town', message: report(sent.envelope), look: lookAt(town, to.whom, sent.id, report) }
}

function lookAt(
  town: Town,
  to: Whom,
  id: string,
  report: (envelope: Envelope) => MessageReport,
): () => Promise<MessageReport | undefined> {
  return async () => {
    const envelope = await envelopeOf(town, to.id, id)
    if (envelope === undefined) return undefined
    // A worker of tinytown pops what it reads, and says nothing: gone from the list is seen.
    const popped = envelope.state === 'queued' && !isOurs(to.record) && !(await isWaiting(town, to.id, id))
    return report(popped ? { ...envelope, state: 'seen' } : envelope)
  }
}

/** An agent of a fleet of `agents`, whose watchdog delivers. */
const isOurs = (record: AgentRecord | undefined): boolean =>
  record === undefined || record.extra.fleet_owner !== undefined

function reportOf(id: string, to: Whom, envelope: Envelope, text: string): MessageReport {
  return {
    id,
    agent: to.name,
    kind: 'send',
    mode: envelope.mode ?? 'queue',
    state: envelope.state,
    why: envelope.why,
    presented: envelope.presented,
    queuedAt: envelope.queuedAt,
    stagedAt: envelope.stagedAt,
    submittedAt: envelope.submittedAt,
    seenAt: envelope.seenAt,
    seenBy: undefined,
    acknowledgedAt: envelope.acknowledgedAt,
    failedAt: envelope.failedAt,
    text,
    file: undefined,
  }
}

async function threadAsked(town: Town, me: Whom, call: Invocation): Promise<Thread | undefined> {
  const ref = call.options['reply-to']
  if (typeof ref !== 'string') return undefined
  return threadOf(town, me.id, await findMessage(town, me.id, ref))
}

/** Said beside a success: it is stored, and will not be read soon. */
async function tellOfHeld({ fleet }: OpenTown, deps: CliDeps, to: Whom, watched: boolean): Promise<void> {
  const spec = isOf(fleetId(fleet), to) ? fleet.agents.find((one) => one.name === to.name) : undefined
  const state = to.record?.state
  const off = spec?.inbox === 'off' && spec.kind !== 'worker'
  const held = state !== undefined && !['idle', 'working', 'starting'].includes(state)
  const alone = spec !== undefined && spec.kind !== 'worker' && !watched
  if (!held && !off && !alone) return
  const why = off
    ? `inbox = "off" for ${visible(to.name)}`
    : alone
      ? 'no watchdog runs (agents up watchdog)'
      : `${visible(to.name)} is ${state}`
  await deps.io.err(`${why}: the message waits in its inbox\n`)
}

function refuseMode(mode: MessageReport['mode'], to: Whom, fleet: Fleet): void {
  const ours = isOf(fleetId(fleet), to) && fleet.agents.some((spec) => spec.name === to.name)
  if (mode === 'queue' || ours) return
  const who = to.id === SUPERVISOR ? 'People are' : `${visible(to.name)} is`
  throw usage(
    'CLI_OPTION_VALUE',
    `${who} not at a prompt of this fleet: --mode ${mode} means nothing there.`,
    'Leave --mode out; --urgent puts it before the others.',
  )
}
