import { Exit, type ExitCode } from '../core/errors.ts'
import { parse } from './parse.ts'
import type { CliDeps } from './types.ts'

/**
 * Parses what was typed and does it. Loads only the module of the verb in question.
 * @throws whatever the verb throws; `run.ts` prints it
 */
export async function dispatch(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  const parsed = parse(argv, deps.program)
  switch (parsed.kind) {
    case 'usage':
      await deps.io.out((await import('./help.ts')).usageText(deps.program))
      return Exit.done
    case 'help':
      await deps.io.out((await import('./help.ts')).verbText(parsed.verb, deps.program))
      return Exit.done
    case 'version':
      await deps.io.out(`${await deps.version()}\n`)
      return Exit.done
    case 'call':
      return (await parsed.verb.load()).command(parsed.call, deps)
  }
}
