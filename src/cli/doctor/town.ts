import type { TownReport } from '../../core/index.ts'
import { withFleet } from '../with-fleet.ts'
import { type Check, ok, type Patient, problem, warning } from './check.ts'
import { sandboxChecks } from './sandbox.ts'

/** The town of the fleet and what its server says of itself. Nothing where there is none; its files are the folders' part. */
export async function townChecks(patient: Patient): Promise<Check[]> {
  const { call, deps, fleet } = patient
  if (fleet === undefined) return []
  const { town } = await withFleet(call, deps, ({ control }) => control.status())
  if (town === undefined || town.state === 'off') return []
  return [reachCheck(town), ...serverChecks(town), ...(await sandboxChecks(patient))]
}

function reachCheck({ state, name, reasons }: TownReport): Check {
  const why = reasons.join(' ')
  if (state === 'ok') return ok('town', `${name} can be reached${why === '' ? '' : `; ${why}`}`)
  if (state === 'degraded') return warning('town', `${name} is degraded: ${why}`)
  return problem('town', `${name ?? 'The town'} cannot be reached: ${why || 'it was not looked for yet'}`)
}

/** What its server says of itself. */
function serverChecks({ server }: TownReport): Check[] {
  if (server?.version === undefined) return []
  const [major = 0] = server.version.split('.').map(Number)
  const name = `${server.product ?? 'redis'} ${server.version}`
  const checks = [
    major >= 7
      ? ok('town.version', name)
      : problem('town.version', `${name} is older than 7.0.`, 'Use Redis 7.0 or later, or Valkey.'),
  ]
  const { persistence, eviction } = server
  if (persistence === undefined)
    checks.push(warning('town.persistence', 'It does not tell whether it keeps its data.'))
  else if (persistence === 'aof') checks.push(ok('town.persistence', 'append-only file'))
  else
    checks.push(
      warning(
        'town.persistence',
        persistence === 'rdb'
          ? 'It keeps snapshots only: the last minutes are lost when it dies.'
          : 'It keeps nothing: all is lost when it dies.',
        'Set `appendonly yes` in its configuration.',
      ),
    )
  if (eviction !== undefined && eviction !== 'noeviction')
    checks.push(
      warning(
        'town.eviction',
        `It throws data away when its memory is full (${eviction}).`,
        'Set `maxmemory-policy noeviction` in its configuration.',
      ),
    )
  return checks
}
