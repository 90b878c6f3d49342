import { OutsideError } from '../../core/index.ts'
import { parseInfo, productOf, tooOld } from './info.ts'
import { type Link, openLink, type Peer } from './link.ts'
import { type Context, troubleError } from './refusal.ts'
import { readTrust } from './trust.ts'
import type { Reply } from './types.ts'
import type { Address, Target, Tls, TrustedTarget } from './url.ts'
import { late, within } from './within.ts'

/**
 * Connects, logs in, selects the database, names the connection, and looks whether the server is one we can use. All of
 * it within `deadlineMs`.
 * @throws {OutsideError} `REDIS_AWAY`, `REDIS_AUTH`, `REDIS_OLD`, `REDIS_READONLY` (a Sentinel named a replica)
 */
export async function dial(
  target: TrustedTarget,
  name: string,
  deadlineMs: number,
  context: Context,
  signal: AbortSignal,
): Promise<Link> {
  const until = performance.now() + deadlineMs
  const { where } = target
  if (where.kind === 'unix') return greet({ path: where.path }, target, name, until, context, signal)
  const tls = await trustedTls(where.tls, target.ca, context)
  if (where.kind === 'tcp') return greet({ ...where, tls }, target, name, until, context, signal)
  const ask = (address: Address, share: number) =>
    askSentinel({ ...address, tls }, where, share, context, signal)
  const master = await masterOf(where, until, context, ask)
  return greet({ ...master, tls }, target, name, until, context, signal)
}

async function trustedTls(tls: Tls | undefined, ca: string | undefined, context: Context) {
  if (tls === undefined) return undefined
  return { ...tls, ca: ca === undefined || !tls.verify ? undefined : readTrust(ca, context) }
}

async function greet(
  peer: Peer,
  target: Target,
  name: string,
  until: number,
  context: Context,
  signal: AbortSignal,
): Promise<Link> {
  const link = await openLink(peer, left(until), context, signal)
  try {
    const said = await within(link, until, context, () => introduce(link, target, name))
    check(said, target, context)
    return link
  } catch (error) {
    const why = asAway(error, context)
    link.drop(why)
    throw why
  }
}

type Said = PromiseSettledResult<Reply>

async function introduce(link: Link, target: Target, name: string) {
  const { user, password, db } = target
  const [auth, select, , info] = await link.together(() => {
    // A user without a password is not somebody else: left out, the server's default user would be meant.
    const login = [user, password ?? (user === undefined ? undefined : '')].filter(
      (word) => word !== undefined,
    )
    return Promise.allSettled([
      login.length === 0 ? null : link.send(['AUTH', ...login]),
      db === 0 ? null : link.send(['SELECT', db]),
      link.send(['CLIENT', 'SETNAME', name]),
      link.send(['INFO', target.where.kind === 'sentinel' ? 'default' : 'server']),
    ])
  })
  return { auth, select, info }
}

function check(said: { auth: Said; select: Said; info: Said }, target: Target, context: Context): void {
  // A password for a server that has none is no reason to stay away.
  if (
    said.auth.status === 'rejected' &&
    !/without any password|no password is set/i.test(saidBy(said.auth.reason))
  )
    throw said.auth.reason
  if (said.select.status === 'rejected') throw said.select.reason
  if (said.info.status === 'rejected') {
    // An ACL may forbid INFO: then we do not know, and go on.
    if (/^NOPERM\b/.test(saidBy(said.info.reason))) return
    throw said.info.reason
  }
  const info = parseInfo(String(said.info.value))
  if (tooOld(info)) throw oldError(productOf(info), context)
  if (target.where.kind === 'sentinel' && info.role === 'slave')
    throw troubleError(
      {
        code: 'REDIS_READONLY',
        what: 'is a replica, although Sentinel named it as the master',
        retryable: true,
      },
      context,
    )
}

function saidBy(reason: unknown): string {
  return reason instanceof OutsideError ? reason.stderr : ''
}

export function oldError(found: { product: string; version: string }, context: Context): OutsideError {
  const what = `is ${found.product} ${found.version}, which is too old: 7.0 or later is needed`
  return troubleError(
    { code: 'REDIS_OLD', what, fix: 'Install Redis 7.0 or later, or Valkey.', retryable: false },
    context,
  )
}

/** What breaks before the first call is sent leaves that call undone. */
function asAway(error: unknown, context: Context): OutsideError {
  if (!(error instanceof OutsideError)) throw error
  if (error.code === 'REDIS_TIMEOUT')
    return troubleError(
      { code: 'REDIS_AWAY', what: 'takes connections but does not answer', retryable: true },
      context,
    )
  if (error.code === 'REDIS_LOST')
    return troubleError(
      { code: 'REDIS_AWAY', what: 'closes new connections', retryable: true },
      context,
      '',
      error.cause,
    )
  return error
}

/** Asks one Sentinel after the other. */
async function masterOf(
  where: Extract<Target['where'], { kind: 'sentinel' }>,
  until: number,
  context: Context,
  ask: (address: Address, until: number) => Promise<Address | undefined>,
): Promise<Address> {
  let last: OutsideError | undefined
  for (const [index, address] of where.sentinels.entries()) {
    // None of them may use up the time of the others.
    const share = performance.now() + left(until) / (where.sentinels.length - index + 1)
    const found = await ask(address, share).catch((error: unknown) => {
      if (!(error instanceof OutsideError)) throw error
      last = error
      return undefined
    })
    if (found !== undefined) return found
  }
  const what = `is unknown: no Sentinel names the master ${where.master}`
  throw troubleError({ code: 'REDIS_AWAY', what, retryable: true }, context, last?.stderr ?? '', last)
}

async function askSentinel(
  peer: Exclude<Peer, { path: string }>,
  where: { master: string; user: string | undefined; password: string | undefined },
  until: number,
  context: Context,
  signal: AbortSignal,
): Promise<Address | undefined> {
  const named = { ...context, server: `the Sentinel at ${peer.host}:${peer.port}` }
  const link = await openLink(peer, left(until), named, signal)
  try {
    return await within(link, until, named, async () => {
      const { user, password } = where
      if (password !== undefined) await link.send(['AUTH', ...(user === undefined ? [] : [user]), password])
      const reply = await link.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', where.master])
      if (!Array.isArray(reply)) return undefined
      return { host: String(reply[0]), port: Number(reply[1]) }
    })
  } finally {
    link.drop(late(named))
  }
}

function left(until: number): number {
  return Math.max(1, until - performance.now())
}
