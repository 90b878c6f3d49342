import { Worker } from 'node:worker_threads'
import { TRIAL_WORKER } from './trial-source.ts'

export interface Trial {
  /** A JavaScript source, as `translatePyRegex` writes it. */
  source: string
  lines: readonly string[]
}

export interface TrialOptions {
  /** Longest time that a pattern may take on one line, milliseconds. @default 50 */
  deadlineMs?: number
  /** A pattern that has not come to an end by now does not: its thread is ended. Milliseconds. @default 1000 */
  endMs?: number
}

/**
 * Which of these patterns run away? Tried in a thread of its own, so that nothing waits for it: the watchdog asks while it
 * goes on ticking. Slow is what is late twice; a crowded machine makes a good one late once, hardly twice.
 * @returns the sources that do
 */
export async function tryPatterns(
  trials: readonly Trial[],
  options: TrialOptions = {},
): Promise<Set<string>> {
  const late = await lateOnes(trials, options)
  return late.size === 0
    ? late
    : lateOnes(
        trials.filter(({ source }) => late.has(source)),
        options,
      )
}

async function lateOnes(trials: readonly Trial[], options: TrialOptions): Promise<Set<string>> {
  const late = new Set<string>()
  let rest = trials
  while (rest.length > 0) {
    const stuck = await runThrough(rest, late, options)
    if (stuck === undefined) break
    late.add(stuck)
    rest = rest.slice(rest.findIndex(({ source }) => source === stuck) + 1)
  }
  return late
}

/** @returns the pattern at which the thread had to be ended; undefined when all were tried */
function runThrough(
  trials: readonly Trial[],
  late: Set<string>,
  { deadlineMs = 50, endMs = 1000 }: TrialOptions,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(TRIAL_WORKER, {
      eval: true,
      name: 'regex-trial',
      execArgv: [],
      workerData: trials,
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 },
    })
    worker.unref()
    let current: string | undefined
    let timer: NodeJS.Timeout | undefined
    const finish = (stuck: string | undefined) => {
      clearTimeout(timer)
      worker.removeAllListeners()
      worker.terminate().then(() => resolve(stuck), reject)
    }
    // A process that was stopped finds the timer due and the answer waiting: the answer counts.
    const expire = () => setTimeout(() => finish(current), endMs / 10)
    worker.on('message', (said: { source: string; mostMs?: number }) => {
      clearTimeout(timer)
      current = said.source
      if (said.mostMs === undefined) {
        timer = setTimeout(() => {
          timer = expire()
        }, endMs)
      } else if (said.mostMs > deadlineMs) late.add(said.source)
    })
    // A thread that dies of its pattern (memory) has found something, too.
    worker.on('error', () => finish(current))
    worker.on('exit', () => finish(undefined))
  })
}
