import { Exit, UserError } from '../../core/index.ts'
import { redactUrl } from './redact.ts'

export interface Address {
  host: string
  port: number
}

export type Where =
  | { kind: 'unix'; path: string }
  | ({ kind: 'tcp'; tls: Tls | undefined } & Address)
  | {
      kind: 'sentinel'
      sentinels: Address[]
      /** Of the Sentinels and of the master alike. */
      tls: Tls | undefined
      master: string
      user: string | undefined
      password: string | undefined
    }

export interface Tls {
  /** False with `#insecure`: the certificate is not checked. */
  verify: boolean
}

/** What a URL says. */
export interface Target {
  where: Where
  user: string | undefined
  password: string | undefined
  db: number
}

/** A target with the certificates to trust; undefined: those that Node trusts. */
export type TrustedTarget = Target & { ca: string | undefined }

const FORMS = [
  'Write one of:',
  '  redis://[user:password@]host[:port][/db]   (rediss:// for TLS)',
  '  unix:///path/to/socket[?db=1&user=…&pass=…]   (redis+unix:// too)',
  '  redis+sentinel://[user:password@]host[:port][,host[:port]…]/master[/db][?sentinel_password=…]   (rediss+sentinel:// for TLS)',
  'Characters like @ : / # ? % in a user, password or path are percent-encoded, e.g. %40 for @.',
].join('\n')

/** Bytes; Linux takes 107, macOS 103. */
const LONGEST_SOCKET = 107

/**
 * Reads a Redis URL. Parts may be percent-encoded.
 * @throws {UserError} `REDIS_URL`, with the URL but without its password
 */
export function parseRedisUrl(url: string): Target {
  const scheme = /^([a-z][a-z0-9+]*):\/\//i.exec(url.trim())
  const rest = url.trim().slice(scheme?.[0].length ?? 0)
  switch (scheme?.[1]?.toLowerCase()) {
    case 'redis':
      return tcp(url, rest, undefined)
    case 'rediss':
      return tcp(url, rest, tlsOf(rest))
    case 'unix':
    case 'redis+unix':
      return unix(url, rest)
    case 'redis+sentinel':
      return sentinel(url, rest, undefined)
    case 'rediss+sentinel':
      return sentinel(url, rest, tlsOf(rest))
    default:
      throw bad(url, 'it has no scheme that is known')
  }
}

const tlsOf = (rest: string): Tls => ({ verify: !/#insecure$/.test(rest) })

function tcp(url: string, rest: string, tls: Tls | undefined): Target {
  const { account, hosts, path, query } = split(url, rest)
  if (hosts.includes(',')) throw bad(url, 'it names more than one host')
  const address = addressOf(url, hosts, 6379)
  const [db = '', ...more] = path.split('/').filter((part) => part !== '')
  if (more.length > 0) throw bad(url, 'its path is no number of a database')
  return { where: { kind: 'tcp', ...address, tls }, ...account, db: dbOf(url, db || query.get('db') || '') }
}

function unix(url: string, rest: string): Target {
  const [before = '', search = ''] = cut(rest, '?')
  const path = decoded(url, before)
  if (!path.startsWith('/')) throw bad(url, 'the path of its socket is not absolute')
  // A longer one is cut off without a word, and another socket may be there.
  if (Buffer.byteLength(path) > LONGEST_SOCKET)
    throw bad(url, `the path of its socket is longer than ${LONGEST_SOCKET} bytes, which no socket has`)
  const query = new URLSearchParams(search)
  return {
    where: { kind: 'unix', path },
    user: query.get('user') ?? query.get('username') ?? undefined,
    password: query.get('pass') ?? query.get('password') ?? undefined,
    db: dbOf(url, query.get('db') ?? ''),
  }
}

function sentinel(url: string, rest: string, tls: Tls | undefined): Target {
  const { account, hosts, path, query } = split(url, rest)
  const sentinels = hosts.split(',').map((host) => addressOf(url, host, 26379))
  const [master, db = ''] = path.split('/').filter((part) => part !== '')
  if (master === undefined) throw bad(url, 'it does not name the master')
  const where: Where = {
    kind: 'sentinel',
    sentinels,
    tls,
    master: decoded(url, master),
    user: query.get('sentinel_user') ?? undefined,
    password: query.get('sentinel_password') ?? undefined,
  }
  return { where, ...account, db: dbOf(url, db || query.get('db') || '') }
}

function split(url: string, rest: string) {
  const [beforeHash = ''] = cut(rest, '#')
  const [before = '', search = ''] = cut(beforeHash, '?')
  const slash = before.indexOf('/')
  const authority = slash === -1 ? before : before.slice(0, slash)
  const at = authority.lastIndexOf('@')
  const [user = '', password] = at === -1 ? ['', undefined] : cut(authority.slice(0, at), ':')
  return {
    account: {
      user: user === '' ? undefined : decoded(url, user),
      password: password === undefined ? undefined : decoded(url, password),
    },
    hosts: authority.slice(at + 1),
    path: slash === -1 ? '' : before.slice(slash),
    query: new URLSearchParams(search),
  }
}

function addressOf(url: string, text: string, usual: number): Address {
  const found = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s@]+)(?::(\d{1,5}))?$/.exec(text)
  if (found === null) throw bad(url, text === '' ? 'it names no host' : 'its host or port cannot be read')
  const port = found[2] === undefined ? usual : Number(found[2])
  if (port < 1 || port > 65_535) throw bad(url, 'its port is not between 1 and 65535')
  return { host: decoded(url, found[1]!.replace(/^\[|\]$/g, '')), port }
}

function dbOf(url: string, text: string): number {
  if (!/^\d{0,9}$/.test(text)) throw bad(url, 'the number of its database cannot be read')
  return Number(text)
}

/** At the first `mark`; the second part is undefined without one. */
function cut(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function decoded(url: string, text: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(text))
    throw bad(url, 'a % in it is not followed by two hex digits (write %25)')
  try {
    return decodeURIComponent(text)
  } catch {
    throw bad(url, 'its percent-encoding is not UTF-8')
  }
}

function bad(url: string, why: string): UserError {
  return new UserError({
    code: 'REDIS_URL',
    what: `the Redis URL ${redactUrl(url)} cannot be used: ${why}`,
    fix: FORMS,
    exit: Exit.usage,
  })
}
