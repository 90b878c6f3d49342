import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { discard, writeAtomic } from './atomic-write.ts'
import { errnoOf, filesError, unless } from './errno.ts'
import { lookAtLink, takeLink } from './link-lock.ts'
import { ownerIsAlive, ownOwner, processIsStopped } from './owner.ts'
import { parseJson } from './record.ts'
import { ensureFolder, ownUid } from './safe-folder.ts'
import { readRegular } from './safe-open.ts'
import type { Locks } from './types.ts'

type Instance = Awaited<ReturnType<Locks['instance']>>

const ASK_MS = 300
const RECORD = 'watchdog.pid'

/**
 * The watchdog's lock, in two layers that must both be free: abstract sockets (Linux; the kernel lets go of them when
 * the holder dies, and even a deleted state folder does not) and a link with pid and start time in the state folder
 * (other systems, and other network namespaces that share the folder). `watchdog.pid` tells people.
 */
export async function takeInstance(folder: string, version: string): Promise<Instance> {
  await ensureFolder(folder)
  const stateDir = await realpath(folder)
  const sockets = await takeSockets(await socketNames(stateDir))
  if (sockets.kind === 'held') return { kind: 'held', pid: sockets.pid ?? (await recordedPid(stateDir)) }
  try {
    const link = await takeLink(join(stateDir, 'watchdog.lock'))
    if (link.kind === 'held') {
      sockets.close()
      return { kind: 'held', pid: link.owner?.pid }
    }
    await writeRecord(stateDir, version)
    const release = async () => {
      await discard(join(stateDir, RECORD))
      await link.release()
      sockets.close()
    }
    return { kind: 'got', lock: { release } }
  } catch (error) {
    sockets.close()
    throw error
  }
}

/**
 * By path, so that a folder that was deleted and made anew is still held; and by device and inode, so that a second
 * path to the same folder (a bind mount) is held too. Always in this order.
 */
async function socketNames(stateDir: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const { dev, ino } = await stat(stateDir, { bigint: true })
  return [stateDir, `${dev}:${ino}`].map((key) => {
    const hash = createHash('sha256').update(key).digest('hex').slice(0, 40)
    return `\0agents-watchdog-${ownUid()}-${hash}`
  })
}

/**
 * Who holds it, without taking it: a look that took it for a moment kept a watchdog out that was started in that moment.
 * Writes nothing: a full or read-only disk hides no fleet.
 * @returns undefined when it is free
 */
export async function instanceHolder(folder: string): Promise<{ pid: number | undefined } | undefined> {
  const stateDir = await unless(['ENOENT', 'ENOTDIR'], () => realpath(folder))
  if (stateDir === undefined) return undefined
  for (const name of await socketNames(stateDir)) {
    const answer = await ask(name)
    if (answer.held) return { pid: answer.pid ?? (await recordedPid(stateDir)) }
  }
  const link = await lookAtLink(join(stateDir, 'watchdog.lock'))
  return link.kind === 'held' ? { pid: link.owner?.pid } : undefined
}

type Sockets = { kind: 'got'; close: () => void } | { kind: 'held'; pid: number | undefined }

async function takeSockets(names: readonly string[]): Promise<Sockets> {
  const servers: Server[] = []
  const close = () => {
    for (const server of servers) server.close()
  }
  for (const name of names) {
    const server = await listen(name)
    if (server === undefined) {
      close()
      return { kind: 'held', pid: (await ask(name)).pid }
    }
    servers.push(server)
  }
  return { kind: 'got', close }
}

/** undefined when the name is taken. */
function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((client) => {
      client.on('error', () => client.destroy())
      client.end(`${process.pid}\n`)
    })
    server.on('error', (error) => {
      if (errnoOf(error) === 'EADDRINUSE') resolve(undefined)
      else reject(filesError('FILES_LOCK', 'the watchdog lock cannot be made', error))
    })
    server.listen(name, () => resolve(server.unref()))
  })
}

/** A holder that does not answer in time is stopped, or busy, and holds the lock all the same. */
function ask(name: string): Promise<{ held: boolean; pid: number | undefined }> {
  return new Promise((resolve) => {
    let text = ''
    let held = false
    const client = createConnection(name)
    client.setTimeout(ASK_MS, () => client.destroy())
    client.on('connect', () => {
      held = true
    })
    client.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    client.on('error', (error) => {
      // A queue of those who ask that is full, too, is somebody's.
      held ||= errnoOf(error) !== 'ECONNREFUSED'
      client.destroy()
    })
    client.on('close', () =>
      resolve({ held, pid: /^\d+\n/.test(text) ? Number.parseInt(text, 10) : undefined }),
    )
  })
}

async function writeRecord(stateDir: string, version: string): Promise<void> {
  const { pid, start, boot } = await ownOwner()
  const since = new Date().toISOString()
  await writeAtomic(join(stateDir, RECORD), `${JSON.stringify({ pid, start, boot, since, version })}\n`)
}

async function recordedPid(stateDir: string): Promise<number | undefined> {
  const read = await readRegular(join(stateDir, RECORD), 4096)
  if (read.kind !== 'ok') return undefined
  const { pid, start, boot } = (parseJson(read.text) ?? {}) as Record<string, unknown>
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof boot !== 'string') return undefined
  return (await ownerIsAlive({ pid, start, boot })) ? pid : undefined
}

/** The pid of the watchdog of this state folder while its process is stopped (SIGSTOP, ^Z); undefined otherwise, or when unknown. */
export async function stoppedHolder(stateDir: string): Promise<number | undefined> {
  const pid = await recordedPid(stateDir)
  return pid !== undefined && (await processIsStopped(pid)) ? pid : undefined
}
