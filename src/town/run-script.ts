import type { Script } from '../adapters/redis/types.ts'
import { repeated } from './repeat.ts'
import { type Town, textsOf } from './town.ts'

/**
 * What a script of lua/ answers, its word first. Asked once more where nobody knows whether it was done: only for scripts
 * that say the same, or that it was the same, when they are run twice.
 */
export async function runScript(
  town: Town,
  script: Script,
  args: readonly (string | number)[],
): Promise<string[]> {
  return textsOf(await repeated(() => town.redis.script(script, [town.keys.root], args)))
}
