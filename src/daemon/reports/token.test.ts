import { expect, test } from 'vitest'
import { bearerNamed, bearerOf, tokenOf } from './token.ts'

const key = 'a'.repeat(64)
const bearer = { agent: 'code-1', nonce: 'f00' }

test('a token names its session to who has the key, and to nobody else', () => {
  const token = tokenOf(key, bearer)
  expect(bearerOf(key, token)).toEqual(bearer)
  expect(bearerOf('b'.repeat(64), token)).toBeUndefined()
  expect(tokenOf(key, { ...bearer, nonce: 'f01' })).not.toBe(token)
})

test.each(['', 'code-1.f00', `code-1.f00.${'x'.repeat(43)}`, 'code-1..x', '../../etc.f00.x', 'a.b.c.d'])(
  '"%s" is no token',
  (text) => expect(bearerOf(key, text)).toBeUndefined(),
)

test('a token cannot be turned into another agent’s', () => {
  const mark = tokenOf(key, bearer).split('.')[2]
  expect(bearerOf(key, `code-2.f00.${mark}`)).toBeUndefined()
  expect(bearerOf(key, `code-1.f01.${mark}`)).toBeUndefined()
})

test('the name of a session is no token, and a token no name', () => {
  expect(bearerNamed('code-1.f00')).toEqual(bearer)
  expect(bearerNamed(tokenOf(key, bearer))).toBeUndefined()
})
