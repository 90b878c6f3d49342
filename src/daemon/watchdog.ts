import { createClock } from '../adapters/clock/index.ts'
import { createLocks } from '../adapters/files/locks.ts'
import { createProjectFiles } from '../adapters/files/project-files.ts'
import type { FileLock } from '../adapters/files/types.ts'
import { beatWhileStarting, type HangGuard, startHangGuard } from '../adapters/hang/index.ts'
import { optimiseLate } from '../adapters/host/engine.ts'
import { controlPath, rememberState, serveControl } from '../adapters/socket/index.ts'
import { tmuxVersion } from '../adapters/tmux/version.ts'
import { renderProblems } from '../config/problem.ts'
import { Exit, type ExitCode, type FleetEvent, type Problem } from '../core/index.ts'
import { loadServer } from './build.ts'
import { firstConfig } from './config/reload.ts'
import { answerVerb } from './control/remote.ts'
import { createDaemon, type Daemon } from './daemon.ts'
import type { Program } from './keeper.ts'

export interface WatchdogOptions {
  configPath: string
  /** Runs in the fleet's own session under the keeper loop: waits for the lock, and moves with the tmux server. */
  inSession: boolean
  /** Where the last good config is kept, for a start while the file is broken. */
  stateDir: string | undefined
  program: Program
  env: NodeJS.ProcessEnv
  /** Called for every event; the foreground form prints them. */
  onEvent: (event: FleetEvent) => void
  print: (text: string) => void
}

/** How long a watchdog in the fleet's session waits for the one that it follows. Milliseconds. */
const lockWaitMs = 5_000
/** SIGTERM ends it within 2 s: what is under way gets this long to finish. Milliseconds. */
const finishMs = 1_500
/** An event loop that stands still this long is killed, and the keeper starts a new one (row 40). Milliseconds. */
const hangMs = 8_000
/** A start that has not come to its first tick by then hangs, say on a disk that does not answer. Milliseconds. */
const startsWithinMs = 60_000

/** Runs the supervisor until it is told to stop. Agents are left running. */
export async function runWatchdog(options: WatchdogOptions): Promise<ExitCode> {
  optimiseLate()
  const guard = startHangGuard({ limitMs: hangMs })
  const begun = beatWhileStarting(guard, startsWithinMs)
  const first = await firstConfig(options.configPath, readCopy, options.stateDir)
  if (first.kind === 'refused') return refuse(options, first.problems)
  const version = await tmuxVersion()
  if (version.kind !== 'ok') {
    options.print(
      version.kind === 'missing' ? 'tmux is not installed' : `tmux ${version.version} is older than 3.2`,
    )
    return Exit.missingTool
  }
  const { stateDir } = first.config.fleet
  const files = createProjectFiles()
  const folder = await files.ensureFolder(stateDir)
  if (folder.kind === 'failed') {
    options.print(folder.why)
    return Exit.failed
  }
  const lock = await takeLock(stateDir, options.inSession ? lockWaitMs : 0)
  if (lock.kind === 'held') {
    options.print(
      `another watchdog of this project runs${lock.pid === undefined ? '' : ` (pid ${lock.pid})`}`,
    )
    return Exit.locked
  }
  const server = await loadServer(stateDir)
  const daemon = await createDaemon({ ...options, first: first.config, server })
  const alive = (): void => {
    begun()
    guard.beat()
  }
  return supervise(daemon, lock.lock, stateDir, { ...options, guard, alive })
}

async function readCopy(path: string): Promise<string | undefined> {
  const found = await createProjectFiles().readText(path)
  return found.kind === 'ok' ? found.text : undefined
}

function refuse(options: WatchdogOptions, problems: Problem[]): ExitCode {
  options.print(renderProblems(problems))
  return Exit.usage
}

async function takeLock(
  stateDir: string,
  waitMs: number,
): Promise<{ kind: 'got'; lock: FileLock } | { kind: 'held'; pid: number | undefined }> {
  const clock = createClock()
  const locks = createLocks()
  const until = clock.now().mono + waitMs
  let answer = await locks.instance(stateDir)
  while (answer.kind === 'held' && clock.now().mono < until) {
    await clock.sleep(20)
    answer = await locks.instance(stateDir)
  }
  return answer
}

interface Supervised extends Pick<WatchdogOptions, 'configPath' | 'inSession'> {
  guard: HangGuard
  /** Called at every tick. */
  alive: () => void
}

async function supervise(
  daemon: Daemon,
  lock: FileLock,
  stateDir: string,
  { configPath, inSession, guard, alive }: Supervised,
): Promise<ExitCode> {
  const path = await controlPath(stateDir)
  await rememberState(configPath, stateDir)
  const server = await serveControl(path, async (verb, args) => {
    if (verb === 'hello') {
      await daemon.ready
      return { pid: process.pid }
    }
    if (verb === 'config') return daemon.config()
    if (verb === 'hush') return daemon.hush()
    if (verb === 'spare') return daemon.spare(args[0], args[1])
    if (verb === 'unspare') return daemon.endSpare(args[0])
    if (verb === 'environment') return daemon.learnEnvironment(args[0])
    if (verb === 'stats') return daemon.stats()
    if (verb === 'stop') return daemon.askStop('asked by a command')
    return answerVerb(daemon.control, verb, args)
  })
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGINT']
  for (const signal of signals) process.on(signal, () => daemon.askStop(`signal ${signal}`))
  // In the fleet's session its terminal may die with the tmux server; it goes on without one.
  process.on('SIGHUP', () => (inSession ? undefined : daemon.askStop('signal SIGHUP')))
  const why = await daemon.run(() => {
    alive()
    void server.mend()
  })
  await Promise.race([daemon.close(why), daemon.sleep(finishMs)])
  await server.close()
  await lock.release()
  await guard.stop()
  return Exit.done
}
