import { createDeps } from './deps.ts'
import { dispatch } from './dispatch.ts'

/** The bin. Prints what went wrong, sets the exit code; nobody above us is left to catch. */
async function main(argv: readonly string[]): Promise<void> {
  const deps = createDeps()
  process.exitCode = await perform(argv, deps)
  await deps.io.out('')
  process.exit()
}

async function perform(argv: readonly string[], deps: ReturnType<typeof createDeps>): Promise<number> {
  try {
    return await dispatch(argv, deps)
  } catch (error) {
    const { describeError } = await import('./report-error.ts')
    const report = describeError(error, await deps.installHint())
    await (argv.includes('--json') ? deps.io.out(report.json) : deps.io.err(report.text))
    return report.exit
  }
}

void main(process.argv.slice(2))
