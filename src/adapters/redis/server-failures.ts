import { shellQuote } from '../../core/quote.ts'
import { filesOf, type PrivatePlace } from './server-config.ts'
import { startEmpty } from './server-log.ts'
import type { ServerState } from './types.ts'

export type Failed = Extract<ServerState, { kind: 'missing-tool' | 'failed' }>

const failed = (why: string, fix: string): Failed => ({ kind: 'failed', why, fix })

export const hangs = (pid: number): Failed =>
  failed(`redis-server (process ${pid}) runs but does not answer`, `See what it does: ps -p ${pid}`)

export const isStopped = (pid: number): Failed =>
  failed(`redis-server (process ${pid}) is stopped`, `Let it go on: kill -CONT ${pid}`)

export const inTheWay = (place: PrivatePlace, dir: string): Failed =>
  failed(
    `another redis-server, whose data is in ${dir}, listens on ${place.socket}`,
    `End it: redis-cli -s ${shellQuote(place.socket)} shutdown`,
  )

export const tooOld = (path: string, version: number): Failed =>
  failed(`${path} is version ${version}; 7.0 or later is needed`, 'Install Redis 7.0 or later, or Valkey.')

export const noManifest = (place: PrivatePlace): Failed =>
  failed(
    `its data in ${filesOf(place).appendOnly} has no manifest, and a server that is started would begin with nothing`,
    startEmpty(place),
  )

export const writtenByValkey = (place: PrivatePlace, path: string): Failed =>
  failed(
    `its data in ${filesOf(place).appendOnly} was written by Valkey, which ${path} cannot read`,
    'Install valkey-server: it is taken then, and the data is as it was.',
  )

/** @param percent loaded; undefined: it never said that it loads */
export function slow(place: PrivatePlace, ms: number, percent: number | undefined): Failed {
  const after = `${Math.round(ms / 1000)} s`
  if (percent === undefined)
    return failed(`it does not answer after ${after}`, `See its log: ${filesOf(place).log}`)
  return failed(`it is still loading its data after ${after} (${percent} %)`, 'Wait; it goes on by itself.')
}
