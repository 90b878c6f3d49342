import { leaveGoneTerminal } from '../adapters/tty/gone-terminal.ts'
import { visible } from '../core/text.ts'
import { createDeps } from './deps.ts'
import { dispatch } from './dispatch.ts'

/** The bin. Prints what went wrong, sets the exit code; nobody above us is left to catch. */
async function main(argv: readonly string[]): Promise<void> {
  const deps = createDeps()
  process.exitCode = await perform(argv, deps)
  await deps.io.out('')
  leaveGoneTerminal()
  process.exit()
}

async function perform(argv: readonly string[], deps: ReturnType<typeof createDeps>): Promise<number> {
  try {
    return await dispatch(argv, deps)
  } catch (error) {
    const { describeError } = await import('./report-error.ts')
    const report = describeError(error, await deps.installHint())
    await (argv.includes('--json') ? deps.io.out(report.json) : deps.io.err(report.text))
    if (deps.program === 'tt' && argv.some((word) => word === '-v' || word === '--verbose'))
      await deps.io.err(`${traceOf(error)}\n`)
    return report.exit
  }
}

/** Where an error came from, cause below cause. */
const traceOf = (error: unknown): string =>
  error instanceof Error
    ? [
        ...(error.stack ?? String(error)).split('\n').map((line) => visible(line)),
        ...(error.cause === undefined ? [] : [traceOf(error.cause)]),
      ].join('\n')
    : String(error)

void main(process.argv.slice(2))
