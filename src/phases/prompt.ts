import { join } from 'node:path'
import type { StateStore } from '../adapters/files/types.ts'
import type { AgentSpec, LoopSpec, PhaseSpec } from '../core/index.ts'

/** `AGENT_MODEL_<name>`, else the phase's model for the agent's role, else the agent's own; empty: the backend's. */
export function modelOf(agent: AgentSpec, phase: PhaseSpec | undefined): string {
  if (agent.modelForced || agent.role === undefined || phase === undefined) return agent.model
  const ofPhase = Object.hasOwn(phase.models, agent.role) ? phase.models[agent.role] : undefined
  return ofPhase || agent.model
}

/**
 * The first message of a loop agent: the template with its slots filled, directly followed by the role's text as it
 * is. Slots are replaced one after the other, so a value may hold a later slot; there are no escapes.
 */
export function renderKickoff(parts: {
  phase: PhaseSpec | undefined
  agent: AgentSpec
  files: { template: string; role: string }
}): string {
  const { phase, agent, files } = parts
  const slots: [string, string | undefined][] = [
    ['phase_id', phase?.id],
    ['plan', phase?.plan],
    ['status', phase?.status],
    ['role', agent.role],
  ]
  const filled = slots.reduce(
    (text, [slot, value]) => text.replaceAll(`{${slot}}`, () => value ?? ''),
    files.template,
  )
  return filled + files.role
}

export type PromptText =
  | { kind: 'ok'; text: string }
  /** A start is pointless until somebody mends this. One sentence. */
  | { kind: 'blocked'; why: string }

/** What an agent is told at its start: loop agents their kickoff, others their prompt, which may be empty. */
export async function promptText(
  agent: AgentSpec,
  loop: LoopSpec | undefined,
  phaseAt: number,
  readText: StateStore['loadText'],
): Promise<PromptText> {
  if (agent.kind === 'loop') return kickoffText(agent, loop, phaseAt, readText)
  if (agent.prompt.kind === 'none') return { kind: 'ok', text: '' }
  if (agent.prompt.kind === 'inline') return { kind: 'ok', text: agent.prompt.text }
  return fileText('the prompt file', agent.prompt.path, readText)
}

async function kickoffText(
  agent: AgentSpec,
  loop: LoopSpec | undefined,
  phaseAt: number,
  readText: StateStore['loadText'],
): Promise<PromptText> {
  if (loop === undefined)
    return { kind: 'blocked', why: 'it is a loop agent, and the config has no [loop] table' }
  if (agent.role === undefined) return { kind: 'blocked', why: 'it is a loop agent without a role' }
  const template: PromptText =
    loop.kickoffTemplatePath === undefined
      ? { kind: 'ok', text: '' }
      : await fileText('the kickoff template', loop.kickoffTemplatePath, readText)
  if (template.kind === 'blocked') return template
  const role = await fileText('the role prompt', join(loop.rolesDir, `${agent.role}.md`), readText)
  if (role.kind === 'blocked') return role
  const files = { template: template.text, role: role.text }
  return { kind: 'ok', text: renderKickoff({ phase: loop.phases[phaseAt], agent, files }) }
}

async function fileText(what: string, path: string, readText: StateStore['loadText']): Promise<PromptText> {
  const read = await readText(path)
  if (read.kind === 'ok') return read
  const why =
    read.kind === 'absent' ? `${what} ${path} is missing` : `${what} ${path} cannot be read: ${read.why}`
  return { kind: 'blocked', why }
}
