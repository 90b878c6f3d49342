import { createContext, Script } from 'node:vm'
import type { MatchOutcome, RegexRunner } from './types.ts'

/** Text beyond this is cut at its beginning: a screen is at most some ten thousand characters. */
const MAX_TEXT = 20_480
/** A call may spend this many deadlines before what is still unproved is cut short (row 60: a tick stays below 250 ms). */
const CALL_DEADLINES = 4
/** How much longer than its computing a call may last, as a factor: keeps it below a second on a crowded machine. */
const CROWDED = 5
/** Runs of a call that are repeated although its time is used up, because they were cut without having computed. */
const MOST_STANDSTILLS = 20
/** Cut runs, each with a half of its slice computed, that prove a runaway: other threads of this process compute too. */
const PROOFS = 2
/** The least a guarded run gets, milliseconds: a sane pattern needs well under one. */
const LEAST_MS = 3
/** Compiled patterns kept in the context. */
const MAX_COMPILED = 4096

interface Job {
  source: string
  text: string
  flags?: string
}

/**
 * Shared with the context. `at` and `startedAt` tell, after a time-out, which job was running and for how long; the mark,
 * what the process had computed when that job, or a millisecond of jobs before it, began.
 */
interface Bench {
  jobs: readonly Job[]
  from: number
  to: number
  out: (Raw | undefined)[]
  at: number
  startedAt: number
  skip: Set<string>
  clock: () => number
  markedAt: number
  markMs: number
  computed: () => number
}
type Raw = { index: number; words: ArrayLike<string | undefined> } | 'none' | 'slow'

/** Runs inside the context; the only code that ever does. Patterns reach it as strings. */
const PROGRAM = new Script(`(() => {
  const compiled = new Map()
  const compile = (source, flags) => {
    const key = flags + '/' + source
    let regex = compiled.get(key)
    if (regex === undefined) {
      if (compiled.size >= ${MAX_COMPILED}) compiled.clear()
      try { regex = new RegExp(source, flags) } catch { regex = null }
      compiled.set(key, regex)
    }
    return regex
  }
  const work = (bench) => {
    for (let i = bench.from; i < bench.to; i += 1) {
      const job = bench.jobs[i]
      if (bench.skip.has(job.source)) { bench.out[i] = 'slow'; continue }
      bench.at = i
      bench.startedAt = bench.clock()
      if (bench.startedAt - bench.markedAt > 1) {
        bench.markedAt = bench.startedAt
        bench.markMs = bench.computed()
      }
      const regex = compile(job.source, job.flags)
      if (regex === null) { bench.out[i] = 'slow'; continue }
      const found = regex.exec(job.text)
      bench.out[i] = found === null ? 'none' : { index: found.index, words: found }
    }
  }
  const warm = (bench) => {
    const job = bench.jobs[bench.from]
    const regex = compile(job.source, job.flags)
    if (regex !== null) for (const text of ['a', 'a', '…', '…']) regex.exec(text)
  }
  return { work, warm }
})()`)
const CALL = new Script('program.work(bench)')
/**
 * The engine translates a pattern when it is first used, for each sort of text, and again when it is used once more: far
 * longer than a search lasts, and no sign of a runaway.
 */
const WARM = new Script('program.warm(bench)')
/** Enough for the longest pattern on a crowded machine, milliseconds. */
const WARM_MS = 2_000

export interface RegexRunnerOptions {
  /** What one pattern may use on one text, milliseconds. @default 50 */
  deadlineMs?: number
}

/**
 * Regular expressions of the user under a deadline (F14): all jobs of a call run in one guarded script of a `vm`
 * context, which V8 interrupts even inside a match. A pattern that was cut answers `slow`; one of which two cut runs computed half
 * a deadline of processor time is quarantined and answers `slow` at once from then on. One that merely ran while a
 * stopped or crowded machine let the deadline pass is tried again at the next call. A source that does not compile (the config check
 * refuses those) answers `slow` too: no knowledge must never look like "no match".
 */
export function createRegexRunner(options: RegexRunnerOptions = {}): RegexRunner {
  const deadlineMs = options.deadlineMs ?? 50
  const context = createContext(Object.create(null) as object) as {
    program: unknown
    bench: Bench | undefined
  }
  context.program = PROGRAM.runInContext(context)
  const quarantined = new Set<string>()
  /** What runs of a source computed until they were cut, milliseconds, and how many; forgotten after a clean call. */
  const used = new Map<string, { ms: number; cuts: number }>()

  const known = new Set<string>()

  /** True when the script came to its end. */
  const guarded = (bench: Bench, timeoutMs: number, script = CALL): boolean => {
    context.bench = bench
    try {
      script.runInContext(context, { timeout: Math.max(1, Math.ceil(timeoutMs)) })
      return true
    } catch (error) {
      if (isTimeout(error)) return false
      throw error
    } finally {
      context.bench = undefined
    }
  }

  const warmUp = (job: Job): void => {
    const name = `${job.flags}/${job.source}`
    if (known.has(name) || quarantined.has(job.source)) return
    if (known.size >= MAX_COMPILED) known.clear()
    known.add(name)
    guarded({ ...benchFor([], quarantined), jobs: [job] }, WARM_MS, WARM)
  }

  const execAll = (jobs: readonly Job[]): MatchOutcome[] => {
    const bench = benchFor(jobs, quarantined)
    for (const job of bench.jobs) warmUp(job)
    while (bench.from < jobs.length && bench.skip.has(jobs[bench.from]!.source)) bench.from += 1
    let clean = true
    let budgetMs = CALL_DEADLINES * deadlineMs
    let standstills = 0
    while (bench.from < jobs.length) {
      const sliceMs = Math.max(LEAST_MS, Math.min(deadlineMs, budgetMs / CALL_DEADLINES))
      const startedAt = performance.now()
      const cpu = process.cpuUsage()
      if (guarded(bench, sliceMs)) {
        if (clean) used.clear()
        break
      }
      clean = false
      const endedAt = performance.now()
      const ranMs = endedAt - bench.startedAt
      const source = bench.jobs[bench.at]!.source
      const usageMs = cpuMs(process.cpuUsage(cpu))
      // What jobs before it computed is not its own; a machine that took the core away in between makes `ranMs` long.
      const burntMs = Math.min(ranMs, bench.computed() - bench.markMs)
      bench.markedAt = Number.NEGATIVE_INFINITY
      // On a crowded machine the clock runs on without us: mostly what was computed is charged.
      budgetMs -= Math.max(usageMs, (endedAt - startedAt) / CROWDED)
      if (burntMs >= sliceMs / 2) {
        const { ms, cuts } = used.get(source) ?? { ms: 0, cuts: 0 }
        used.set(source, { ms: ms + burntMs, cuts: cuts + 1 })
        if (ms + burntMs >= deadlineMs / 2 && cuts + 1 >= PROOFS) quarantined.add(source)
      }
      // Not proved yet: others used up the time, or the machine stood still. It runs again, at the head.
      if (burntMs < sliceMs / 2) standstills += 1
      const late = budgetMs <= 0 && standstills > MOST_STANDSTILLS
      if (quarantined.has(source) || burntMs >= sliceMs / 2 || late) bench.skip.add(source)
      bench.from = bench.at
    }
    return jobs.map((job, i) => outcome(bench.out[i], job))
  }

  return {
    exec: (source, text, flags) =>
      execAll([flags === undefined ? { source, text } : { source, text, flags }])[0]!,
    execAll,
    slow: () => [...quarantined],
  }
}

function benchFor(jobs: readonly Job[], quarantined: ReadonlySet<string>): Bench {
  return {
    jobs: jobs.map((job) => ({
      source: job.source,
      text: job.text.length > MAX_TEXT ? job.text.slice(-MAX_TEXT) : job.text,
      flags: flagsOf(job.flags),
    })),
    from: 0,
    to: jobs.length,
    out: new Array<Raw | undefined>(jobs.length),
    at: 0,
    startedAt: 0,
    skip: new Set(quarantined),
    clock: () => performance.now(),
    markedAt: Number.NEGATIVE_INFINITY,
    markMs: 0,
    computed: () => cpuMs(process.cpuUsage()),
  }
}

/** Case-insensitive; `g` and `y` would make a cached pattern remember its last place. */
function flagsOf(flags: string | undefined): string {
  return flags === undefined ? 'i' : [...new Set(`i${flags}`)].filter((flag) => !'gy'.includes(flag)).join('')
}

function outcome(raw: Raw | undefined, job: Job): MatchOutcome {
  if (raw === undefined || raw === 'slow') return { kind: 'slow' }
  if (raw === 'none') return { kind: 'none' }
  const words = Array.from(raw.words, (word) => word ?? '')
  const cut = Math.max(0, job.text.length - MAX_TEXT)
  return { kind: 'match', index: raw.index + cut, text: words[0]!, groups: words.slice(1) }
}

function cpuMs(usage: NodeJS.CpuUsage): number {
  return (usage.user + usage.system) / 1000
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
