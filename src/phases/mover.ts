import { randomUUID } from 'node:crypto'
import { crashPoint } from '../core/crash-point.ts'
import type { LoopSpec } from '../core/index.ts'
import { afterStep, checkJournal, type Facts, type Journal, nextStep, type Step } from './journal.ts'
import type { PhaseDeps } from './machine.ts'
import { phaseIndex, setPhase } from './position.ts'

const JOURNAL = 'phase-journal.json'
/** Wait before a step that failed is tried again; doubled each time. Milliseconds. */
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000

/**
 * Performs the steps of the journal one after the other and writes each down. One move at a time.
 * @param hooks.progressed what others see is read anew: before the loops start, and before the move counts as over
 */
export function createMover(deps: PhaseDeps, hooks: { progressed(): Promise<void> }) {
  let journal: Journal | undefined
  let loaded: Promise<void> | undefined
  let driving: Promise<void> | undefined
  const closing = new AbortController()

  function open(): Promise<void> {
    loaded ??= load()
    return loaded
  }

  async function load(): Promise<void> {
    const found = await deps.store.load(JOURNAL, checkJournal)
    if (found.kind === 'ok') journal = found.value
    if (found.kind === 'corrupt')
      deps.report({
        kind: 'trouble',
        because: `the journal of phase moves is damaged and left out: ${found.why}`,
      })
  }

  async function begin(next: Journal): Promise<void> {
    await open()
    if (journal !== undefined) return
    journal = next
    const [saved] = await Promise.allSettled([deps.store.save(JOURNAL, next)])
    if (saved.status === 'rejected') {
      journal = undefined
      throw saved.reason
    }
    crashPoint('phase-journal')
    await drive()
  }

  function drive(): Promise<void> {
    driving ??= stepByStep().finally(() => {
      driving = undefined
    })
    return driving
  }

  /** Until nothing is left. A step that fails is tried again; a move is never left half done. */
  async function stepByStep(): Promise<void> {
    let waitMs = FIRST_RETRY_MS
    while (journal !== undefined && !closing.signal.aborted) {
      const [tried] = await Promise.allSettled([oneStep(journal)])
      if (tried.status === 'rejected')
        deps.report({ kind: 'trouble', because: `a phase move waits: ${words(tried.reason)}` })
      if (tried.status === 'fulfilled' && tried.value) {
        waitMs = FIRST_RETRY_MS
        continue
      }
      await Promise.allSettled([deps.clock.sleep(waitMs, closing.signal)])
      waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)
    }
  }

  /** False: the step could not be done yet. */
  async function oneStep(current: Journal): Promise<boolean> {
    const loop = deps.loop()
    const step = loop === undefined ? noLoop : nextStep(current, await facts(loop, current))
    if (loop !== undefined && !(await perform(loop, step))) return false
    crashPoint(`phase-${step.do}`)
    const next = afterStep(current, step)
    if (next === undefined) await deps.store.remove(JOURNAL)
    else await deps.store.save(JOURNAL, next)
    tell(current, step)
    if (next === undefined) await hooks.progressed()
    journal = next
    return true
  }

  async function facts(loop: LoopSpec, current: Journal): Promise<Facts> {
    const { index } = await phaseIndex(deps.store, loop)
    const { onComplete } = loop
    const found =
      onComplete === undefined ? 'absent' : (await deps.store.loadText(onComplete.triggerPath)).kind
    return {
      index,
      phases: loop.phases.length,
      trigger: found === 'ok' ? 'there' : found,
      run: onComplete?.run,
      // Asking costs a look at tmux and the event log; only one step wants to know.
      ran: current.at === 'run' && (await deps.alreadyRun(current.id)),
    }
  }

  async function perform(loop: LoopSpec, step: Step): Promise<boolean> {
    switch (step.do) {
      case 'stop-loops':
        return deps.stopLoops()
      case 'write-index':
        return (await setPhase(deps, loop, step.from, step.to)).kind === 'set'
      case 'clear-completion':
        await deps.store.remove(loop.completionPath)
        return true
      case 'start-loops':
        await hooks.progressed()
        await deps.startLoops(step.index)
        return true
      case 'write-marker':
        await deps.store.saveText(loop.completionPath, completionText(deps.clock.now().wall))
        return true
      case 'remove-trigger':
        if (loop.onComplete !== undefined) await deps.store.remove(loop.onComplete.triggerPath)
        return true
      case 'run':
        await deps.startAgent(step.agent, step.key)
        return true
      case 'claim':
      case 'finish':
      case 'abandon':
        return true
    }
  }

  function tell(current: Journal, step: Step): void {
    const { because } = current
    if (step.do === 'write-index') deps.report({ kind: 'phase', because, from: step.from, to: step.to })
    if (step.do === 'write-marker') deps.report({ kind: 'sequence-complete', because })
    if (step.do === 'run') deps.report({ kind: 'on-complete', agent: step.agent, because, run: step.key })
    if (step.do === 'abandon') deps.report({ kind: 'refused', because: `phase move given up: ${step.why}` })
  }

  async function complete(because: string): Promise<void> {
    const loop = deps.loop()
    if (loop === undefined || (await deps.store.loadText(loop.completionPath)).kind !== 'absent') return
    const { index } = await phaseIndex(deps.store, loop)
    await begin({ kind: 'complete', id: randomUUID(), phase: index, at: 'stop-loops', because })
  }

  return {
    open,
    moving: () => journal !== undefined,
    advance: (from: number, to: number, because: string) =>
      begin({ kind: 'advance', id: randomUUID(), from, to, at: 'stop-loops', because }),
    complete,
    async resume(): Promise<void> {
      await open()
      await drive()
    },
    /** Finishes what a crashed process left, but does not wait for a move that is under way here. */
    async resumeIfIdle(): Promise<void> {
      await open()
      if (driving === undefined) await drive()
    },
    close: () => closing.abort(new Error('closed')),
  }
}

const noLoop: Step = { do: 'abandon', why: 'the config has no loop any more' }

const words = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason))

/** One line with local date and time, as the Python driver wrote it. */
function completionText(wall: number): string {
  const two = (n: number) => `${n}`.padStart(2, '0')
  const at = new Date(wall)
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  return `sequence complete ${date} ${time}; the loops are stopped\n`
}
