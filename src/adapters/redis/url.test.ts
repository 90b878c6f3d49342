import { describe, expect, test } from 'vitest'
import { UserError } from '../../core/index.ts'
import { redactUrl } from './redact.ts'
import { parseRedisUrl } from './url.ts'

const tcp = (over = {}) => ({
  where: { kind: 'tcp', host: 'h', port: 6379, tls: undefined, ...over },
  user: undefined,
  password: undefined,
  db: 0,
})

describe('parseRedisUrl', () => {
  test.each([
    ['redis://h', tcp()],
    ['REDIS://h:7/3', { ...tcp({ port: 7 }), db: 3 }],
    ['redis://h?db=4', { ...tcp(), db: 4 }],
    ['redis://:p%40s%3As%2F@h/0', { ...tcp(), password: 'p@s:s/' }],
    ['redis://me:pw@[::1]:1', { ...tcp({ host: '::1', port: 1 }), user: 'me', password: 'pw' }],
    ['rediss://h', tcp({ tls: { verify: true } })],
    ['rediss://h/1#insecure', { ...tcp({ tls: { verify: false } }), db: 1 }],
  ])('%s', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target)
  })

  test('unix sockets', () => {
    const where = { kind: 'unix', path: '/tmp/a b/s' }
    expect(parseRedisUrl('unix:///tmp/a%20b/s')).toEqual({
      where,
      user: undefined,
      password: undefined,
      db: 0,
    })
    expect(parseRedisUrl('redis+unix:///tmp/a b/s?db=1&pass=p%26w&user=me')).toEqual({
      where,
      user: 'me',
      password: 'p&w',
      db: 1,
    })
    expect(parseRedisUrl('unix:///s?password=x').password).toBe('x')
  })

  test('sentinels', () => {
    expect(parseRedisUrl('redis+sentinel://:pw@a,b:2,[::1]:3/main/5?sentinel_password=s')).toEqual({
      where: {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 2 },
          { host: '::1', port: 3 },
        ],
        master: 'main',
        user: undefined,
        password: 's',
      },
      user: undefined,
      password: 'pw',
      db: 5,
    })
  })

  test.each([
    'h:6379',
    'http://h',
    'redis://',
    'redis://h:0',
    'redis://h:99999',
    'redis://h:secret',
    'redis://h/x',
    'redis://h/1/2',
    'redis://a,b',
    'redis://:se%cret@h',
    'redis://:%ffsecret@h',
    'redis://:se/cret@h',
    'unix://tmp/secret',
    'unix:///s?db=x&pass=secret',
    `unix:///${'s'.repeat(107)}?pass=secret`,
    'redis+sentinel://:secret@h',
    'rediss+sentinel://:secret@h',
    '',
  ])('refuses %j with what to write, and without its password', (url) => {
    let error: unknown
    try {
      parseRedisUrl(url)
    } catch (cause) {
      error = cause
    }
    expect(error).toBeInstanceOf(UserError)
    const { code, fix, message, exit } = error as UserError
    expect({ code, exit }).toEqual({ code: 'REDIS_URL', exit: 2 })
    expect(fix).toContain('redis://')
    if (!url.startsWith('unix://tmp')) expect(message).not.toContain('secret')
  })
})

describe('redactUrl', () => {
  test.each([
    ['redis://h:6379/0', 'redis://h:6379/0'],
    ['redis://127.0.0.1', 'redis://127.0.0.1'],
    ['rediss://[::1]:1/2#insecure', 'rediss://[::1]:1/2#insecure'],
    ['unix:///run/redis.sock?db=1', 'unix:///run/redis.sock?db=1'],
    ['redis+sentinel://a:1,b:2/main/0', 'redis+sentinel://a:1,b:2/main/0'],
    ['redis://:s3cret@h/1', 'redis://***@h/1'],
    ['redis://me:s3cret@h', 'redis://***@h'],
    ['redis://s3cret@h', 'redis://***@h'],
    ['redis://:s3%40cret@h', 'redis://***@h'],
    ['redis://:s3@cr/et@h', 'redis://***@h'],
    ['redis://:s3?cr#et@h', 'redis://***@h'],
    ['redis://user:s3cret', 'redis://***'],
    ['redis://:s3cret', 'redis://***'],
    ['redis://h:s3cret/0', 'redis://***'],
    ['redis+sentinel://:s3cret@a:1,:s3cret@b/main', 'redis+sentinel://***@b/main'],
    ['redis+sentinel://a:1,b:s3cret/main', 'redis+sentinel://***'],
    ['unix:///s?db=1&pass=s3cret', 'unix:///s?db=1&pass=***'],
    ['unix:///s?pass=s3&cret#x&db=1', 'unix:///s?pass=***'],
    ['redis://h?PASSWORD=s3cret', 'redis://h?PASSWORD=***'],
    ['redis://h?s3cret', 'redis://h?***=***'],
    [':s3cret@h:1', '***@h:1'],
    ['s3cret', 's3cret'],
    ['', ''],
  ])('%s → %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown)
  })
})
