import { createHash } from 'node:crypto'
import { OutsideError } from '../../core/index.ts'
import { dial, oldError } from './dial.ts'
import { healthOf, pairs, parseInfo, productOf, tooOld } from './info.ts'
import { createLine } from './line.ts'
import type { Link } from './link.ts'
import { redactUrl } from './redact.ts'
import { type Context, troubleError } from './refusal.ts'
import type { Command, Health, Redis, Reply, Script, Word } from './types.ts'
import { parseRedisUrl, type TrustedTarget } from './url.ts'
import { before, late, within } from './within.ts'
import { untilWritten } from './written.ts'

/**
 * Where a server is (a `RedisPlace` fits): a URL, with the password that counts where it has none and the certificates to
 * trust; or its unix socket.
 */
export type RedisAt =
  | { url: string; password?: string | undefined; ca?: string | undefined }
  | { socket: string }

export type RedisOptions = RedisAt & {
  /** For CLIENT LIST: `agents-watchdog`, `agents-cli`. Ours begin with `agents-`. */
  name: string
  /** For connecting and for each call, milliseconds. @default 2000 */
  deadlineMs?: number
}

/** More calls than this are not sent while as many wait for an answer. */
const MOST_CALLS = 1000

/**
 * A connection to Redis; see `Redis`. Connects with the first call. After a loss it connects again by itself, at first
 * within 50 ms, then slower, never more than 4 s apart; a call in a pause fails at once.
 * @throws {UserError} `REDIS_URL`
 */
export function createRedis(options: RedisOptions): Redis {
  const target = targetOf(options)
  const deadlineMs = options.deadlineMs ?? 2000
  const context = contextOf(options, target)
  const line = createLine((signal) => dial(target, options.name, deadlineMs, context, signal), context)
  let calls = 0

  async function talk<T>(command: string, body: (link: Link) => Promise<T>): Promise<T> {
    const named = { ...context, command }
    if (calls >= MOST_CALLS) throw tooMany(named)
    calls += 1
    try {
      const until = performance.now() + deadlineMs
      const link = await before(line.link(), until, () => slowDial(named))
      return await within(link, until, named, () => body(link))
    } finally {
      calls -= 1
    }
  }

  /** @throws {OutsideError} `REDIS_TIMEOUT`: done, and nobody knows whether it survives */
  async function kept(link: Link, command: string): Promise<void> {
    const named = { ...context, command }
    const send: Link['send'] = (words) =>
      within(link, performance.now() + deadlineMs, named, () => link.send(words))
    if (!(await untilWritten(link, send))) throw late(named)
  }

  return {
    call: (...command) => talk(command[0], (link) => link.send(command)),
    bytes: (...command) => talk(command[0], (link) => link.sendRaw(command)),
    async script(script, keys, args) {
      let used: Link | undefined
      const reply = await talk(script.name, (link) => {
        used = link
        return runScript(link, script, keys, args)
      })
      if (script.durable === true && used !== undefined) await kept(used, script.name)
      return reply
    },
    pipeline: (commands) => talk('pipeline', (link) => runPipeline(link, commands)),
    multi: (commands) => talk('MULTI', (link) => runMulti(link, commands)),
    up: line.up,
    onLost: line.onLost,
    wake: line.wake,
    health: () => talk('INFO', (link) => readHealth(link, context)),
    close: line.close,
  }
}

function targetOf(at: RedisAt): TrustedTarget {
  if ('url' in at) {
    const target = parseRedisUrl(at.url)
    return { ...target, password: target.password ?? at.password, ca: at.ca }
  }
  return {
    where: { kind: 'unix', path: at.socket },
    user: undefined,
    password: undefined,
    db: 0,
    ca: undefined,
  }
}

function contextOf(at: RedisAt, target: TrustedTarget): Context {
  const { where, password } = target
  const secrets = [password, where.kind === 'sentinel' ? where.password : undefined]
  return {
    server: `the Redis at ${'url' in at ? redactUrl(at.url) : at.socket}`,
    secrets: secrets.filter((secret) => secret !== undefined),
  }
}

const hashes = new Map<string, string>()

function sha1(lua: string): string {
  let hash = hashes.get(lua)
  if (hash === undefined) {
    hash = createHash('sha1').update(lua).digest('hex')
    hashes.set(lua, hash)
  }
  return hash
}

/** EVAL also loads it, so that the next EVALSHA finds it. */
async function runScript(
  link: Link,
  script: Script,
  keys: readonly string[],
  args: readonly Word[],
): Promise<Reply> {
  const rest = [keys.length, ...keys, ...args]
  try {
    return await link.send(['EVALSHA', sha1(script.lua), ...rest])
  } catch (error) {
    if (!(error instanceof OutsideError && error.stderr.startsWith('NOSCRIPT'))) throw error
    return link.send(['EVAL', script.lua, ...rest])
  }
}

async function runPipeline(link: Link, commands: readonly Command[]): Promise<(Reply | OutsideError)[]> {
  const settled = await link.together(() => Promise.allSettled(commands.map((command) => link.send(command))))
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value
    if (!(one.reason instanceof OutsideError) || one.reason.code === 'REDIS_LOST') throw one.reason
    return one.reason
  })
}

async function runMulti(link: Link, commands: readonly Command[]): Promise<Reply[]> {
  const settled = await link.together(() => {
    const all: Command[] = [['MULTI'], ...commands, ['EXEC']]
    return Promise.allSettled(all.map((command) => link.send(command)))
  })
  // The command that was refused tells more than EXEC, which then says that it was aborted.
  const refused = settled.find((one) => one.status === 'rejected')
  if (refused !== undefined) throw refused.reason
  return (settled.at(-1) as PromiseFulfilledResult<Reply>).value as Reply[]
}

async function readHealth(link: Link, context: Context): Promise<Health> {
  const [text, config] = await link.together(() =>
    Promise.all([
      link.send(['INFO']),
      link
        .send(['CONFIG', 'GET', 'save', 'appendonly', 'maxmemory', 'maxmemory-policy'])
        .then(pairs, ifRefused),
    ]),
  )
  const info = parseInfo(String(text))
  if (tooOld(info)) throw oldError(productOf(info), context)
  return healthOf(info, config)
}

/** CONFIG is refused by many who rent out servers, and by ACLs. */
function ifRefused(error: unknown): undefined {
  if (error instanceof OutsideError && ['REDIS_AUTH', 'REDIS_REPLY'].includes(error.code)) return undefined
  throw error
}

function tooMany(context: Context): OutsideError {
  const what = `has not answered ${MOST_CALLS} calls yet; this one was not sent`
  return troubleError({ code: 'REDIS_AWAY', what, retryable: true }, context)
}

function slowDial(context: Context): OutsideError {
  return troubleError({ code: 'REDIS_AWAY', what: 'does not take the connection', retryable: true }, context)
}
