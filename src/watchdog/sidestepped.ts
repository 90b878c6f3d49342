import type { AgentSpec, Fleet } from '../core/index.ts'
import type { Memory, Sidestep } from './types.ts'

/**
 * The config as it is in force while agents are elsewhere because of a limit: their backend and model are replaced, so that
 * everything else follows by itself. The same object as long as nothing changes: it is asked for many times a look.
 */
export function createOverlay(): (fleet: Fleet, memory: Memory | undefined) => Fleet {
  let asked: { fleet: Fleet; memory: Memory | undefined } | undefined
  let key = ''
  let made: Fleet | undefined
  return (fleet, memory) => {
    if (made !== undefined && asked?.fleet === fleet && asked.memory === memory) return made
    const steps = fleet.agents.map((spec) => stepOf(fleet, memory?.agents[spec.name]?.sidestep))
    const now = steps.map((step) => (step === undefined ? '' : `${step.backend}\0${step.model}`)).join('\n')
    const same = made !== undefined && asked?.fleet === fleet && key === now
    if (!same) made = steps.every((step) => step === undefined) ? fleet : overlaid(fleet, steps)
    asked = { fleet, memory }
    key = now
    return made!
  }
}

const overlaid = (fleet: Fleet, steps: readonly (Sidestep | undefined)[]): Fleet => ({
  ...fleet,
  agents: fleet.agents.map((spec, at) => elsewhere(spec, steps[at])),
})

function stepOf(fleet: Fleet, step: Sidestep | undefined): Sidestep | undefined {
  return step === undefined || step.back === true || !Object.hasOwn(fleet.backends, step.backend)
    ? undefined
    : step
}

/** No phase's model counts meanwhile: it is one of the other backend. */
const elsewhere = (spec: AgentSpec, step: Sidestep | undefined): AgentSpec =>
  step === undefined ? spec : { ...spec, backend: step.backend, model: step.model, modelForced: true }
