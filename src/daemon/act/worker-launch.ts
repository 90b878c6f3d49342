import { passEnv } from '../../backends/env.ts'
import type { Launch } from '../../backends/launch.ts'
import type { AgentSpec, BackendSpec } from '../../core/index.ts'
import { placeVariables } from '../town/variables.ts'
import type { World } from '../world.ts'

/**
 * What the session of a worker runs: this very program, without a shell. The CLI's own command is put together for each
 * round (backends/round.ts).
 */
export function workerLaunch(world: World, spec: AgentSpec, backend: BackendSpec): Launch {
  const { node, entry } = world.program
  const { configPath } = world.fleet()
  const env = { ...passEnv([...backend.passEnv, ...placeVariables(world.fleet())], world.env), ...spec.env }
  return {
    argv: [node, entry, 'worker', spec.name, '--config', configPath],
    env,
    delivery: 'exec',
    summary: `worker, rounds of ${backend.name}`,
  }
}
