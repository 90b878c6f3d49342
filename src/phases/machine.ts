import type { Locks, StateStore } from '../adapters/files/types.ts'
import type { Git } from '../adapters/git/types.ts'
import { type AgentSpec, type Clock, type EventDraft, type LoopSpec, UserError } from '../core/index.ts'
import type { TipLook } from '../handoff/index.ts'
import { createMover } from './mover.ts'
import { type PhasePosition, phaseIndex, setPhase } from './position.ts'
import { modelOf, type PromptText, promptText } from './prompt.ts'
import { type DoneView, readDone } from './read-done.ts'

export interface PhaseDeps {
  git: Pick<Git, 'show'>
  store: StateStore
  locks: Pick<Locks, 'exclusive'>
  clock: Clock
  report(draft: EventDraft): void
  /** The loop of the config in force. */
  loop(): LoopSpec | undefined
  /** What is known of the followed branch: `Handoffs.look`. */
  look(): TipLook
  /** Ends every loop agent; false when one may still live. Asked again until true: two phases never run at once. */
  stopLoops(): Promise<boolean>
  /** Starts the loop agents that are not up; those that are up stay. */
  startLoops(index: number): Promise<void>
  /** Starts an agent anew and records `runKey` with the start, durably and before the process exists. */
  startAgent(name: string, runKey: string): Promise<void>
  alreadyRun(runKey: string): Promise<boolean>
  /** Whether any loop agent is up: `set` then moves them to the new phase. @default never */
  loopsUp?(): Promise<boolean>
}

/** The phases, as status and `agents phase` show them. */
export interface PhaseSight {
  phases: { id: string; plan: string; status: string }[]
  index: number
  done: boolean
  complete: boolean
  why: string
}

export interface PhaseMachine {
  /** Reads index, completion marker and DONE again. Starts git only when the tip or the phase has changed. */
  refresh(): Promise<void>
  /** As of the last refresh; undefined without phases. */
  seen():
    | {
        index: number
        count: number
        done: boolean
        autoAdvance: boolean
        complete: boolean
        moving: boolean
      }
    | undefined
  view(): PhaseSight
  model(spec: AgentSpec): string
  prompt(spec: AgentSpec): Promise<PromptText>
  /** Resolves when the move is over, or given up because somebody else set the phase. Refused while one is under way. */
  advance(from: number, to: number, because: string): Promise<void>
  complete(because: string): Promise<void>
  /** Goes on with a move that a crash interrupted. */
  resume(): Promise<void>
  /** @throws {UserError} PHASE_NONE, PHASE_RANGE, PHASE_MOVED, PHASE_MOVING */
  set(expect: number, to: number, by: string): Promise<PhaseSight>
  /** A move that is under way stops between two steps and is resumed at the next start. */
  close(): void
}

/** Owns the index file, the completion marker and, through its mover, the journal of moves. */
export function createPhaseMachine(deps: PhaseDeps): PhaseMachine {
  let position: PhasePosition = { index: 0, generation: 0, problem: undefined }
  let done: DoneView = { done: false, why: 'not looked at yet', source: 'none' }
  let complete = false
  const show = createShowOnce(deps.git)
  let problem: string | undefined
  let setting = false
  const mover = createMover(deps, { progressed: refresh })

  async function refresh(): Promise<void> {
    const loop = deps.loop()
    if (loop === undefined) return
    await mover.open()
    position = await phaseIndex(deps.store, loop)
    if (position.problem !== undefined && position.problem !== problem)
      deps.report({ kind: 'trouble', because: position.problem })
    problem = position.problem
    complete = (await deps.store.loadText(loop.completionPath)).kind !== 'absent'
    done = await lookForDone(loop)
  }

  async function lookForDone(loop: LoopSpec): Promise<DoneView> {
    const phase = loop.phases[position.index]
    if (phase === undefined) return { done: false, why: 'there are no phases', source: 'none' }
    return readDone({ git: { show }, store: deps.store }, loop.handoff, loop.doneMarker, deps.look(), phase)
  }

  /** One at a time: two that expect the same phase must not both find that they moved it. */
  async function set(expect: number, to: number, by: string): Promise<PhaseSight> {
    if (setting) throw movingNow()
    setting = true
    return setAlone(expect, to, by).finally(() => {
      setting = false
    })
  }

  async function setAlone(expect: number, to: number, by: string): Promise<PhaseSight> {
    const loop = deps.loop()
    await mover.resumeIfIdle()
    await refresh()
    if (loop === undefined || loop.phases.length === 0)
      throw new UserError({
        code: 'PHASE_NONE',
        what: 'The config has no phases.',
        fix: 'Write [[loop.phases]] tables.',
      })
    if (mover.moving()) throw movingNow()
    const last = loop.phases.length - 1
    if (!Number.isInteger(to) || to < 0 || to > last)
      throw new UserError({
        code: 'PHASE_RANGE',
        what: `There is no phase ${to}.`,
        fix: `Write a number from 0 to ${last}.`,
      })
    if (position.index !== expect) throw moved(expect, position.index)
    const because = `set by ${by}`
    if (to !== position.index && (await deps.loopsUp?.()) === true) await mover.advance(expect, to, because)
    else await setOnly(loop, expect, to, because)
    await refresh()
    return view()
  }

  async function setOnly(loop: LoopSpec, expect: number, to: number, because: string): Promise<void> {
    const result = await setPhase(deps, loop, expect, to)
    if (result.kind === 'moved') throw moved(expect, result.index)
    await deps.store.remove(loop.completionPath)
    deps.report({ kind: 'phase', because, from: expect, to })
  }

  function view(): PhaseSight {
    const phases = (deps.loop()?.phases ?? []).map(({ id, plan, status }) => ({ id, plan, status }))
    return { phases, index: position.index, done: done.done, complete, why: position.problem ?? done.why }
  }

  return {
    refresh,
    seen() {
      const loop = deps.loop()
      if (loop === undefined || loop.phases.length === 0) return undefined
      const { autoAdvance, phases } = loop
      const moving = mover.moving()
      return { index: position.index, count: phases.length, done: done.done, autoAdvance, complete, moving }
    },
    view,
    model: (spec) => modelOf(spec, deps.loop()?.phases[position.index]),
    prompt: (spec) => promptText(spec, deps.loop(), position.index, deps.store.loadText),
    advance: mover.advance,
    complete: mover.complete,
    resume: mover.resume,
    set,
    close: mover.close,
  }
}

/** A commit never changes: its files are read once, and forgotten when another commit is asked for. */
function createShowOnce(git: Pick<Git, 'show'>): Git['show'] {
  let of = ''
  const known = new Map<string, Awaited<ReturnType<Git['show']>>>()
  return async (repo, commit, path) => {
    if (of !== commit) known.clear()
    of = commit
    const key = `${repo}\0${path}`
    const found = known.get(key) ?? (await git.show(repo, commit, path))
    if (found.kind === 'ok' && of === commit) known.set(key, found)
    return found
  }
}

const movingNow = (): UserError =>
  new UserError({ code: 'PHASE_MOVING', what: 'A phase move is under way.', fix: 'Try again in a moment.' })

const moved = (expect: number, index: number): UserError =>
  new UserError({
    code: 'PHASE_MOVED',
    what: `The phase is ${index} by now, not ${expect}.`,
    fix: 'Look with: agents phase show',
  })
