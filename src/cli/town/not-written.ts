import type { TomlWritten } from '../../adapters/files/toml-files.ts'
import { UserError } from '../../core/errors.ts'

/** What stands in the way of a file that was to be written, said of it: `agents.toml was changed …`. */
export const whyNotWritten = (done: Exclude<TomlWritten, { kind: 'written' }>): string =>
  done.kind === 'changed'
    ? 'was changed by somebody else meanwhile; nothing was written'
    : `cannot be written (${done.why})`

export const notWritten = (
  code: string,
  path: string,
  done: Exclude<TomlWritten, { kind: 'written' }>,
  fix = 'Try again.',
): UserError => new UserError({ code, what: `${path} ${whyNotWritten(done)}.`, fix, file: path })
