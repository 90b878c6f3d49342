import { join } from 'node:path'
import * as v from 'valibot'
import { createClock } from '../../adapters/clock/index.ts'
import { createLocks } from '../../adapters/files/locks.ts'
import { createStateStore } from '../../adapters/files/state-store.ts'
import type { StateStore } from '../../adapters/files/types.ts'
import { createProcs } from '../../adapters/procs/index.ts'
import { createRegexRunner } from '../../adapters/regex/index.ts'
import { createRounds } from '../../adapters/round/index.ts'
import { launchShell } from '../../backends/launch.ts'
import { roundCommand } from '../../backends/round.ts'
import { titleSequence } from '../../backends/worker-screen.ts'
import {
  type AgentSpec,
  type BackendSpec,
  type Clock,
  Exit,
  type ExitCode,
  type Fleet,
  OutsideError,
  UserError,
} from '../../core/index.ts'
import { shellQuote } from '../../core/quote.ts'
import { visible } from '../../core/text.ts'
import { promptText } from '../../phases/prompt.ts'
import { roleWords } from '../../town/tasks/roles.ts'
import type { Town } from '../../town/town.ts'
import { freshState, type WorkerDeps } from '../../worker/deps.ts'
import { workerLoop } from '../../worker/loop.ts'
import { createWorkerTown } from '../../worker/town.ts'
import type { Me, Word, WorkerMemory } from '../../worker/types.ts'
import { checkIntents, intentOf, intentRecordName } from '../intents.ts'
import { signReader, signSoFarReader } from './sign.ts'

export interface WorkerRunOptions {
  fleet: Fleet
  spec: AgentSpec
  town: Town
  /** Who it is in town; its record is there. */
  identify(): Promise<Me>
  env: NodeJS.ProcessEnv
  /** Folder with `agents` and `tt`, searched last by the commands of a round. */
  tools: string
  /** A watchdog runs. */
  watched(): Promise<boolean>
  /** Makes its record again. */
  reenrol(): Promise<void>
  report(word: Word): Promise<void>
  /** To the terminal, as it is. */
  print(text: string): void
  /** It has a title. */
  terminal: boolean
  stop: AbortSignal
  interrupts(): number
  wakes(): number
  /** A round runs, or does no more. */
  running(now: boolean): void
  /** Redis is away: starts what is ours to start. */
  mend(): Promise<void>
}

/** How long a worker waits for the one that it follows to be gone. Milliseconds. */
const lockWaitMs = 10_000

/**
 * Runs the rounds of one worker until it ends.
 * @throws {UserError} WORKER_KIND, WORKER_ROUND (exit 2), WORKER_RUNS (exit 4)
 */
export async function runWorker(options: WorkerRunOptions): Promise<ExitCode> {
  const { fleet, spec } = options
  const backend = backendOf(fleet, spec)
  const clock = createClock()
  const store = createStateStore(fleet.stateDir)
  const lock = await takeLock(join(fleet.stateDir, 'worker', spec.name), clock)
  const say = (line: string): void => options.print(`${clockText(clock.now().wall)} ${visible(line)}\n`)
  say(`worker ${spec.name}: rounds of ${backend.name}, town ${options.town.name}`)
  const me = await identified(options, clock, say)
  if (me === undefined) return Exit.done
  const memory = await loadMemory(store, spec.name)
  const d = depsOf(options, { backend, clock, store, me, say })
  const back = await d.town.recover()
  if (back > 0) say(`${back} message(s) that it had when it was killed wait again`)
  await d.town.tell('starting')
  await workerLoop(d, freshState(memory))
  await lock.release()
  return Exit.done
}

function backendOf(fleet: Fleet, spec: AgentSpec): BackendSpec {
  const backend = fleet.backends[spec.backend]
  if (spec.worker === undefined)
    throw new UserError({
      code: 'WORKER_KIND',
      what: `"${spec.name}" is no worker; it is of kind ${spec.kind}.`,
      fix: 'Write kind = "worker" in its table, or add one with `agents spawn`.',
      exit: Exit.usage,
    })
  if (backend?.roundCmd === undefined)
    throw new UserError({
      code: 'WORKER_ROUND',
      what: `The backend "${spec.backend}" of the worker "${spec.name}" has no command for a round.`,
      fix: `Add round_cmd to [backend.${spec.backend}].`,
      exit: Exit.usage,
    })
  return backend
}

async function takeLock(folder: string, clock: Clock) {
  const locks = createLocks()
  const until = clock.now().mono + lockWaitMs
  let answer = await locks.instance(folder)
  while (answer.kind === 'held' && clock.now().mono < until) {
    await clock.sleep(100)
    answer = await locks.instance(folder)
  }
  if (answer.kind === 'got') return answer.lock
  throw new UserError({
    code: 'WORKER_RUNS',
    what: `This worker runs already${answer.pid === undefined ? '' : ` (pid ${answer.pid})`}.`,
    fix: 'Look at it with `agents attach`, or end it with `agents down`.',
    exit: Exit.locked,
  })
}

/** Its record comes with the watchdog's next look at the town, or is made here; Redis may be away for a while. */
async function identified(
  options: WorkerRunOptions,
  clock: Clock,
  say: (line: string) => void,
): Promise<Me | undefined> {
  for (let tries = 0; !options.stop.aborted; tries += 1) {
    const found = await options.identify().then(
      (me) => ({ kind: 'me' as const, me }),
      (error: unknown) => ({ kind: 'away' as const, why: awayWhy(error), error }),
    )
    if (found.kind === 'me') return found.me
    if (found.why === undefined) throw found.error
    const mended = await options.mend().then(
      () => undefined,
      (error: unknown) => {
        if (awayWhy(error) === undefined) throw error
        return awayWhy(error)
      },
    )
    if (tries === 1) say(`the town is away, waiting: ${mended ?? found.why}`)
    await clock.sleep(Math.min(5_000, 50 * 4 ** Math.min(tries, 10)), options.stop).catch(() => undefined)
  }
  return undefined
}

function depsOf(
  options: WorkerRunOptions,
  parts: {
    backend: BackendSpec
    clock: Clock
    store: StateStore
    me: Me
    say: (line: string) => void
  },
): WorkerDeps {
  const { fleet, spec, town } = options
  const { backend, clock, store, me, say } = parts
  const own = { ...options.env, ...spec.env }
  const env = {
    ...own,
    PATH: [own.PATH ?? '/usr/bin:/bin', options.tools].join(':'),
    TINYTOWN_AGENT_ID: me.id,
    TINYTOWN_AGENT_NAME: me.name,
  }
  const { leaseMs } = fleet.town
  const regex = createRegexRunner({ deadlineMs: fleet.watchdog.regexDeadlineMs })
  let titled = ''
  return {
    me,
    place: town.name,
    standing: async () => {
      const prompt = await promptText(spec, undefined, 0, store.loadText)
      return prompt.kind === 'ok' ? prompt.text : ''
    },
    limits: spec.worker!,
    graceMs: spec.stopGraceMs,
    renewMs: Math.min(20_000, leaseMs / 3),
    program: 'agents',
    programPath: shellQuote(join(options.tools, 'agents')),
    town: createWorkerTown({
      town,
      me,
      leaseMs,
      words: roleWords(me),
      watched: options.watched,
      reenrol: options.reenrol,
      paused: async () => {
        const intents = await store.load(intentRecordName, checkIntents)
        return intents.kind === 'ok' && intentOf(intents.value, spec.name).paused
      },
    }),
    rounds: createRounds({
      procs: createProcs(),
      folder: join(fleet.logDir, 'worker', spec.name),
      dir: spec.dir,
      env,
      shell: launchShell(options.env.SHELL),
      command: (promptPath) => roundCommand(backend, spec.model, promptPath) ?? 'exit 127',
      maxBytes: fleet.watchdog.logMaxBytes,
    }),
    clock,
    stop: options.stop,
    interrupts: options.interrupts,
    wakes: options.wakes,
    mend: options.mend,
    random: Math.random,
    say,
    title: (state, detail) => {
      options.running(state === 'working')
      const title = titleSequence(state, visible(detail))
      if (options.terminal && title !== titled) options.print(title)
      titled = title
    },
    report: options.report,
    sign: signReader(backend, regex, clock),
    signSoFar: signSoFarReader(backend, regex, clock),
    // A full disk is no reason to stop working: the count of rounds is then this process' own.
    keep: (memory) =>
      store.save(memoryName(spec.name), memory).then(undefined, (error: unknown) => {
        if (!(error instanceof OutsideError)) throw error
      }),
    away: awayWhy,
  }
}

const memoryName = (worker: string): string => `worker-${worker}.json`
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const memoryShape = v.object({ rounds: count, failures: count })

async function loadMemory(store: StateStore, worker: string): Promise<WorkerMemory> {
  const loaded = await store.load(memoryName(worker), (value) => {
    const read = v.safeParse(memoryShape, value)
    return read.success ? read.output : undefined
  })
  return loaded.kind === 'ok' ? loaded.value : { rounds: 0, failures: 0 }
}

/** Why the town cannot be asked now; undefined: the error is another one. */
function awayWhy(error: unknown): string | undefined {
  return error instanceof OutsideError && error.tool === 'redis' ? error.message : undefined
}

const clockText = (wall: number): string => new Date(wall).toTimeString().slice(0, 8)
