import { shortId } from '../town/wire/ids.ts'
import { orNothing } from './attend.ts'
import { type Batch, sortLetters } from './batch.ts'
import { drop, idsOf, nap, type WorkerDeps, type WorkerState } from './deps.ts'
import { planRound, runRound } from './round.ts'
import type { Look, OpenTask } from './types.ts'

/** Between two looks with nothing to do, and between two looks at a backlog that has nothing for us. Milliseconds. */
const idleMs = 500
/** After half a minute of it. Milliseconds. */
const calmMs = 1_000
const calmAfterMs = 30_000
const backlogMs = 2_000
const beatMs = 20_000
/** Longest wait for a Redis that is away. Milliseconds. */
const awayMs = 5_000
/** Messages of one round at most. */
const most = 32

/** Rounds, until the worker is told to end or has reached an end of its own. @returns why it ended */
export async function workerLoop(d: WorkerDeps, s: WorkerState): Promise<string> {
  for (;;) {
    const ended = await step(d, s).then(
      (why) => {
        if (s.awayTimes > 0) d.say('Redis is back')
        s.awayTimes = 0
        return why
      },
      (error: unknown) => waitForRedis(d, s, error),
    )
    if (ended !== undefined) return leave(d, s, ended)
  }
}

/** Nothing is lost meanwhile: what was claimed stays so until its lease ends, and is then given out again. */
async function waitForRedis(d: WorkerDeps, s: WorkerState, error: unknown): Promise<string | undefined> {
  const why = d.away(error)
  if (why === undefined) throw error
  if (s.awayTimes === 0) d.say(`Redis is away, waiting: ${why}`)
  s.awayTimes += 1
  if (d.stop.aborted) return 'stopped by a signal, while Redis was away'
  d.title('idle', 'Redis is away')
  await nap(d, Math.min(awayMs, 250 * 2 ** Math.min(s.awayTimes, 10)))
  await orNothing(d, d.mend())
  return undefined
}

/** One turn: finish what is to be written, look, and do the first thing that is to be done. */
async function step(d: WorkerDeps, s: WorkerState): Promise<string | undefined> {
  await workOff(s)
  if (d.stop.aborted) return 'stopped by a signal'
  await wakeUp(d, s)
  const look = await d.town.look()
  if (look.order === 'stop') return 'stopped by request'
  if (look.order === 'close') return 'closed by request'
  await beat(d, s)
  if (look.order !== 'none') return rest(d, 'paused')
  if (s.parked) return rest(d, 'parked')
  if (d.limits.maxRounds > 0 && s.memory.rounds >= d.limits.maxRounds) return 'reached max_rounds'
  if (d.clock.now().mono < s.notBefore) return rest(d, pauseText(s.why))
  if (look.waiting > 0 && s.held.length < most) await take(d, s)
  const batch = sortLetters(s.held)
  await answerAll(d, s, batch)
  const open = look.open === 0 ? [] : await d.town.openTasks()
  if (await takeTurn(d, s, batch, open)) return undefined
  return idle(d, s, look)
}

/** What we have already and is claimed once more (its lease ran out, the clock was set) is the same letter. */
async function take(d: WorkerDeps, s: WorkerState): Promise<void> {
  const fresh = await d.town.claim(most - s.held.length)
  drop(s, fresh)
  s.held.push(...fresh)
}

/** Somebody who knows more than our clocks says so: a limit, a back-off and a parking are over. */
async function wakeUp(d: WorkerDeps, s: WorkerState): Promise<void> {
  if (d.wakes() === s.woken) return
  s.woken = d.wakes()
  if (s.parked || s.why !== '') d.say('tries again now')
  if (s.spoke) await d.report({ state: 'working' })
  s.spoke = false
  s.parked = false
  s.why = ''
  s.notBefore = 0
  s.memory.failures = 0
}

const pauseText = (why: string): string => {
  if (why.startsWith('usage limit')) return 'usage limit'
  return why === '' ? 'between two rounds' : 'after a failed round'
}

async function workOff(s: WorkerState): Promise<void> {
  for (let next = s.todo[0]; next !== undefined; next = s.todo[0]) {
    await next()
    s.todo.shift()
  }
}

async function answerAll(d: WorkerDeps, s: WorkerState, { answers }: Batch): Promise<void> {
  for (const letter of answers) {
    await d.town.answer(letter, undefined)
    await d.town.acknowledge(idsOf([letter]))
    drop(s, [letter])
    d.say(`answered a ${letter.message.content.type}`)
  }
}

/** True: a round was run. News alone are kept for the next one, unless there is no room for more. */
async function takeTurn(
  d: WorkerDeps,
  s: WorkerState,
  batch: Batch,
  open: readonly OpenTask[],
): Promise<boolean> {
  const plan = await planRound(d, s, batch.work, open)
  const full = batch.news.length + batch.thanks.length >= most
  if (plan.items.length === 0 && plan.reminders.length === 0 && !full) return false
  await runRound(d, s, { ...plan, news: batch.news, thanks: batch.thanks })
  return true
}

async function idle(d: WorkerDeps, s: WorkerState, look: Look): Promise<string | undefined> {
  const { mono } = d.clock.now()
  if (look.backlog > 0 && mono >= s.backlogAt) {
    if (await pull(d)) return undefined
    s.backlogAt = mono + backlogMs
  }
  if (s.idleSince === undefined) {
    s.idleSince = mono
    s.beatAt = 0
    d.say('waits for messages')
  }
  const { idleTimeoutMs } = d.limits
  if (idleTimeoutMs > 0 && mono - s.idleSince >= idleTimeoutMs) {
    const span = Math.round(idleTimeoutMs / 1000)
    await d.town.activity(`🔻 Idle timeout reached after ${span}s; draining and stopping`)
    return `nothing to do for ${span} s (idle_timeout)`
  }
  return rest(d, 'waits for messages', mono - s.idleSince < calmAfterMs ? idleMs : calmMs)
}

async function pull(d: WorkerDeps): Promise<boolean> {
  const task = await d.town.pull()
  if (task === undefined) return false
  d.say(`took task ${shortId(task.id)} from the backlog`)
  return true
}

async function rest(d: WorkerDeps, what: string, ms = idleMs): Promise<undefined> {
  d.title('idle', what)
  await nap(d, ms)
}

async function beat(d: WorkerDeps, s: WorkerState): Promise<void> {
  const { mono } = d.clock.now()
  if (mono < s.beatAt) return
  await d.town.renew(idsOf(s.held))
  await d.town.tell(s.parked ? 'error' : 'idle')
  s.beatAt = mono + Math.min(beatMs, d.renewMs)
}

/** What is still claimed goes back; where Redis is away its lease does that. */
async function leave(d: WorkerDeps, s: WorkerState, why: string): Promise<string> {
  await orNothing(d, workOff(s))
  if (s.held.length > 0) await orNothing(d, d.town.giveBack(idsOf(s.held), why, true))
  await orNothing(d, d.town.tell('stopped'))
  await d.keep({ rounds: 0, failures: 0 })
  d.title('idle', 'ended')
  d.say(`ended: ${why}`)
  return why
}
