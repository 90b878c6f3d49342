import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { healthOf, parseInfo, productOf, tooOld } from './info.ts'
import { nextPauseMs } from './pause.ts'
import { awayError, refusal } from './refusal.ts'
import { configText, quoted } from './server-config.ts'
import { failureOf, noteOf } from './server-log.ts'
import { redisCodes } from './types.ts'

const context = { server: 'the Redis at /s', command: 'SET', secrets: ['s3cret'] }

describe('an error reply', () => {
  test.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", 'REDIS_FULL', true],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'REDIS_DISK', true],
    [
      "READONLY You can't write against a read only replica. script: 0, on @user_script:1.",
      'REDIS_READONLY',
      true,
    ],
    ['MASTERDOWN Link with MASTER is down', 'REDIS_READONLY', true],
    ['NOREPLICAS Not enough good replicas to write.', 'REDIS_READONLY', true],
    ['NOAUTH Authentication required.', 'REDIS_AUTH', false],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'REDIS_AUTH', false],
    ["NOPERM this user has no permissions to run the 'set' command", 'REDIS_AUTH', false],
    ['DENIED Redis is running in protected mode', 'REDIS_AUTH', false],
    ['LOADING Redis is loading the dataset in memory', 'REDIS_LOADING', true],
    ['BUSY Redis is busy running a script.', 'REDIS_BUSY', true],
    ['ERR Error running script: Script killed by user with SCRIPT KILL.', 'REDIS_BUSY', true],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'REDIS_TYPE', false],
    ['ERR max number of clients reached', 'REDIS_AWAY', true],
    ['MOVED 3999 127.0.0.1:6381', 'REDIS_REPLY', false],
    ["ERR unknown command 'X'", 'REDIS_REPLY', false],
  ])('%s is %s', (reply, code, retryable) => {
    const error = refusal(reply, context)
    expect(error).toMatchObject({ tool: 'redis', code, retryable, args: ['SET'] })
    expect(redisCodes).toContain(error.code)
    expect(error.message).toMatch(/^the Redis at \/s \S/)
  })

  test('shows no password that the server repeats', () => {
    expect(
      refusal("ERR unknown command 'x', with args beginning with: 's3cret'", context).stderr,
    ).not.toContain('s3cret')
  })
})

test('a connection that fails is away, with what to do where something can be done', () => {
  const of = (code: string) => awayError(Object.assign(new Error('x'), { code }), context)
  expect(of('ECONNREFUSED')).toMatchObject({ code: 'REDIS_AWAY', retryable: true, fix: expect.any(String) })
  expect(of('EWHATEVER').message).toBe('the Redis at /s cannot be reached (EWHATEVER)')
  expect(of('DEPTH_ZERO_SELF_SIGNED_CERT')).toMatchObject({ code: 'REDIS_AWAY', retryable: false })
  expect(awayError(undefined, context).message).toBe('the Redis at /s cannot be reached')
})

test('a connection that the system forbids is told to be so, with where a sandbox is opened for it', () => {
  const error = awayError(Object.assign(new Error('connect EPERM /s'), { code: 'EPERM' }), context)
  expect(error.message).toBe('the Redis at /s may not be reached: the system forbids the connection')
  const page = /\((docs\/\S+\.md), "([^"]+)"\)/.exec(error.fix ?? '')
  expect(error.fix).toContain('sandbox')
  // The place that it names is there.
  expect(readFileSync(page?.[1] ?? '', 'utf8')).toContain(page?.[2])
})

test('pauses grow from 50 ms to 4 s, and half of each is chance', () => {
  const of = (chance: number) => [0, 1, 2, 3, 10, 1000].map((failures) => nextPauseMs(failures, () => chance))
  expect(of(1)).toEqual([50, 100, 200, 400, 4000, 4000])
  expect(of(0)).toEqual([25, 50, 100, 200, 2000, 2000])
})

describe('health', () => {
  const info = (more: string) => parseInfo(`# Server\r\nredis_version:7.2.4\r\nrun_id:ab\r\n${more}`)

  test('Valkey tells its own version, and an old Redis is too old', () => {
    const valkey = info('server_name:valkey\r\nvalkey_version:8.1.0\r\n')
    expect(productOf(valkey)).toEqual({ product: 'valkey', version: '8.1.0' })
    expect(tooOld(valkey)).toBe(false)
    expect(tooOld(parseInfo('redis_version:6.2.14'))).toBe(true)
    expect(tooOld(parseInfo('redis_version:10.0.0'))).toBe(false)
    expect(tooOld(parseInfo(''))).toBe(false)
  })

  test('what a server does not tell is not known', () => {
    expect(healthOf(info('aof_enabled:0\r\n'), undefined)).toEqual({
      product: 'redis',
      version: '7.2.4',
      runId: 'ab',
      persistence: undefined,
      eviction: undefined,
      degraded: [],
    })
  })

  test('writes that fail and replicas are said', () => {
    const ill = info(
      'role:slave\r\nmaster_host:h\r\nmaster_port:1\r\naof_enabled:1\r\naof_last_write_status:err\r\n',
    )
    expect(healthOf(ill, undefined).degraded).toEqual([
      'It is a replica of h:1: writes are refused.',
      'It cannot write its append-only file: writes are refused until its disk takes them.',
    ])
  })
})

describe('a server of our own', () => {
  const place = { kind: 'private', socket: '/s/it"s \\ ü/s', dir: '/s/town', fsync: 'always' } as const

  test('has its paths quoted as redis.conf reads them', () => {
    expect(quoted(place.socket)).toBe('"/s/it\\"s \\\\ \\xc3\\xbc/s"')
    expect(configText(place)).toContain('appendfsync always\n')
  })

  test('says in its log why it ended', () => {
    const line = (text: string) => `1:M 20 Nov 2026 15:54:05.060 # ${text}`
    expect(failureOf([line('FATAL CONFIG FILE ERROR'), ''], place, 'redis-check-aof')).toEqual({
      why: 'it says: FATAL CONFIG FILE ERROR',
      fix: 'See its log: /s/town/redis.log',
    })
    expect(failureOf([], place, 'redis-check-aof').why).toBe('it ended without a word')
    expect(
      failureOf(
        [line('Bad file format reading the append only file a.1.incr.aof: x')],
        place,
        'valkey-check-aof',
      ).fix,
    ).toContain('\n  valkey-check-aof --fix /s/town/appendonlydir/a.1.incr.aof')
    const later = [
      line("Can't handle RDB format version 12"),
      line('Error reading the RDB preamble of the AOF file'),
    ]
    expect(failureOf(later, place, 'redis-check-aof').why).toBe(
      'its data was written by a later version of it',
    )
    expect(noteOf([line('Ready to accept connections')])).toBeUndefined()
  })
})
