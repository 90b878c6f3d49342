import { existsSync } from 'node:fs'
import type { ProcessId } from '../../core/index.ts'
import type { Answer } from './answer.ts'
import { startNudging } from './child-nudge.ts'
import { type Attach, type ControlClient, openControlClient } from './control-client.ts'
import type { Launcher } from './launcher.ts'
import { keeperList } from './new-session.ts'
import { oneShot } from './one-shot.ts'
import type { CommandList } from './quote.ts'
import type { TmuxEvent, TmuxOptions } from './types.ts'

/** First and longest pause between two attempts to attach, milliseconds; it doubles in between. */
const BACKOFF_MS = { first: 100, longest: 5000 }

export interface Link {
  /** Carries command lists by the control client, or by one process when there is none. */
  run(lists: readonly CommandList[], deadlineMs?: number): Promise<Answer>
  /** The same for lists that only read: when the control client is lost meanwhile, they are asked again. */
  read(lists: readonly CommandList[]): Promise<Answer>
  /** Starts keeping a control client attached; settles after the first attempt, whatever came of it. */
  connect(): Promise<void>
  /** The server answered by other means: attach again at once. */
  serverIsThere(): void
  attached(): boolean
  close(): Promise<void>
}

export interface LinkDeps {
  launcher: Launcher
  keeper: TmuxOptions['keeper']
  socketPath: string
  deadlineMs: number
  emit(event: TmuxEvent): void
  /** Called with the pid that the server says it has, each time a client is attached. */
  onServer(pid: number): Promise<void>
  server(): ProcessId | undefined
}

/** Keeps the control client, and the way round it while there is none. */
export function createLink(deps: LinkDeps): Link {
  let client: ControlClient | undefined
  let opening: ControlClient | undefined
  let attempt: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let pauseMs = BACKOFF_MS.first
  let wanted = false
  let nudging: { stop(): void } | undefined
  let lastTryAt = 0

  function changed(): void {
    if (client !== undefined) deps.emit({ kind: 'changed' })
  }

  /**
   * Attaches only to a server that answers: a client that is killed while it waits for a stopped server makes tmux 3.3a
   * crash when that goes on, with every session in it (seen 4 of 4 times; one-process calls do not).
   */
  async function open(): Promise<Attach> {
    const probe = await oneShot(deps.launcher, [[['display-message', '-p', '#{pid}']]], deps.deadlineMs)
    if (probe.kind !== 'replies') return probe
    const next = openControlClient(deps.launcher, deps.keeper.session, deps.deadlineMs, changed)
    opening = next
    const outcome = await next.attached
    opening = undefined
    if (outcome.kind === 'attached' && !wanted) next.kill('closed')
    if (outcome.kind !== 'attached' || !wanted) return outcome
    client = next
    pauseMs = BACKOFF_MS.first
    void next.gone.then((why) => lost(next, why))
    await introduce(next)
    return outcome
  }

  async function introduce(next: ControlClient): Promise<void> {
    const answer = await next.run([[['display-message', '-p', '#{pid}']]], deps.deadlineMs)
    if (answer.kind === 'replies') await deps.onServer(Number(answer.replies[0]!.text.toString()))
    if (client !== next) return
    nudging = startNudging(deps.server)
    deps.emit({ kind: 'attached' })
    deps.emit({ kind: 'changed' })
  }

  function lost(was: ControlClient, why: string): void {
    if (client !== was) return
    client = undefined
    nudging?.stop()
    if (!wanted) return
    deps.emit({ kind: 'lost', why })
    deps.emit({ kind: 'changed' })
    later(0)
  }

  /** The keeper is made only on a server that runs already. */
  async function openWithKeeper(): Promise<Attach> {
    const first = await open()
    if (first.kind !== 'no-keeper') return first
    const made = await oneShot(deps.launcher, [keeperList(deps.keeper)], deps.deadlineMs)
    return made.kind === 'replies' ? open() : made
  }

  async function tryOnce(): Promise<void> {
    clearTimeout(timer)
    lastTryAt = Date.now()
    const outcome = existsSync(deps.socketPath) ? await openWithKeeper() : undefined
    if (outcome?.kind === 'attached') return
    later(pauseMs)
    pauseMs = Math.min(pauseMs * 2, BACKOFF_MS.longest)
  }

  function tryNow(): Promise<void> {
    attempt ??= tryOnce().finally(() => {
      attempt = undefined
    })
    return attempt
  }

  function later(ms: number): void {
    clearTimeout(timer)
    if (!wanted) return
    timer = setTimeout(() => void (client === undefined && wanted && tryNow()), ms)
    timer.unref()
  }

  function serverIsThere(): void {
    if (!wanted || client !== undefined || attempt !== undefined) return
    if (Date.now() - lastTryAt < BACKOFF_MS.first) return
    pauseMs = BACKOFF_MS.first
    void tryNow()
  }

  async function runByProcess(lists: readonly CommandList[], deadlineMs: number): Promise<Answer> {
    if (lists.length === 0) return { kind: 'replies', replies: [] }
    const answer = await oneShot(deps.launcher, lists, deadlineMs)
    if (answer.kind === 'replies') serverIsThere()
    return answer
  }

  async function run(lists: readonly CommandList[], deadlineMs = deps.deadlineMs): Promise<Answer> {
    return client === undefined ? runByProcess(lists, deadlineMs) : client.run(lists, deadlineMs)
  }

  return {
    run,
    async read(lists) {
      const answer = await run(lists)
      return answer.kind === 'lost' ? runByProcess(lists, deps.deadlineMs) : answer
    },
    connect() {
      wanted = true
      return client === undefined ? tryNow() : Promise.resolve()
    },
    serverIsThere,
    attached: () => client !== undefined,
    async close() {
      wanted = false
      clearTimeout(timer)
      nudging?.stop()
      opening?.kill('closed')
      const last = client
      client = undefined
      if (last === undefined) return
      last.detach()
      const force = setTimeout(() => last.kill('closed'), 500)
      await last.gone
      clearTimeout(force)
    },
  }
}
