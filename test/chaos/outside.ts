import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { type Box, canary, isMain } from './box.ts'
import type { History } from './history.ts'
import { fdCount, fdNames, read, rssMb, type Seen } from './proc-scan.ts'

/** INV-35: each record of the state folder, or the generation before it, is whole. */
export function checkState(
  box: Box,
  history: History,
  damaged: ReadonlyMap<string, string> = new Map(),
): void {
  const folder = box.path('logs/state')
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.json') && !/^handoff-[0-9a-f]+$/.test(name)) continue
    if (isWhole(box.path('logs/state', name)) || isWhole(box.path('logs/state', `${name}.1`))) continue
    if (damaged.get(name) === box.read(`logs/state/${name}`)) continue
    history.add({ kind: 'torn', file: name, why: box.read(`logs/state/${name}`).slice(0, 80) })
  }
}

function isWhole(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, 'utf8'))
    return true
  } catch (error) {
    // A file that was replaced or removed while we looked is not torn.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && path.endsWith('.1') === false
  }
}

/** INV-40: nobody else may read the state; no secret is in arguments, environments or outputs. */
export function checkSecrets(
  box: Box,
  history: History,
  damaged: ReadonlyMap<string, string> = new Map(),
): void {
  const folder = box.path('logs/state')
  if (existsSync(folder)) {
    for (const name of ['.', ...readdirSync(folder)]) {
      // A fault opened it, and it was not written since.
      if (damaged.has(name) && damaged.get(name) === box.read(`logs/state/${name}`)) continue
      checkMode(box.path('logs/state', name), history)
    }
  }
  for (const seen of box.scan()) {
    if (seen.argv.some((word) => word.includes(canary)))
      history.add({ kind: 'leak', where: `the arguments of ${seen.pid}` })
    if (isMain(seen) && read(`/proc/${seen.pid}/environ`).includes(canary)) {
      history.add({ kind: 'leak', where: `the environment of agent ${seen.agent}` })
    }
  }
  for (const file of filesBelow(box.path('logs'))) {
    if (read(file).includes(canary)) history.add({ kind: 'leak', where: file })
  }
}

function checkMode(path: string, history: History): void {
  try {
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0) history.add({ kind: 'mode', path, mode: (mode & 0o777).toString(8) })
  } catch {
    // Replaced meanwhile.
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
}

/** Processes of the box that are nobody's: not the fleet, not its server, not what tmux pipes into logs. */
export function strays(box: Box): Seen[] {
  const watchdog = box.watchdogPid()
  const keepers = box.keeperPids()
  return box.scan().filter((seen) => {
    if (seen.agent !== undefined || seen.pid === watchdog || keepers.includes(seen.pid)) return false
    if (keepers.includes(seen.ppid)) return false
    const argv = seen.argv.join(' ')
    if (/^(\S*\/)?(tmux|cat)\b/.test(argv) || argv.includes('umask 077; exec cat')) return false
    // A pane's shell before it becomes the agent, the keeper session's own, the service, the foreign ones.
    return !/^(-?(ba|da)?sh|sleep 100000|sleep 77|\/bin\/sh)\b/.test(argv) && !argv.includes('foreign')
  })
}

export interface Usage {
  fds: number
  rssMb: number
}

export function usage(box: Box): Usage | undefined {
  const pid = box.watchdogPid()
  return pid === undefined ? undefined : { fds: fdCount(pid), rssMb: rssMb(pid) }
}

/** INV-39, at the end: nothing of what is counted has grown. */
export function checkUsage(box: Box, history: History, before: Usage): void {
  const now = usage(box)
  if (now === undefined) return
  const names = now.fds > before.fds + 12 ? ` (${fdNames(box.watchdogPid() ?? 0).join(' ')})` : ''
  history.add({
    kind: 'resource',
    name: `descriptors of the watchdog${names}`,
    value: now.fds,
    limit: before.fds + 12,
  })
  history.add({
    kind: 'resource',
    name: 'memory of the watchdog, MB',
    value: now.rssMb,
    limit: Math.max(220, before.rssMb * 2),
  })
  const temporary = filesBelow(box.path('logs')).filter((file) => /\.tmp|~$/.test(file)).length
  history.add({ kind: 'resource', name: 'temporary files', value: temporary, limit: 2 })
  const cats = box.scan().filter((seen) => seen.argv[0] === 'cat').length
  history.add({ kind: 'resource', name: 'log pipes', value: cats, limit: 24 })
}
