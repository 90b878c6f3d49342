import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'

export const command: Command = async (call, deps) => {
  if (['check', 'schema', 'path'].includes(call.args[0] ?? '') && call.args.length > 1) throw oneWord(call)
  switch (call.args[0]) {
    case 'check':
      return check(call, deps)
    case 'path':
      return path(call, deps)
    case 'schema':
      await deps.io.out(toJson(await deps.jsonSchema()))
      return Exit.done
    default:
      return (await import('./config-keys.ts')).configKeys(call, deps)
  }
}

async function check(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const read = await deps.readConfig(call.config, { thorough: true })
  const ok = read.kind === 'ok' && !read.problems.some((problem) => problem.severity === 'error')
  const body = read.problems.length === 0 ? '' : `${await deps.renderProblems(read.problems)}\n\n`
  if (call.options.json === true) {
    await deps.io.out(toJson({ version: 1, path: read.path, ok, problems: read.problems }))
  } else await deps.io.out(`${body}${read.path}: ${ok ? 'ok' : 'not ok'}${count(read.problems.length)}\n`)
  return ok ? Exit.done : Exit.usage
}

function count(problems: number): string {
  if (problems === 0) return ''
  return `, ${problems} ${problems === 1 ? 'problem' : 'problems'}`
}

async function path(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const found = await deps.configPath(call.config)
  await deps.io.out(call.options.json === true ? toJson({ version: 1, path: found }) : `${found}\n`)
  return Exit.done
}

function oneWord({ args }: Invocation): UserError {
  return new UserError({
    code: 'CLI_ARGUMENTS',
    what: `agents config ${args[0]} does not take "${args[1]}".`,
    fix: `Write agents config ${args[0]}.`,
    exit: Exit.usage,
  })
}
