import { realpath } from 'node:fs/promises'
import { OutsideError } from '../../core/index.ts'
import { errnoOf, unless } from '../files/errno.ts'
import { pairs, parseInfo } from './info.ts'
import { type Link, openLink } from './link.ts'
import { type Context, lostByUs } from './refusal.ts'
import type { PrivatePlace } from './server-config.ts'
import { within } from './within.ts'

/** What answers on the socket of a private server. */
export type Look =
  | { kind: 'ready'; pid: number; fsync: string }
  | { kind: 'loading'; pid: number; percent: number }
  /** A redis-server of another folder. */
  | { kind: 'foreign'; dir: string }
  /** Takes the connection, or would, and does not answer. */
  | { kind: 'silent' }
  /** Nobody listens. */
  | { kind: 'absent' }

/** @param deadlineMs @default 1000 */
export async function look(place: PrivatePlace, deadlineMs = 1000): Promise<Look> {
  try {
    return await withLink(place, deadlineMs, (link) => ask(link, place))
  } catch (error) {
    return unanswered(error)
  }
}

/** On a connection of its own. */
export async function withLink<T>(
  place: PrivatePlace,
  deadlineMs: number,
  body: (link: Link) => Promise<T>,
): Promise<T> {
  const context: Context = { server: `the Redis at ${place.socket}` }
  const until = performance.now() + deadlineMs
  const link = await openLink({ path: place.socket }, deadlineMs, context, new AbortController().signal)
  try {
    return await within(link, until, context, () => body(link))
  } finally {
    link.drop(lostByUs(context))
  }
}

/** When what is written is on disk: as the place says it. */
export async function setSync(place: PrivatePlace): Promise<void> {
  await withLink(place, 2000, (link) => link.send(['CONFIG', 'SET', 'appendfsync', place.fsync]))
}

async function ask(link: Link, place: PrivatePlace): Promise<Look> {
  const [, setting, text] = await link.together(() =>
    Promise.all([
      link.send(['CLIENT', 'SETNAME', 'agents-look']),
      link.send(['CONFIG', 'GET', 'dir', 'appendfsync']),
      link.send(['INFO']),
    ]),
  )
  const settings = pairs(setting)
  const dir = settings.dir ?? ''
  if (dir !== (await ownDir(place))) return { kind: 'foreign', dir }
  const info = parseInfo(String(text))
  const pid = Number(info.process_id)
  if (info.loading !== '1') return { kind: 'ready', pid, fsync: settings.appendfsync ?? '' }
  return { kind: 'loading', pid, percent: Math.floor(Number(info.loading_loaded_perc ?? 0)) }
}

/** As the server names it: links resolved. */
async function ownDir(place: PrivatePlace): Promise<string> {
  return (await unless(['ENOENT'], () => realpath(place.dir))) ?? place.dir
}

function unanswered(error: unknown): Look {
  if (!(error instanceof OutsideError) || error.tool !== 'redis') throw error
  if (error.code === 'REDIS_TIMEOUT') return { kind: 'silent' }
  // It ended just now, or its connections were waiting when it did.
  if (error.code === 'REDIS_LOST') return { kind: 'absent' }
  const errno = errnoOf(error.cause) ?? ''
  // EAGAIN: its queue of new connections is full.
  if (['ETIMEDOUT', 'EAGAIN'].includes(errno)) return { kind: 'silent' }
  if (['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'ENOTSOCK', 'ENOTDIR'].includes(errno))
    return { kind: 'absent' }
  throw error
}
