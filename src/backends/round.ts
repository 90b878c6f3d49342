import type { BackendSpec } from '../core/index.ts'
import { substitute } from '../core/quote.ts'

/**
 * The shell text of one round: the user's own (`round_cmd`, `bin`, `flags`) with model and path put in as literal words.
 * @param promptPath absolute; the same text is on its standard input
 * @returns undefined for a backend that is not known to work so
 */
export function roundCommand(
  backend: Pick<BackendSpec, 'bin' | 'roundCmd' | 'ownFlags' | 'modelFlag'>,
  model: string,
  promptPath: string,
): string | undefined {
  if (backend.roundCmd === undefined) return undefined
  const shell = { mode: 'shell' } as const
  const modelWords = model === '' ? '' : substitute(backend.modelFlag, { model }, shell)
  const flags = [modelWords, backend.ownFlags ?? ''].filter((words) => words !== '').join(' ')
  const own = substitute(backend.roundCmd, { bin: backend.bin, flags }, { mode: 'plain' })
  return substitute(own, { prompt: promptPath, model }, shell).trim()
}
