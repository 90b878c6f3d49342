import { createStateStore } from '../../adapters/files/state-store.ts'
import { createHost } from '../../adapters/host/host.ts'
import { askWatchdog, controlPath } from '../../adapters/socket/index.ts'
import { type AgentSpec, type ExitCode, type Fleet, OutsideError } from '../../core/index.ts'
import { createTown } from '../../town/town.ts'
import type { Me, Word } from '../../worker/types.ts'
import { prepareTools } from '../act/tools.ts'
import { hello } from '../control/direct.ts'
import type { Program } from '../keeper.ts'
import { connectTo, findPlace } from '../town/open.ts'
import { enrolIdentity, knownIdentity } from './identity.ts'
import { runWorker } from './run.ts'

export interface StartWorkerOptions {
  fleet: Fleet
  spec: AgentSpec
  env: NodeJS.ProcessEnv
  program: Program
  report(word: Word): Promise<void>
  print(text: string): void
  terminal: boolean
  /** It is not one of the config: nobody else tells the town how it is. */
  alone?: boolean
}

/** Longest start of the fleet's own server. Milliseconds. */
const openMs = 30_000
/** How long an answer about the watchdog holds, and how long it may take. Milliseconds. */
const watchedMs = 5_000
const askMs = 1_000
/** A second Ctrl-C within this time ends an idle worker. Milliseconds. */
const twiceMs = 3_000

/** The worker of this process: connects it to its town and to the signals, and runs it. */
export async function startWorker(options: StartWorkerOptions): Promise<ExitCode> {
  const { fleet, spec, env } = options
  const place = await findPlace(fleet, env)
  const redis = connectTo(place.redis, 'worker')
  const town = createTown(place.name, redis, Date.now)
  const watched = watchedBy(fleet, options.alone === true)
  const signals = listen(options.print)

  /**
   * The fleet's own server is started by whoever needs it first. Not as a child of this process: it would end with it, when
   * the worker is taken down with everything below it.
   */
  async function mend(): Promise<void> {
    if (place.redis.kind !== 'private' || redis.up()) return
    const { node, entry } = options.program
    const argv = [node, entry, 'worker', spec.name, '--config', fleet.configPath, '--open-town']
    const ran = await createHost(env).run(argv, { env, timeoutMs: openMs })
    redis.wake()
    if (ran.status !== 0) throw unopened(ran.stderr)
  }

  async function identify(): Promise<Me> {
    const known = await knownIdentity(town, fleet, spec)
    if (known !== undefined) return known
    if (!(await watched())) return enrolIdentity(town, fleet, spec, true)
    throw new OutsideError({
      tool: 'redis',
      code: 'TOWN_RECORD',
      what: 'the watchdog has not made its record yet',
      retryable: true,
    })
  }

  try {
    return await runWorker({
      ...options,
      town,
      identify,
      mend,
      tools: await prepareTools({
        fleet: () => fleet,
        store: createStateStore(fleet.stateDir),
        program: options.program,
      }),
      watched,
      reenrol: async () => void (await enrolIdentity(town, fleet, spec, true)),
      stop: signals.stop,
      interrupts: signals.interrupts,
      wakes: signals.wakes,
      running: signals.running,
    })
  } finally {
    signals.close()
    await redis.close()
  }
}

function unopened(stderr: string): OutsideError {
  const said = /^error: (.*)$/m.exec(stderr)?.[1] ?? 'its server does not start'
  return new OutsideError({ tool: 'redis', code: 'TOWN_OPEN', what: said, retryable: true })
}

function watchedBy({ stateDir }: Fleet, alone: boolean): () => Promise<boolean> {
  let answer = false
  let askedAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (alone) return false
    if (performance.now() - askedAt < watchedMs) return answer
    const path = await controlPath(stateDir)
    answer = await askWatchdog(stateDir, path, hello, askMs).then(
      ({ kind }) => kind !== 'absent' && kind !== 'lost',
      () => answer,
    )
    askedAt = performance.now()
    return answer
  }
}

/** TERM and HUP end the worker; CONT lets it try again now; Ctrl-C ends the round, and with nothing to end, pressed twice, the worker. */
function listen(print: (text: string) => void) {
  const stopping = new AbortController()
  let count = 0
  let wakes = 0
  let busy = false
  let lastAt = Number.NEGATIVE_INFINITY
  const stop = (): void => stopping.abort()
  const interrupt = (): void => {
    if (busy) {
      count += 1
      return
    }
    if (performance.now() - lastAt < twiceMs) stop()
    else print('Ctrl-C once more ends the worker\n')
    lastAt = performance.now()
  }
  process.on('SIGTERM', stop)
  process.on('SIGHUP', stop)
  const wake = (): void => {
    wakes += 1
  }
  process.on('SIGINT', interrupt)
  process.on('SIGCONT', wake)
  return {
    stop: stopping.signal,
    interrupts: () => count,
    wakes: () => wakes,
    running: (now: boolean) => {
      busy = now
    },
    close: () => {
      process.off('SIGTERM', stop)
      process.off('SIGHUP', stop)
      process.off('SIGINT', interrupt)
      process.off('SIGCONT', wake)
    },
  }
}
