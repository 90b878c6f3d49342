import { createGit } from '../adapters/git/index.ts'
import { watchFolders } from '../adapters/watch/index.ts'
import { type AgentSpec, type WatchdogSpec, within } from '../core/index.ts'
import { takeFirstSight } from '../handoff/first-sight.ts'
import {
  createHandoffs,
  type HandoffDeps,
  type Handoffs,
  lookAtTip,
  type PingDraft,
  type TipLook,
  type WatchFolders,
} from '../handoff/index.ts'
import { createPhaseMachine, type PhaseMachine } from '../phases/index.ts'
import { queueMessage } from './act/deliver.ts'
import { startBatch } from './act/perform.ts'
import { startAgents } from './act/start.ts'
import { stopSession } from './act/stop.ts'
import type { Engine } from './engine.ts'
import { intentOf } from './intents.ts'
import { gitRunKey } from './names.ts'
import type { World } from './world.ts'

/** The phases and the hand-offs of one fleet, wired to its sessions and its outbox. */
export interface Loop {
  phases: PhaseMachine
  /** Follows the branches and goes on with a move that a crash interrupted. */
  start(): void
  /** Marks where the branches stand before any agent can push; gives up after a few seconds of a slow remote. */
  firstSight(): Promise<void>
  /** For a command that runs without a watchdog and shows the phase: fetches the branch once. */
  lookOnce(deadlineMs: number): Promise<void>
  /** After a reload. */
  configure(): void
  /** One sentence for each remote that cannot be followed. */
  troubles(): string[]
  close(): Promise<void>
}

/** Time for git to remove its lock and temporary files after SIGTERM. Milliseconds. */
const leftoverGraceMs = 300
/** A start does not wait longer than this for a remote. Milliseconds. */
const firstSightMs = 5_000

export function createLoop(world: World, engine: () => Engine, complain: (error: unknown) => void): Loop {
  const run = gitRunKey(world.fleet())
  const git = createGit({ deadlineMs: world.fleet().watchdog.gitDeadlineMs, env: world.env, run })
  let closed = false
  const look = (): void => {
    engine().refresh().catch(complain)
  }
  const deps: HandoffDeps = {
    git,
    store: world.store,
    clock: world.clock,
    watch: watchRefs(complain),
    match: (source, text) => world.regex.exec(source, text).kind === 'match',
    emit: (ping) => emit(world, ping).then(look),
    report: world.report,
    moved: look,
  }
  const handoffs: Handoffs = createHandoffs(deps)
  /** Of a command without a watchdog: one look of its own. */
  let lone: TipLook | undefined
  const phases = createPhaseMachine({
    git,
    // Prompts are the user's own files and may be links; what we wrote ourselves may not.
    store: { ...world.store, loadText: (path) => loadText(world, path) },
    locks: world.locks,
    clock: world.clock,
    report: world.report,
    loop: () => world.fleet().loop,
    look: () => lone ?? handoffs.look(),
    stopLoops: () => stopLoops(engine()),
    startLoops: () => startLoops(engine()),
    startAgent: (name, runKey) => startAnew(engine(), name, runKey),
    alreadyRun: (runKey) => hasRun(world, runKey),
    loopsUp: () => loopsUp(engine()),
  })

  function configure(): void {
    const { loop, agents, watchdog } = world.fleet()
    if (loop !== undefined && hasLoop(agents, loop.handoff.routes.length)) {
      handoffs.configure(loop.handoff, agents, pollMs(loop.phases.length > 0, watchdog))
    }
  }

  /**
   * A watchdog or a command that was killed could not end its fetch, which may hang for as long as its remote does. A
   * command that fetches in this very moment loses its look, and says that it does not know.
   */
  async function start(): Promise<void> {
    await world.procs.end({ roots: [], runs: [run], graceMs: leftoverGraceMs }).catch(complain)
    if (closed) return
    configure()
    await phases.resume()
  }

  return {
    phases,
    start: () => {
      start().catch(complain)
    },
    firstSight: async () => {
      const { loop, agents } = world.fleet()
      if (loop === undefined || !hasLoop(agents, loop.handoff.routes.length)) return
      await within(world.clock, firstSightMs, takeFirstSight(deps, loop.handoff), undefined)
    },
    lookOnce: async (deadlineMs) => {
      const { loop } = world.fleet()
      if (loop === undefined || loop.phases.length === 0) return
      const late: TipLook = { kind: 'unknown', why: 'the remote did not answer in time' }
      lone = await within(world.clock, deadlineMs, lookAtTip(git, loop.handoff), late)
    },
    configure,
    troubles: () =>
      handoffs
        .state()
        .flatMap((stream) =>
          stream.trouble === undefined ? [] : [`hand-offs from ${stream.repo}: ${stream.trouble.why}`],
        ),
    close: async () => {
      closed = true
      phases.close()
      await handoffs.close()
      await git.close()
    },
  }
}

/** How often a branch is looked at that no watcher tells of. Its DONE markers are the business of the heavy checks. */
const pollMs = (phases: boolean, { signalIntervalMs, heavyIntervalMs }: WatchdogSpec): number =>
  phases ? Math.min(signalIntervalMs, heavyIntervalMs) : signalIntervalMs

/** As the Python driver: with an enabled loop agent; or where the config names routes of its own. */
const hasLoop = (agents: readonly AgentSpec[], routes: number): boolean =>
  routes > 0 || agents.some((spec) => spec.kind === 'loop' && spec.enabled)

function watchRefs(complain: (error: unknown) => void): WatchFolders {
  return (paths, onChange) => {
    const started = watchFolders(paths, onChange, { onError: complain })
    return {
      update: (wanted) => {
        started.then((watch) => watch.update(wanted)).catch(complain)
      },
      close: async () => (await started).close(),
    }
  }
}

async function emit(world: World, ping: PingDraft): Promise<void> {
  await queueMessage(world, { id: ping.id, agent: ping.agent, kind: ping.kind, text: ping.text })
}

async function loadText(world: World, path: string): ReturnType<World['store']['loadText']> {
  if (path.startsWith(world.fleet().logDir)) return world.store.loadText(path)
  if (!(await world.files.exists(path))) return { kind: 'absent' }
  const read = await world.files.readText(path)
  return read.kind === 'ok' ? read : { kind: 'refused', why: read.why }
}

const loopAgents = (engine: Engine): AgentSpec[] =>
  engine
    .crew()
    .world.fleet()
    .agents.filter((spec) => spec.kind === 'loop' && spec.enabled)

/** Ends the loop agents politely, each in its lane; false while one may still live. */
async function stopLoops(engine: Engine): Promise<boolean> {
  const { world, observer, lanes } = engine.crew()
  const scan = await observer.scan()
  if (scan.kind === 'unknown') return false
  await Promise.all(
    loopAgents(engine).map((spec) =>
      lanes.run(spec.name, 'phase', async () => {
        const pane = observer.pane(spec.name, spec.session)
        if (pane?.tag?.agent !== spec.name) return
        world.report({ kind: 'stop', agent: spec.name, because: 'its phase is over' })
        await stopSession(world, { tagged: spec.name, panes: [pane], graceMs: spec.stopGraceMs })
      }),
    ),
  )
  return !(await loopsUp(engine))
}

async function loopsUp(engine: Engine): Promise<boolean> {
  const scan = await engine.crew().observer.scan()
  if (scan.kind === 'unknown') return true
  return loopAgents(engine).some((spec) => {
    const pane = engine.crew().observer.pane(spec.name, spec.session)
    return pane?.tag?.agent === spec.name && !pane.dead
  })
}

/** Starts the loop agents of the new phase; one that an operator took down or paused stays as it is. */
async function startLoops(engine: Engine): Promise<void> {
  const crew = engine.crew()
  const wanted = loopAgents(engine).filter((spec) => {
    const intent = intentOf(crew.world.intents.peek(), spec.name)
    return intent.wanted === 'up' && !intent.paused
  })
  const orders = wanted.map((spec) => ({
    agent: spec.name,
    because: 'its phase begins',
    cause: 'phase' as const,
  }))
  const results = await startBatch(crew, orders)
  const failed = [...results].filter(([, result]) => result.kind === 'failed').map(([name]) => name)
  // Watched ones are the healer's business from now on: it tries again, or parks them with the reason.
  if (failed.length > 0)
    crew.world.report({ kind: 'trouble', because: `not started for the phase: ${failed.join(', ')}` })
}

/** The run of an on-complete start begins with the key, so that it is recognised as long as its pane or event stands. */
const nonceOf = (runKey: string): string => runKey.replace(/[^A-Za-z0-9-]/g, '-')

/** Starts an agent by force: what runs under its name is ended first. */
async function startAnew(engine: Engine, name: string, runKey: string): Promise<void> {
  const { world, observer, lanes, phases } = engine.crew()
  const spec = world.fleet().agents.find((one) => one.name === name)
  if (spec === undefined) {
    world.report({ kind: 'trouble', because: `on_complete names the agent ${name}, which is in no table` })
    return
  }
  await lanes.run(name, 'on-complete', async () => {
    await observer.scan()
    const pane = observer.pane(name, spec.session)
    if (pane?.tag?.agent === name)
      await stopSession(world, { tagged: name, panes: [pane], graceMs: spec.stopGraceMs })
    const prompt = await phases.prompt(spec)
    const order = {
      spec,
      model: phases.model(spec),
      prompt,
      because: 'the sequence is complete',
      cause: 'phase' as const,
    }
    const result = (await startAgents(world, [{ ...order, nonce: nonceOf(runKey) }])).get(name)
    if (result?.kind === 'failed' && result.retryable) throw new Error(result.why)
  })
}

async function hasRun(world: World, runKey: string): Promise<boolean> {
  const begins = (run: unknown): boolean => typeof run === 'string' && run.startsWith(`${nonceOf(runKey)}.`)
  const scan = await world.tmux.scan()
  if (scan.kind === 'unknown') throw new Error(`tmux cannot be asked whether on_complete ran: ${scan.why}`)
  if (scan.kind === 'ok' && scan.panes.some((pane) => begins(pane.tag?.run))) return true
  const events = await world.events.read()
  return events.some((event) => event.kind === 'started' && begins(event.run))
}
