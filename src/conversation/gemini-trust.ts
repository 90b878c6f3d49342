import { dirname, join } from 'node:path'
import type { ConversationFiles } from '../adapters/conversations/types.ts'
import { shape, text } from '../core/shape.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Whether Gemini CLI may ask in this folder whether it is trusted: it does (0.61) where no rule of `trustedFolders.json`
 * covers the folder, unless `security.folderTrust.enabled` is false or a variable says so. A yes it answers by starting
 * itself anew, with the arguments that it was given: an id of ours is taken by then, and it ends. What cannot be read counts
 * as a yes.
 * @param home its folder, `~/.gemini` mostly
 */
export async function geminiAsksTrust(
  files: ConversationFiles,
  home: string,
  dir: string,
  env: Env,
): Promise<boolean> {
  const said = env.GEMINI_CLI_TRUST_WORKSPACE
  if (said === 'true' || said === 'false' || env.GEMINI_RESTRICTED_MODE === 'true') return false
  const [settings, rules, canonical] = await Promise.all([
    files.json(join(home, 'settings.json')),
    files.json(env.GEMINI_CLI_TRUSTED_FOLDERS_PATH || join(home, 'trustedFolders.json')),
    files.canonical(dir),
  ])
  if (shape(shape(shape(settings)?.security)?.folderTrust)?.enabled === false) return false
  const covered = await Promise.all(
    Object.entries(shape(rules) ?? {}).map(async ([path, level]) => {
      const folder = await files.canonical(text(level) === 'TRUST_PARENT' ? dirname(path) : path)
      return `${canonical}/`.startsWith(`${folder.replace(/\/+$/, '')}/`)
    }),
  )
  return !covered.includes(true)
}
