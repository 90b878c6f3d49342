import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessId } from '../../core/index.ts'
import { makeFolders } from '../files/make-folders.ts'
import type { Answer } from './answer.ts'
import type { Launcher } from './launcher.ts'
import { oneShot } from './one-shot.ts'
import { identifyServer, listenerOf, serverAlive } from './server-identity.ts'

/** What we know of the server's process, the proof that it is gone, and the mending of one that cannot be reached. */
export interface ServerWatch {
  identity(): ProcessId | undefined
  /** The server itself named its pid. */
  learn(pid: number): Promise<ProcessId | undefined>
  /** A server that lives although nobody answers at the socket; undefined: proven that there is none. */
  hidden(): Promise<ProcessId | undefined>
  repair(): Promise<string | undefined>
}

export function createServerWatch(deps: {
  launcher: Launcher
  socketPath: string
  deadlineMs: number
  known: ProcessId | undefined
}): ServerWatch {
  let known = deps.known

  function probe(): Promise<Answer> {
    return oneShot(deps.launcher, [[['display-message', '-p', '#{pid}']]], deps.deadlineMs)
  }

  async function learn(pid: number): Promise<ProcessId | undefined> {
    const found = await identifyServer(pid)
    if (found !== undefined) known = found
    return found
  }

  async function hidden(): Promise<ProcessId | undefined> {
    if (known !== undefined && (await serverAlive(known))) return known
    const listener = await listenerOf(deps.socketPath)
    if (listener !== undefined) known = listener
    return listener
  }

  /** tmux makes its socket again on SIGUSR1, if the folder is there. */
  async function bringSocketBack(server: ProcessId): Promise<string | undefined> {
    if (!makeFolder(dirname(deps.socketPath)) || !signal(server, 'SIGUSR1')) return undefined
    for (let tries = 0; tries < 20; tries++) {
      await sleep(25)
      const answer = await probe()
      if (answer.kind === 'replies')
        return `asked tmux server ${server.pid} for its socket ${deps.socketPath}: it is back`
      if (answer.kind === 'exited') return endStuck(server)
    }
    return undefined
  }

  /** A server stuck in its exit (F5) never comes back. One that is just dying gets half a second to do so. */
  async function endStuck(server: ProcessId): Promise<string | undefined> {
    for (let tries = 0; tries < 5; tries++) {
      await sleep(100)
      if (!(await serverAlive(server)) || (await probe()).kind !== 'exited') return undefined
    }
    if (!(await serverAlive(server)) || !signal(server, 'SIGKILL')) return undefined
    for (let tries = 0; tries < 100 && (await serverAlive(server)); tries++) await sleep(10)
    return `killed tmux server ${server.pid}, which was stuck in its exit`
  }

  return {
    identity: () => known,
    learn,
    hidden,
    async repair() {
      const answer = await probe()
      if (answer.kind !== 'no-server' && answer.kind !== 'exited') return undefined
      const server = await hidden()
      if (server === undefined) return undefined
      return answer.kind === 'exited' ? endStuck(server) : bringSocketBack(server)
    },
  }
}

function makeFolder(path: string): boolean {
  try {
    if (makeFolders(path, 0o700)) chmodSync(path, 0o700)
    return true
  } catch {
    return false // not ours to write: the server could not make its socket there either
  }
}

function signal(server: ProcessId, name: NodeJS.Signals): boolean {
  try {
    return process.kill(server.pid, name)
  } catch {
    return false // ended in the meantime, or another user's
  }
}
