import { join } from 'node:path'
import { socketPath } from '../files/socket-path.ts'
import type { RedisPlace } from './types.ts'

export type PrivatePlace = Extract<RedisPlace, { kind: 'private' }>

/**
 * The socket of a fleet's own Redis: `redis.sock` in the state folder, or in `/tmp/agents-<uid>/` when that is too long.
 * Makes the folder.
 * @param tmp for tests. @default '/tmp'
 * @throws {UserError} `FOLDER_FOREIGN` when another user has taken the folder
 */
export function serverSocket(stateDir: string, tmp = '/tmp'): Promise<string> {
  return socketPath(stateDir, 'redis', '.redis', tmp)
}

export function filesOf({ dir }: Pick<PrivatePlace, 'dir'>) {
  return {
    config: join(dir, 'redis.conf'),
    log: join(dir, 'redis.log'),
    pid: join(dir, 'redis.pid'),
    /** Ours: which process it is, for certain. */
    record: join(dir, 'server.json'),
    lock: join(dir, 'server.lock'),
    /** The data. */
    appendOnly: join(dir, 'appendonlydir'),
    manifest: join(dir, 'appendonlydir', 'appendonly.aof.manifest'),
  }
}

/**
 * A server for one user and one machine: no TCP, a socket that only its user reaches, everything in an append-only file
 * whose cut-off end is taken without asking, and nothing ever thrown away for want of memory.
 */
export function configText(place: PrivatePlace): string {
  const files = filesOf(place)
  const lines: (readonly [string, string])[] = [
    ['port', '0'],
    ['unixsocket', quoted(place.socket)],
    ['unixsocketperm', '700'],
    ['protected-mode', 'yes'],
    ['dir', quoted(place.dir)],
    // Nobody's child: see startProcess.
    ['daemonize', 'yes'],
    ['pidfile', quoted(files.pid)],
    ['logfile', quoted(files.log)],
    ['loglevel', 'notice'],
    ['always-show-logo', 'no'],
    ['save', '""'],
    ['appendonly', 'yes'],
    ['appendfilename', '"appendonly.aof"'],
    ['appenddirname', '"appendonlydir"'],
    ['appendfsync', place.fsync],
    ['aof-load-truncated', 'yes'],
    ['maxmemory', '0'],
    ['maxmemory-policy', 'noeviction'],
    ['enable-debug-command', 'no'],
    ['enable-module-command', 'no'],
    ['enable-protected-configs', 'no'],
  ]
  const head = '# Written anew by agents at each start of this server.'
  return `${[head, ...lines.map((line) => line.join(' '))].join('\n')}\n`
}

/** As redis.conf reads a word: in double quotes, odd bytes as \xHH. */
export function quoted(word: string): string {
  const bytes = [...Buffer.from(word)].map((byte) => {
    const char = String.fromCharCode(byte)
    if (char === '"' || char === '\\') return `\\${char}`
    return byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : char
  })
  return `"${bytes.join('')}"`
}
