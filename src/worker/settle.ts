import { shortId } from '../town/wire/ids.ts'
import type { Attended } from './attend.ts'
import { backoffMs, giveUpAfter, parkAfter } from './backoff.ts'
import { drop, idsOf, type WorkerDeps, type WorkerState } from './deps.ts'
import type { Letter, OpenTask } from './types.ts'
import { judge, lastWords, type Verdict } from './verdict.ts'

/** tinytown waits a second between two rounds, too. Milliseconds. */
const betweenMs = 1_000
/** A provider's clock may go wrong by this much. Milliseconds. */
const slackMs = 45_000
/** After an interruption. Milliseconds. */
const pauseMs = 2_000

export interface Ended extends Attended {
  /** Of this start. */
  round: number
  /** In the worker's folder. */
  number: number
  letters: readonly Letter[]
  tasks: readonly OpenTask[]
}

/**
 * What follows from a round is put on the list of what is to be written; the list is worked off, in order, as soon as
 * Redis takes it. Nothing here waits.
 */
export function settle(d: WorkerDeps, s: WorkerState, ended: Ended): void {
  const { mono } = d.clock.now()
  s.notBefore = mono + betweenMs
  s.why = ''
  s.idleSince = undefined
  if (ended.cut === 'stop' || ended.cut === 'interrupt') {
    returned(d, s, ended)
    return
  }
  const verdict = cutVerdict(d, ended) ?? judge(ended.end, d.sign)
  if (verdict.kind === 'done') done(d, s, ended)
  else if (verdict.kind === 'limited') limited(d, s, ended, verdict)
  else failed(d, s, ended, verdict)
}

/** Of a round that was ended by us and not by itself. */
function cutVerdict(d: WorkerDeps, { cut, sign }: Ended): Verdict | undefined {
  if (cut === 'timeout')
    return {
      kind: 'failed',
      why: `it took longer than round_timeout, ${Math.round(d.limits.roundTimeoutMs / 1000)} s`,
    }
  if (cut !== 'limit' || sign.kind !== 'limited') return undefined
  return { kind: 'limited', why: sign.text, until: sign.until }
}

const seconds = ({ end }: Ended): string => `${Math.round(end.tookMs / 100) / 10} s`

function done(d: WorkerDeps, s: WorkerState, ended: Ended): void {
  d.say(`round ${ended.round}: done in ${seconds(ended)}`)
  s.memory.failures = 0
  tellRound(d, s, ended, '✅ completed')
  s.todo.push(
    () => d.keep(s.memory),
    () => d.town.acknowledge(idsOf(ended.letters)),
    async () => drop(s, ended.letters),
    async () => {
      for (const { task, rounds } of await d.town.count(ended.tasks, giveUpAfter)) {
        const words = lastWords(ended.end.tail)
        const said = words === '' ? '' : `; the last output was: ${words}`
        const why = `${rounds} rounds of ${d.me.name} ended without its completion${said}`
        await d.town.fail(task, why)
        d.say(`task ${shortId(task.id)} is given up: ${why}`)
      }
    },
  )
}

function returned(d: WorkerDeps, s: WorkerState, ended: Ended): void {
  const why = ended.cut === 'stop' ? 'the worker was stopped' : 'the round was interrupted'
  d.say(`round ${ended.round}: ${why}; its messages go back`)
  // A pause that comes with it takes a moment to reach us.
  if (ended.cut === 'interrupt') s.notBefore += pauseMs
  giveBack(d, s, ended, why, true)
  tellRound(d, s, ended, '🛑 stopped by request')
}

/** The line of activity that a round leaves, counted once. */
function tellRound(d: WorkerDeps, s: WorkerState, { round, number }: Ended, what: string): void {
  s.todo.push(() =>
    d.town.roundOver(`Round ${round}: ${what}`, number === 0 ? `unmade ${round}` : `${number}`),
  )
}

function giveBack(
  d: WorkerDeps,
  s: WorkerState,
  { letters, tasks }: Ended,
  why: string,
  blameless: boolean,
): void {
  s.todo.push(
    () => d.town.giveBack(idsOf(letters), why, blameless),
    async () => drop(s, letters),
    () => d.town.unbegin(tasks.map(({ task }) => task)),
  )
}

/** The letters stay with us, as they were presented; they are tried again when the limit is over. */
function limited(
  d: WorkerDeps,
  s: WorkerState,
  ended: Ended,
  { why, until }: Extract<Verdict, { kind: 'limited' }>,
): void {
  const { wall, mono } = d.clock.now()
  s.memory.rounds -= 1
  s.memory.failures += 1
  const waitMs =
    until === undefined
      ? Math.max(60_000, backoffMs(s.memory.failures + 4, d.random()))
      : until - wall + slackMs
  s.notBefore = mono + Math.max(betweenMs, waitMs)
  s.why = `usage limit: ${why}`
  s.spoke = true
  d.say(`round ${ended.round}: ${s.why}; tried again in ${Math.round(waitMs / 1000)} s`)
  d.title('idle', 'usage limit')
  const reason = why
  s.todo.push(
    () => d.keep(s.memory),
    () => d.report({ state: 'limited', reason, until: wall + waitMs }),
    () => d.town.unbegin(ended.tasks.map(({ task }) => task)),
    () => d.town.activity(`Round ${ended.round}: ⏸️ ${s.why}`),
  )
}

function failed(
  d: WorkerDeps,
  s: WorkerState,
  ended: Ended,
  verdict: Extract<Verdict, { kind: 'failed' | 'unstarted' }>,
): void {
  s.memory.failures += 1
  const { failures } = s.memory
  tellRound(d, s, ended, mark(verdict))
  const waitMs = backoffMs(failures, d.random())
  s.notBefore = d.clock.now().mono + waitMs
  s.why = `${verdict.why}; ${failures} failed in a row`
  s.parked = failures >= parkAfter
  const next = s.parked ? 'it is not tried again' : `next in ${Math.round(waitMs / 1000)} s`
  d.say(`round ${ended.round}: ❌ ${s.why}; ${next}${outputText(ended)}`)
  s.todo.push(() => d.keep(s.memory))
  // What could not even begin was shown to nobody: it stays, unless we give up.
  if (verdict.kind === 'failed' || s.parked) giveBack(d, s, ended, verdict.why, false)
  else s.todo.push(() => d.town.unbegin(ended.tasks.map(({ task }) => task)))
  if (s.parked) park(d, s)
}

const outputText = ({ number }: Ended): string => (number === 0 ? '' : `; output: round-${number}.out`)

const mark = (verdict: Extract<Verdict, { kind: 'failed' | 'unstarted' }>): string =>
  verdict.kind === 'failed' ? '⚠️ CLI error' : `❌ failed: ${verdict.why}`

function park(d: WorkerDeps, s: WorkerState): void {
  d.title('idle', 'parked')
  d.say(`parked: mend it, then type: agents resume ${d.me.name}`)
  s.spoke = true
  const reason = `parked after ${s.memory.failures} failed rounds in a row: ${s.why}`
  s.todo.push(
    () => d.report({ state: 'failing', reason }),
    () => d.town.tell('error'),
  )
}
