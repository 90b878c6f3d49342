import { Exit, UserError } from '../../core/errors.ts'
import { toJson } from '../text.ts'
import type { Command } from '../types.ts'

export const command: Command = async (call, deps) => {
  if (call.args[0] !== 'gen-key')
    throw new UserError({
      code: 'CLI_ARGUMENTS',
      what: `agents auth ${call.args[0]} is not understood.`,
      fix: 'Write agents auth gen-key.',
      exit: Exit.usage,
    })
  const { makeAuthKey } = await import('../../town/setup/auth-key.ts')
  const { key, hash } = makeAuthKey()
  await deps.io.out(call.options.json === true ? toJson({ version: 1, key, hash }) : text(key, hash))
  return Exit.done
}

/** Key and hash stand alone on their lines, as tinytown prints them. */
const text = (
  key: string,
  hash: string,
): string => `The key, for those who call townhall (it is shown this once):
${key}

Its hash, for tinytown.toml:
${hash}

[townhall.auth]
mode = "api_key"
api_key_hash = "${hash}"
api_key_scopes = ["town.read", "town.write"]
`
