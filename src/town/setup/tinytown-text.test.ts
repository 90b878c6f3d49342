import TOML from '@iarna/toml'
import { expect, test } from 'vitest'
import { tinytownFile } from './tinytown-file.ts'
import { tinytownText, tinytownUrl } from './tinytown-text.ts'

const url = (text: string, password?: string) => tinytownUrl({ kind: 'url', url: text, password })

test.each([
  ['redis://h:1/2', undefined, 'redis://h:1/2'],
  ['redis://h:1/2', 'p@ss/ü', 'redis://:p%40ss%2F%C3%BC@h:1/2'],
  ['rediss://me@h', 'p', 'rediss://me:p@h'],
  ['redis://me:own@h', 'p', 'redis://me:own@h'],
  ['redis://:own@h', 'p', 'redis://:own@h'],
  ['unix:///a/b', 'p&q', 'unix:///a/b?pass=p%26q'],
  ['unix:///a/b?db=1', 'p', 'unix:///a/b?db=1&pass=p'],
  ['unix:///a/b?pass=x', 'p', 'unix:///a/b?pass=x'],
  ['redis+sentinel://h/m', 'p', undefined],
  ['rediss+sentinel://h/m', 'p', undefined],
])('%s with %s is %s', (text, password, expected) => {
  expect(url(text, password)).toBe(expected)
})

test('the socket of a private server, and what is written is read again', () => {
  const address = tinytownUrl({ kind: 'private', socket: '/tmp/a b#?%/s', dir: '/d', fsync: 'everysec' })
  expect(address).toBe('unix:///tmp/a%20b%23%3F%25/s')
  expect(tinytownFile(TOML.parse(tinytownText('shop', address!)), '/x')).toEqual({
    name: 'shop',
    url: address,
  })
})
