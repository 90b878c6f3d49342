import { expect, test } from 'vitest'
import { hashOfKey, makeAuthKey } from './auth-key.ts'

test('the hash is that of the key, in the form that townhall checks', () => {
  const { key, hash } = makeAuthKey()
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  const salt = Buffer.from(hash.split('$')[4]!, 'base64')
  expect(hashOfKey(key, salt)).toBe(hash)
})
