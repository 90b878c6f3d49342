import { expect, test } from 'vitest'
import { tinytownFile } from './tinytown-file.ts'

const at = (table: unknown) => tinytownFile(table, '/srv/shop')

test('an address wins over a socket, a socket over host and port', () => {
  expect(at({ name: 'a', redis: { url: 'redis://h/3', use_socket: true } })?.url).toBe('redis://h/3')
  expect(at({ name: 'a' })?.url).toBe('unix:///srv/shop/.tt/redis.sock')
  expect(at({ name: 'a', redis: { socket_path: '/run/r.sock' } })?.url).toBe('unix:///run/r.sock')
  expect(at({ name: 'a', redis: { use_socket: false, host: '::1', port: 7000 } })?.url).toBe(
    'redis://[::1]:7000',
  )
})

test('a password with signs of an address in it stays one', () => {
  const redis = { use_socket: false, password: 'a@b:/c', tls_enabled: true }
  expect(at({ name: 'a', redis })?.url).toBe('rediss://:a%40b%3A%2Fc@127.0.0.1:6379')
})

test('a table without a name is none of tinytown', () => {
  expect(at({ redis: {} })).toBeUndefined()
  expect(at(undefined)).toBeUndefined()
})
