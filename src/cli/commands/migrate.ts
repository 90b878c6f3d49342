import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { type Migrated, migrateKeys, migrateRecords } from '../../town/archive/migrate.ts'
import type { Town } from '../../town/town.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { withTown } from '../with-town.ts'

/** Old forms of tinytown's data, brought into the form of today. Exit 1 when a key could not be. */
export const command: Command = (call, deps) =>
  withTown(call, deps, async ({ town }) => {
    const kind = call.options.hash === true ? 'records' : 'keys'
    const migrate = kind === 'records' ? migrateRecords : migrateKeys
    const dryRun = call.options['dry-run'] === true
    const planned = await migrate(town, true)
    if (dryRun || planned.length === 0) return tell(planned, { kind, dryRun, town }, call, deps)
    if (call.options.force !== true) await consent(planned, { kind, town }, deps)
    return tell(await migrate(town, false), { kind, dryRun, town }, call, deps)
  })

interface Context {
  kind: 'records' | 'keys'
  dryRun: boolean
  town: Town
}

/** Keys without a town say of nobody whose they are: the one who types this must know. */
async function consent(
  planned: readonly Migrated[],
  { kind, town }: Omit<Context, 'dryRun'>,
  deps: CliDeps,
): Promise<void> {
  const count = planned.filter(({ result }) => result === 'would').length
  const what =
    kind === 'records'
      ? `${count} records of the town ${town.name} are JSON texts and become hashes.`
      : `${count} keys of no town become those of the town ${town.name}.`
  // tinytown's own asks standard input, whatever that is; so `echo y | tt migrate` works.
  if (!deps.io.tty && deps.program !== 'tt')
    throw new UserError({
      code: 'MIGRATE_CONSENT',
      what: `${what} Nothing was changed.`,
      fix: 'See them with --dry-run; do it with --force.',
      exit: Exit.usage,
    })
  await deps.io.err(`${what} Go on? [y/N] `)
  if (/^y(?:es)?$/i.test((await deps.askLine()).trim())) return
  throw new UserError({ code: 'MIGRATE_CANCELLED', what: 'Nothing was changed.' })
}

async function tell(
  results: readonly Migrated[],
  context: Context,
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  const failed = results.filter(({ result }) => result === 'failed').length
  const { kind, dryRun, town } = context
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, town: town.name, kind, dryRun, results, failed })
      : text(results, context),
  )
  return failed === 0 ? Exit.done : Exit.failed
}

function text(results: readonly Migrated[], { kind, dryRun }: Context): string {
  if (results.length === 0)
    return kind === 'keys' ? 'no key without a town was found\n' : 'every record is a hash already\n'
  const lines = results.map(({ key, to, result, why }) => {
    const place = key === to ? key : `${key} → ${to}`
    return `${result === 'would' ? 'would change' : result.padEnd(6)}  ${visible(place)}${why === undefined ? '' : `: ${visible(why)}`}`
  })
  const failed = results.filter(({ result }) => result === 'failed').length
  const sum = `${results.length - failed} ${dryRun ? 'would be changed' : 'changed'}, ${failed} failed`
  return `${[...lines, sum].join('\n')}\n`
}
