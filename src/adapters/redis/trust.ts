import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errnoOf } from '../files/errno.ts'
import { type Context, troubleError } from './refusal.ts'

/** Bytes; the bundle of all public authorities has a quarter of it. */
const MOST = 1024 * 1024

/**
 * The certificates to trust, as text (PEM). Read for each connection, so that a file that was renewed counts.
 * @throws {OutsideError} `REDIS_AWAY` when it cannot be read or holds none
 */
export async function readTrust(path: string, context: Context): Promise<string> {
  const refuse = (why: string, cause?: unknown) =>
    troubleError(
      {
        code: 'REDIS_AWAY',
        what: `cannot be trusted: the certificates in ${path} ${why}`,
        fix: 'Correct redis_ca in [town]: a file with -----BEGIN CERTIFICATE----- of whoever signed for the server.',
        retryable: false,
      },
      context,
      '',
      cause,
    )
  try {
    // Not held up by a FIFO.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stat = await file.stat()
      if (!stat.isFile() || stat.size > MOST) throw refuse('are no file of certificates')
      const text = await file.readFile('utf8')
      if (!text.includes('-----BEGIN CERTIFICATE-----')) throw refuse('are none: it holds no PEM')
      return text
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error)?.startsWith('E') === true) throw refuse(`cannot be read (${errnoOf(error)})`, error)
    throw error
  }
}
