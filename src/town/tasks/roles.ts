import type { AgentRecord } from '../wire/agent-record.ts'

/** Parts of a role or a name, and words of tasks for it, as tinytown 0.10 has them; the first hit wins. */
const ROLES: readonly (readonly [parts: readonly string[], words: readonly string[]])[] = [
  [
    ['front', 'ui', 'web', 'client'],
    ['frontend', 'ui', 'web', 'client', 'ux'],
  ],
  [
    ['back', 'api', 'server'],
    ['backend', 'api', 'server', 'database', 'data'],
  ],
  [
    ['test', 'qa'],
    ['tester', 'test', 'qa', 'validation', 'regression'],
  ],
  [
    ['review', 'audit'],
    ['review', 'reviewer', 'qa', 'security', 'audit', 'validation'],
  ],
  [
    ['doc', 'writer'],
    ['docs', 'doc', 'documentation', 'spec', 'readme'],
  ],
  [
    ['devops', 'ops', 'infra', 'deploy'],
    ['devops', 'ops', 'infra', 'deploy', 'ci', 'reliability'],
  ],
  [['security'], ['security', 'sec', 'vulnerability', 'hardening', 'audit']],
]

/** Roles that anything is for. */
const ANYTHING = ['default', 'worker', 'runner', 'general']

/**
 * Words by which an agent knows the tasks of the backlog that are for it; none: every task is. Its role decides where it
 * has one, which `tt` never asks (W8); a role that is not in the table stands for itself. Else its name does.
 */
export function roleWords({ role, name }: Pick<AgentRecord, 'role' | 'name'>): readonly string[] {
  const said = role?.trim().toLowerCase() ?? ''
  if (said === '') return wordsOf(name.toLowerCase()) ?? []
  if (ANYTHING.includes(said)) return []
  return wordsOf(said) ?? [said]
}

function wordsOf(text: string): readonly string[] | undefined {
  if (text === 'sec') return ROLES.at(-1)?.[1]
  return ROLES.find(([parts]) => parts.some((part) => text.includes(part)))?.[1]
}
