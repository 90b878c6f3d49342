import { OutsideError } from '../../core/index.ts'
import type { RedisCode } from './types.ts'

/** What an error says of itself, whoever found it. */
export interface Trouble {
  code: RedisCode
  /** `the Redis at /path` is put in front. */
  what: string
  fix?: string
  retryable: boolean
}

export interface Context {
  /** `the Redis at /path/to/socket`, without a password. */
  server: string
  /** Name of the command or script, for the sentence. */
  command?: string
  /** Taken out of everything the server says. */
  secrets?: readonly string[]
}

type Row = [word: RegExp, trouble: Trouble]

const MEMORY = 'Let agents work their messages off, or give it more memory (maxmemory).'
const DISK = 'Make room on its disk; it goes on by itself.'
const WRITER = 'Name the server that takes writes, or end its role as a replica: REPLICAOF NO ONE'

/** By the first word of an error reply, in this order. */
const ROWS: readonly Row[] = [
  [/^OOM\b/, { code: 'REDIS_FULL', what: 'has no memory left for writes', fix: MEMORY, retryable: true }],
  [
    /^MISCONF\b/,
    {
      code: 'REDIS_DISK',
      what: 'cannot write to its disk and so refuses writes',
      fix: DISK,
      retryable: true,
    },
  ],
  [/^READONLY\b/, { code: 'REDIS_READONLY', what: 'is a read-only replica', fix: WRITER, retryable: true }],
  [
    /^MASTERDOWN\b/,
    { code: 'REDIS_READONLY', what: 'is a replica that has lost its master', fix: WRITER, retryable: true },
  ],
  [/^NOREPLICAS\b/, { code: 'REDIS_READONLY', what: 'has too few replicas to take writes', retryable: true }],
  [
    /^(NOAUTH\b|ERR .*authentication required)/i,
    {
      code: 'REDIS_AUTH',
      what: 'wants a password',
      fix: 'Put it into the URL, redis://:PASSWORD@host, or into the variable that redis_password_env in [town] names (TINYTOWN_REDIS_PASSWORD).',
      retryable: false,
    },
  ],
  [
    /^(WRONGPASS\b|ERR invalid (username-)?password)/i,
    {
      code: 'REDIS_AUTH',
      what: 'refuses the user name or the password',
      fix: 'Correct it in the URL (characters like @ : / # ? % are percent-encoded there), or in the variable that redis_password_env in [town] names.',
      retryable: false,
    },
  ],
  [
    /^NOPERM\b/,
    {
      code: 'REDIS_AUTH',
      what: 'does not allow this to our user',
      fix: 'Let its ACL allow it: ACL SETUSER',
      retryable: false,
    },
  ],
  [
    /^DENIED\b/,
    {
      code: 'REDIS_AUTH',
      what: 'is in protected mode and takes no connection from here',
      fix: 'Give it a password, or bind it to this network on purpose.',
      retryable: false,
    },
  ],
  [/^LOADING\b/, { code: 'REDIS_LOADING', what: 'is still loading its data', retryable: true }],
  [
    /^(BUSY|TRYAGAIN)\b/,
    {
      code: 'REDIS_BUSY',
      what: 'is busy with a script that takes too long',
      fix: 'Wait, or end that script: SCRIPT KILL',
      retryable: true,
    },
  ],
  [/script killed/i, { code: 'REDIS_BUSY', what: 'had the script killed by somebody', retryable: true }],
  [
    /^WRONGTYPE\b/,
    { code: 'REDIS_TYPE', what: 'holds something of another type under that key', retryable: false },
  ],
  [
    /^ERR max number of clients/i,
    {
      code: 'REDIS_AWAY',
      what: 'has no room for another connection',
      fix: 'Raise its maxclients, or end clients that are not needed.',
      retryable: true,
    },
  ],
  [
    /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)\b/,
    {
      code: 'REDIS_REPLY',
      what: 'is a Redis Cluster, which a town cannot live in',
      fix: 'Name a single server or a Sentinel.',
      retryable: false,
    },
  ],
]

/** An error reply of the server, in our words. The server refused the call: nothing of it was done. */
export function refusal(reply: string, context: Context): OutsideError {
  const text = withoutSecrets(reply, context.secrets ?? [])
  const found = ROWS.find(([word]) => word.test(text))?.[1]
  const trouble = found ?? { code: 'REDIS_REPLY', what: 'refused the call', retryable: false }
  return troubleError(trouble, context, text)
}

export function troubleError(trouble: Trouble, context: Context, said = '', cause?: unknown): OutsideError {
  return new OutsideError({
    tool: 'redis',
    code: trouble.code,
    what: `${context.server} ${trouble.what}`,
    fix: trouble.fix,
    args: context.command === undefined ? [] : [context.command],
    stderr: said,
    retryable: trouble.retryable,
    cause,
  })
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

const AWAY: Record<string, Pick<Trouble, 'what' | 'fix'>> = {
  ENOENT: { what: 'is not there: its socket does not exist', fix: 'Start it, or correct the path.' },
  ECONNREFUSED: { what: 'is not running: nobody listens there', fix: 'Start it, or correct the address.' },
  EACCES: { what: 'may not be reached: no right to its socket', fix: 'Run as the user who owns it.' },
  // Codex' sandbox, for one: it lets no connection through unless it is told to.
  EPERM: {
    what: 'may not be reached: the system forbids the connection',
    fix: 'In the sandbox of an agent CLI: let its commands connect (docs/tinytown.md, "What its CLI may do").',
  },
  ENOTFOUND: { what: 'cannot be found: its host name is unknown', fix: 'Correct the host name.' },
  EAI_AGAIN: { what: 'cannot be found: the name service does not answer' },
  ETIMEDOUT: { what: 'does not answer' },
  EHOSTUNREACH: { what: 'cannot be reached: no way to its host' },
  ENETUNREACH: { what: 'cannot be reached: no network' },
  EMFILE: { what: 'cannot be reached: this process has too many open files' },
}

const TLS_CODES = /^(ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/

/** A connection that could not be made: nothing was sent. */
export function awayError(cause: unknown, context: Context): OutsideError {
  const code = codeOf(cause)
  if (TLS_CODES.test(code)) {
    const fix =
      'Name who signed it, redis_ca = "/path/to/ca.pem" in [town] (or NODE_EXTRA_CA_CERTS), or correct the host name.'
    return troubleError(
      {
        code: 'REDIS_AWAY',
        what: `shows a certificate that is not trusted (${code})`,
        fix,
        retryable: false,
      },
      context,
      '',
      cause,
    )
  }
  const known = AWAY[code] ?? { what: `cannot be reached${code === '' ? '' : ` (${code})`}` }
  return troubleError({ code: 'REDIS_AWAY', retryable: true, ...known }, context, '', cause)
}

function codeOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** The connection was ended on purpose. */
export function lostByUs(context: Context): OutsideError {
  const what = 'was not waited for: the connection was closed; nobody knows whether it was done'
  return troubleError({ code: 'REDIS_LOST', what, retryable: true }, context)
}
