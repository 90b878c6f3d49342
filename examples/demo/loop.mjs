// What the demo's builder and adversary agree on: the words of their commits, and the piece of work of a phase.
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a demo agent pretends to think, so that a person can watch. Milliseconds, from `DEMO_PACE_MS`. */
export const think = () => sleep(Number(process.env.DEMO_PACE_MS ?? 300))

/** Reads the phase out of a kickoff text rendered from prompts/kickoff.md. */
export function phaseOf(kickoff) {
  const slot = (name) => new RegExp(`^- ${name}: \`([^\`]+)\``, 'm').exec(kickoff)?.[1]
  const phase = slot('phase')
  const status = slot('status file')
  if (phase === undefined || status === undefined) {
    throw new Error('the kickoff names no phase: start this program by `agents up`')
  }
  return { phase, status }
}

/** Where a phase stands, by nothing but its commits: a restarted agent knows as much as one that never died. */
export function standing(subjects, phase) {
  let claimed = 0
  let reviewed = 0
  let accepted = false
  let done = false
  for (const subject of subjects) {
    const [, word, round, verdict] =
      new RegExp(`^(claim|review|done): ${phase}(?: round (\\d+)(?: (accepted|rejected))?)?`).exec(subject) ??
      []
    if (word === 'claim') claimed = Number(round)
    if (word === 'review') {
      reviewed = Number(round)
      accepted = verdict === 'accepted'
    }
    if (word === 'done') done = true
  }
  return { claimed, reviewed, accepted, done }
}

const numbersOf = (phase) => Array.from({ length: 8 }, (_, i) => phase.length + i * i)
const totalOf = (numbers) => numbers.reduce((sum, n) => sum + n, 0)

/** The builder's work of a round. The first try of each phase has a fault, for the adversary to find. */
export function build(phase, round) {
  const numbers = numbersOf(phase)
  const total = totalOf(numbers) + (round === 1 ? 1 : 0)
  return `${JSON.stringify({ phase, round, numbers, total }, null, 2)}\n`
}

/** What is wrong with a piece of work; undefined when nothing is. */
export function fault(text) {
  const work = JSON.parse(text)
  const total = totalOf(work.numbers)
  return total === work.total ? undefined : `the total is ${total}, not ${work.total}`
}
