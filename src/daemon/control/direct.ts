import type { Fleet, Problem } from '../../core/index.ts'
import type { Program } from '../keeper.ts'
import type { FleetControl } from './control.ts'
import type { DirectParts } from './direct-parts.ts'
import { controlVerbs } from './remote.ts'

/** How long a watchdog may take to say that it is there. Milliseconds. */
export const helloMs = 5_000
export const hello = { verb: 'hello', args: [] }

export interface OpenOptions {
  configPath: string
  /** The operator's environment. */
  env: NodeJS.ProcessEnv
  program: Program
  /** Also tries every pattern of the file on hostile lines, which takes a moment. */
  thorough?: boolean
  /** Without an agents.toml a tinytown.toml beside it will do. */
  townOnly?: boolean
  /** Words in front of the command that starts a tmux server, see `TmuxOptions.scope`. */
  scope?: readonly string[]
}

/** Why the fleet cannot be changed now, only looked at, and what a person can do. */
export interface Silence {
  code: 'WATCHDOG_SILENT' | 'FILES_FOLDER'
  what: string
  fix: string
}

export interface Direct {
  control: FleetControl
  close(): Promise<void>
}

/** Built, and loaded, on first use: a command that goes through the watchdog needs no adapters of its own. */
export function createDirect(
  options: OpenOptions,
  fleet: Fleet,
  problems: Problem[],
  blocked: ReadonlyMap<string, string>,
  socketPath: string,
  silence?: Silence,
): Direct {
  let parts: Promise<DirectParts> | undefined
  const open = () => {
    parts ??= import('./direct-parts.ts').then(({ buildDirect }) =>
      buildDirect(options, fleet, problems, blocked, socketPath, silence),
    )
    return parts
  }
  const lazy =
    <K extends keyof FleetControl>(verb: K) =>
    async (...args: unknown[]): Promise<unknown> => {
      const { control } = await open()
      return (control[verb] as (...given: unknown[]) => Promise<unknown>)(...args)
    }
  const control = Object.fromEntries(
    controlVerbs.map((verb) => [verb, lazy(verb)]),
  ) as unknown as FleetControl
  return {
    control,
    close: async () => {
      if (parts === undefined) return
      const { world, engine, loop, memories } = await parts
      await engine.settled()
      // A fetch whose answer nobody waited for any more would outlive the command.
      await loop.close()
      if (memories.pending()) await memories.flush()
      await world.reports.flush()
      await world.events.flush()
      await world.tmux.close()
    },
  }
}
