import { idsOf, nap, type WorkerDeps, type WorkerState } from './deps.ts'
import type { Round, RoundEnd } from './types.ts'
import type { Sign } from './verdict.ts'

/** Why a round was ended before its CLI did so itself. */
export type Cut = 'stop' | 'interrupt' | 'timeout' | 'limit'

/** Between two looks at a running round, and between two looks at the town meanwhile. Milliseconds. */
const tickMs = 200
const lookMs = 1_000
/** A stop ends the CLI and us at the same time; who of the two is seen first is chance. Milliseconds. */
const togetherMs = 150

export interface Attended {
  end: RoundEnd
  cut: Cut | undefined
  /** What its output told while it ran. */
  sign: Sign
}

/**
 * Stays with a running CLI: keeps the claims and the sign of life, and ends it with all its processes when its time is
 * over or it is told to. A Redis that is away meanwhile ends nothing.
 */
export async function attend(d: WorkerDeps, s: WorkerState, round: Round): Promise<Attended> {
  const began = d.clock.now().mono
  const interrupts = d.interrupts()
  let lookAt = began + lookMs
  let renewAt = began + d.renewMs
  let over = false
  const ended = round.ended.then((end) => {
    over = true
    return end
  })
  let cut: Cut | undefined
  let sign: Sign = { kind: 'none' }
  while (!over) {
    await Promise.race([ended, nap(d, tickMs)])
    if (over) break
    const { mono } = d.clock.now()
    if (d.stop.aborted) cut = 'stop'
    else if (d.interrupts() > interrupts) cut = 'interrupt'
    else if (mono - began >= d.limits.roundTimeoutMs) cut = 'timeout'
    else if (mono >= lookAt) {
      sign = d.signSoFar(await round.tail())
      cut = (await askTown(d)) ?? (sign.kind === 'limited' ? 'limit' : undefined)
      lookAt = d.clock.now().mono + lookMs
    }
    if (cut !== undefined) {
      await round.end(d.graceMs)
      return { end: await ended, cut, sign }
    }
    if (mono >= renewAt) {
      await keepClaims(d, s)
      renewAt = d.clock.now().mono + d.renewMs
    }
  }
  const end = await ended
  if (end.status !== 0 && !d.stop.aborted) await nap(d, togetherMs)
  return { end, cut: end.status !== 0 && d.stop.aborted ? 'stop' : undefined, sign }
}

/** `close` and `pause` wait for the end of the round. */
async function askTown(d: WorkerDeps): Promise<Cut | undefined> {
  const order = await orNothing(
    d,
    d.town.look().then((look) => look.order),
  )
  return order === 'stop' || order === 'interrupt' ? order : undefined
}

async function keepClaims(d: WorkerDeps, s: WorkerState): Promise<void> {
  await orNothing(d, d.town.renew(idsOf(s.held)))
  await orNothing(d, d.town.tell('working'))
}

/** undefined while Redis is away. */
export async function orNothing<T>(d: WorkerDeps, asked: Promise<T>): Promise<T | undefined> {
  return asked.then(
    (value) => value,
    (error: unknown) => {
      if (d.away(error) === undefined) throw error
      return undefined
    },
  )
}
