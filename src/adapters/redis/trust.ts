import { readText } from '../files/read-text.ts'
import { type Context, troubleError } from './refusal.ts'

/** Bytes; the bundle of all public authorities has a quarter of it. */
const MOST = 1024 * 1024

/**
 * The certificates to trust, as text (PEM). Read for each connection, so that a file that was renewed counts.
 * @throws {OutsideError} `REDIS_AWAY` when it cannot be read or holds none
 */
export function readTrust(path: string, context: Context): string {
  const read = readText(path, MOST)
  const fault =
    read.kind === 'absent' ? 'is not there' : read.kind === 'refused' ? read.why : faultIn(read.text)
  if (read.kind === 'ok' && fault === undefined) return read.text
  throw troubleError(
    {
      code: 'REDIS_AWAY',
      what: `cannot be trusted: the file of certificates ${path} ${fault}`,
      fix: 'Correct redis_ca in [town]: a file with -----BEGIN CERTIFICATE----- of whoever signed for the server.',
      retryable: false,
    },
    context,
    '',
  )
}

function faultIn(text: string): string | undefined {
  return text.includes('-----BEGIN CERTIFICATE-----') ? undefined : 'holds no PEM'
}
