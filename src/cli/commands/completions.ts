import { Exit, UserError } from '../../core/errors.ts'
import { bashScript } from '../completions/bash.ts'
import { fishScript } from '../completions/fish.ts'
import { zshScript } from '../completions/zsh.ts'
import { knownNames } from '../names.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'

const SCRIPTS: Record<string, () => string> = { bash: bashScript, zsh: zshScript, fish: fishScript }

export const command: Command = async (call, deps) => {
  if (call.options.names === true) return names(call, deps)
  const script = SCRIPTS[call.args[0] ?? '']
  if (script !== undefined) {
    await deps.io.out(script())
    return Exit.done
  }
  throw new UserError({
    code: 'CLI_ARGUMENTS',
    what:
      call.args[0] === undefined
        ? 'Which shell?'
        : `"${call.args[0]}" is no shell that completions exist for.`,
    fix: 'Write agents completions bash, zsh or fish.',
    exit: Exit.usage,
  })
}

/** Called at each TAB: whatever is wrong with the config, there is nothing to complete and nothing to say. */
async function names(call: Invocation, deps: CliDeps) {
  const [read] = await Promise.allSettled([deps.readConfig(call.config)])
  if (read.status === 'fulfilled' && read.value.kind === 'ok') {
    await deps.io.out(`${knownNames(read.value.fleet).join('\n')}\n`)
  }
  return Exit.done
}
