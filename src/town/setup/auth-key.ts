import { randomBytes } from 'node:crypto'
import { argon2id } from '@noble/hashes/argon2.js'

/** Memory in KiB, passes, lanes: what tinytown's townhall checks a key with. */
const COST = { m: 19_456, t: 2, p: 1 }

/**
 * A key for the REST interface of tinytown's townhall, and its Argon2id hash for `[townhall.auth] api_key_hash`.
 * @returns key: 64 hexadecimal digits, 256 bits of the system's generator; hash: in PHC form
 */
export function makeAuthKey(): { key: string; hash: string } {
  const key = randomBytes(32).toString('hex')
  return { key, hash: hashOfKey(key, randomBytes(16)) }
}

export function hashOfKey(key: string, salt: Uint8Array): string {
  const hash = argon2id(key, salt, { ...COST, dkLen: 32 })
  return `$argon2id$v=19$m=${COST.m},t=${COST.t},p=${COST.p}$${base64(salt)}$${base64(hash)}`
}

/** As PHC has it: without padding. */
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
