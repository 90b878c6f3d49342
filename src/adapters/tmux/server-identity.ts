import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ProcessId } from '../../core/index.ts'

/** The process with this pid, if it lives. A dead one that its parent has not reaped yet does not live (F9). */
export async function identifyServer(pid: number): Promise<ProcessId | undefined> {
  if (process.platform === 'linux') return fromProc(pid)
  const text = await ps(pid)
  const found = /^\s*(\S+)\s+(.+?)\s*$/.exec(text)
  return found === null || found[1]!.startsWith('Z') ? undefined : { pid, start: found[2]! }
}

/** True when exactly this process lives: same pid, same start time, not a zombie. */
export async function serverAlive(id: ProcessId): Promise<boolean> {
  return (await identifyServer(id.pid))?.start === id.start
}

/**
 * The process that listens on a socket path, even when the path was removed since (Linux: the kernel remembers the
 * name). undefined when nobody does, or when it cannot be told.
 */
export async function listenerOf(socketPath: string): Promise<ProcessId | undefined> {
  if (process.platform !== 'linux') return undefined
  const inodes = listeningInodes(new Set([socketPath, resolved(socketPath)]))
  if (inodes.size === 0) return undefined
  const pid = numbered('/proc').find((candidate) => holdsSocket(candidate, inodes))
  return pid === undefined ? undefined : identifyServer(pid)
}

function fromProc(pid: number): ProcessId | undefined {
  const stat = readOr(`/proc/${pid}/stat`, '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields[0], fields[19]]
  return start === undefined || state === 'Z' || state === 'X' ? undefined : { pid, start }
}

/** Rows of /proc/net/unix: Num RefCount Protocol Flags Type St Inode Path. Flag 0x10000 marks a listening socket. */
function listeningInodes(paths: ReadonlySet<string>): Set<string> {
  const inodes = new Set<string>()
  for (const row of readOr('/proc/net/unix', '').split('\n')) {
    const found = /^\S+ \S+ \S+ (\S+) \S+ \S+\s+(\d+) (.+)$/.exec(row)
    if (found && paths.has(found[3]!) && (Number.parseInt(found[1]!, 16) & 0x10000) !== 0)
      inodes.add(found[2]!)
  }
  return inodes
}

function holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  return numbered(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOr(`/proc/${pid}/fd/${fd}`))?.[1]
    return inode !== undefined && inodes.has(inode)
  })
}

function numbered(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return [] // the process ended, or it is another user's
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise // no such process, or no such table on this system
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function resolved(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}

function ps(pid: number): Promise<string> {
  return new Promise((resolve) => {
    const args = ['-o', 'stat=,lstart=', '-p', String(pid)]
    execFile('ps', args, { timeout: 2000 }, (_error, stdout) => resolve(stdout))
  })
}
