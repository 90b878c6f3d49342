import { join, resolve } from 'node:path'
import type { Host } from '../../adapters/host/types.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { parseEnvFile } from '../../service/index.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'
import { configHome } from './plan.ts'
import { scopeWords } from './systemd.ts'

/** What the unit runs: stays, and brings the watchdog back when it should be there and is not. */
export async function run(call: Invocation, deps: CliDeps, host: Host): Promise<ExitCode> {
  const print = (text: string) => void deps.io.out(`${visible(text, { newlines: true })}\n`)
  await deps.runService({
    configPath: resolve(deps.cwd, call.config ?? 'agents.toml'),
    stateDir: await stateDirOf(call, deps),
    env: { ...deps.env, ...(await ownEnv(host, deps, print)) },
    scopeNow: async () => (deps.env.AGENTS_SERVICE === 'systemd' ? scopeWords(host) : []),
    print,
    signal: deps.io.interrupted(),
  })
  return Exit.done
}

/** Named by the unit, so that it is known also while the config is broken. */
async function stateDirOf(call: Invocation, deps: CliDeps): Promise<string> {
  const named = call.options['state-dir']
  if (typeof named !== 'string') return (await fleetOf(call, deps)).stateDir
  if (named.startsWith('/')) return named
  throw new UserError({
    code: 'CLI_OPTION_VALUE',
    what: '--state-dir needs an absolute path.',
    fix: 'Leave it out, or write the whole path.',
    exit: Exit.usage,
  })
}

/**
 * Keys that no login shell exports after a boot: `~/.config/agents/env`, ours alone. One that others can read is not
 * used, and that is said.
 */
async function ownEnv(host: Host, deps: CliDeps, print: (text: string) => void) {
  const path = join(configHome(deps), 'agents/env')
  const seen = await host.look(path)
  if (seen === undefined) return {}
  if (seen.kind === 'file' && seen.uid === host.uid && (seen.mode & 0o077) === 0)
    return parseEnvFile((await host.readText(path)) ?? '')
  print(`${path} is not used: it must be a file of yours that nobody else can read (chmod 600)`)
  return {}
}
