import type { TaskRecord } from '../town/task-record.ts'

interface Role {
  name: string
  /** Words in the name of an agent that tell this role. */
  hints: readonly string[]
  /** A task with one of these as a tag, or in its description, is for this role. */
  words: readonly string[]
}

/** As tinytown has them (CLI.md, section 6.5); the first that fits counts. */
const ROLES: readonly Role[] = [
  role('frontend', 'front ui web client', 'frontend ui web client ux'),
  role('backend', 'back api server', 'backend api server database data'),
  role('tester', 'test qa', 'test qa validation regression'),
  role('reviewer', 'review audit', 'review reviewer qa security audit validation'),
  role('docs', 'doc writer', 'docs doc documentation spec readme'),
  role('devops', 'devops ops infra deploy', 'devops ops infra deploy ci reliability'),
  role('security', 'security', 'security sec vulnerability hardening audit'),
]

function role(name: string, hints: string, words: string): Role {
  return { name, hints: hints.split(' '), words: words.split(' ') }
}

/** Roles that say nothing about the work. */
const PLAIN = new Set(['', 'default', 'worker', 'runner', 'general'])

/** What a worker looks for in the backlog. `words` empty: everything. */
export interface Taste {
  role: string
  words: readonly string[]
}

/** By its role where it has one that says something, else by its name. */
export function tasteOf(worker: { name: string; role: string | undefined }): Taste {
  const own = worker.role?.trim().toLowerCase() ?? ''
  if (!PLAIN.has(own)) {
    const known = ROLES.find((one) => one.name === own) ?? ROLES.find((one) => one.words.includes(own))
    return { role: own, words: [...new Set([own, ...(known?.words ?? [])])] }
  }
  const name = worker.name.toLowerCase()
  const told = ROLES.find(({ hints }) => hints.some((hint) => name.includes(hint)))
  const found = told ?? (name === 'sec' ? ROLES.find((one) => one.name === 'security') : undefined)
  return found === undefined ? { role: 'general', words: [] } : { role: found.name, words: found.words }
}

/** Is this task for that taste? A tag counts as a whole, the description by what it contains. */
export function fits(task: Pick<TaskRecord, 'tags' | 'description'>, { words }: Taste): boolean {
  if (words.length === 0) return true
  const tags = task.tags.map((tag) => tag.trim().toLowerCase())
  const text = task.description.toLowerCase()
  return words.some((word) => tags.includes(word) || text.includes(word))
}
