/** Names that reach git's command line are checked here by our own rules, so that none can be read as an option. */

const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

export const isHash = (text: string): boolean => HASH.test(text)

/**
 * The rules of `git check-ref-format --branch` without its shorthands (`@{-1}`), and stricter by two: no leading `-`,
 * and at most 200 bytes, so that a lock file beside the ref still fits a file name.
 */
export function isBranchName(name: string): boolean {
  if (name === '' || name === '@' || name === 'HEAD' || Buffer.byteLength(name) > 200) return false
  if (/[\0-\x20\x7f~^:?*[\\]/.test(name) || name.includes('..') || name.includes('@{')) return false
  if (name.startsWith('-') || name.endsWith('.')) return false
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
}

/** A remote's name, never an address: `origin`, `fork/up`. */
export const isRemoteName = (name: string): boolean => isBranchName(name)

/** Where we keep the fetched tip. Agents never look here, and their own fetches never write here. */
export const tipRef = (remote: string, branch: string): string => `refs/agents/${remote}/${branch}`

/** Keeps the commit read last from being pruned after a force-push. */
export const cursorRef = (remote: string, branch: string): string => `refs/agents/cursor/${remote}/${branch}`

/** A path inside a repository: relative, no `..`, no empty step. */
export function isTreePath(path: string): boolean {
  if (path === '' || path.includes('\0') || Buffer.byteLength(path) > 4096) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
