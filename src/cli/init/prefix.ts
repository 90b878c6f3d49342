import { createHash } from 'node:crypto'
import { basename } from 'node:path'

/** Room is left for the agent's name: tmux session names have at most 64 characters here. */
const LONGEST = 32

/**
 * A session prefix that tmux leaves as it is, from any folder name: `my.app` gives `my-app-`. A name without a usable
 * character, and the root folder, give `proj-`, as the Python driver had it.
 */
export function sessionPrefix(folder: string): string {
  const name = basename(folder)
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '')
  return `${name === '' ? 'proj' : name}-`
}

/** Name of the fleet's own tmux server. Four digits of the folder keep two projects of one name apart. */
export function tmuxSocketName(folder: string): string {
  const digits = createHash('sha256').update(folder).digest('hex').slice(0, 4)
  return `${sessionPrefix(folder)}${digits}`
}
