import { OutsideError } from '../core/index.ts'
import type { Town } from './town.ts'

/** A process of this machine. */
export interface HereProcess {
  pid: number
  /** Its command line, arguments parted by blanks. */
  args: string
}

/**
 * Every client of the town's Redis is on this machine, and so is the server: then a worker that has no process here has
 * none anywhere. A worker of `tt` keeps its connection while its CLI runs. False where the server does not tell.
 */
export async function onlyClientsHere(town: Town, processes: readonly HereProcess[]): Promise<boolean> {
  const [info, clients] = await town.redis.pipeline([
    ['INFO', 'server'],
    ['CLIENT', 'LIST'],
  ])
  if (info instanceof OutsideError || clients instanceof OutsideError) return false
  const pid = Number(/^process_id:(\d+)/m.exec(String(info))?.[1])
  const server = processes.find((one) => one.pid === pid)
  if (server === undefined || !/redis|valkey/.test(server.args)) return false
  return clientAddresses(String(clients)).every(isLocal)
}

/** `addr` of each line of CLIENT LIST. */
const clientAddresses = (list: string): string[] =>
  [...list.matchAll(/(?:^|\s)addr=(\S*)/g)].map(([, address]) => address ?? '')

/** A unix socket, or the machine's own loopback. */
const isLocal = (address: string): boolean =>
  address.startsWith('/') ||
  address.endsWith(':0') ||
  /^(127\.\d+\.\d+\.\d+|\[?::1\]?|\[?::ffff:127\.[\d.]+\]?):\d+$/.test(address)
