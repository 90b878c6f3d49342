import type { EpochMs, NotifySpec } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { type Channel, type ChannelName, due, type Message, recentOf, waiting } from '../../notify/index.ts'

/** What one channel did with a test. */
export interface ChannelReport {
  channel: ChannelName
  ok: boolean
  detail: string
  /** How long it took. Milliseconds. */
  ms: number
}

/** `agents notify status` */
export interface ChannelStatus {
  channel: ChannelName
  /** Program, host of the address, or `tmux`; never the whole address, which may be a secret. */
  target: string
  /** `failing`: its last try failed. `waiting`: for the end of the batch, the hour, or an answer. */
  state: 'idle' | 'waiting' | 'failing'
  /** Notices that wait. */
  queued: number
  /** Messages within the last hour, and how many may be. */
  sentLastHour: number
  perHour: number
  nextAt: EpochMs | undefined
  lastOk: EpochMs | undefined
  lastError: { at: EpochMs; why: string } | undefined
}

export function statusOf(name: ChannelName, spec: NotifySpec, channel: Channel, now: EpochMs): ChannelStatus {
  const next = due(channel, spec, now)
  return {
    channel: name,
    target: targetOf(name, spec),
    state: channel.tries > 0 ? 'failing' : next.kind === 'idle' ? 'idle' : 'waiting',
    queued: waiting(channel),
    sentLastHour: recentOf(channel, now).length,
    perHour: spec.perHour,
    nextAt: next.kind === 'wait' ? next.until : undefined,
    lastOk: channel.lastOk?.at,
    lastError: channel.lastError,
  }
}

function targetOf(name: ChannelName, spec: NotifySpec): string {
  if (name === 'command') return visible(spec.command?.[0] ?? '')
  return name === 'webhook' ? new URL(spec.webhook ?? 'http://-').origin : 'tmux'
}

export function testMessage(id: string, at: EpochMs): Message {
  const notice = {
    id: `${at}-0`,
    seq: 0,
    at,
    kind: 'asking' as const,
    agent: 'test',
    text: 'this is a test of [notify]; nobody waits for an answer',
    evidence: [],
  }
  return { id, notices: [notice], summary: [] }
}
