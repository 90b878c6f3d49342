import { join, resolve } from 'node:path'
import type { Host } from '../../adapters/host/types.ts'
import type { AgentSpec } from '../../core/agent-spec.ts'
import type { BackendSpec } from '../../core/backend-spec.ts'
import { Exit, UserError } from '../../core/errors.ts'
import type { Fleet } from '../../core/fleet.ts'
import { maskDeep, maskSecrets, type Private, secretValues } from '../../core/mask.ts'
import { READING_STATES, type ReadingState } from '../../core/reading.ts'
import type { ScreenReport } from '../../core/status.ts'
import { sanitisePaste, visible } from '../../core/text.ts'
import { requireAgent } from '../names.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) =>
  withFleet(call, deps, async ({ fleet, control }) => {
    const name = call.args[0]!
    requireAgent(name, fleet)
    const expected = expectedState(call.options.expect)
    const seen = await control.screen(name)
    if (seen === undefined) throw noScreen(name)
    const host = await deps.host()
    const spec = fleet.agents.find((agent) => agent.name === name)!
    const cli = await versionOf(fleet.backends[spec.backend], spec, host, deps)
    const known = privateThings(spec, seen, deps)
    const note = {
      version: 1,
      recordedAt: new Date(seen.at).toISOString(),
      agents: await deps.version(),
      platform: host.platform,
      backend: seen.backend,
      preset: seen.preset,
      cli,
      expected,
      size: { width: seen.width, height: seen.height },
      title: seen.title,
      command: seen.command,
      reading: seen.reading,
    }
    const base = baseOf(call, fleet, seen, { cli, expected }, deps)
    const text = `${maskSecrets(sanitisePaste(seen.text), known)}\n`
    const files = await save(host, base, text, toJson(maskDeep(note, known)))
    const { state, rule } = seen.reading
    if (call.options.json === true)
      await deps.io.out(toJson({ version: 1, agent: name, reading: state, rule, ...files }))
    else await deps.io.out(savedText(name, seen, files))
    return Exit.done
  })

function savedText(name: string, { reading }: ScreenReport, { screen, note }: Saved): string {
  return visible(
    `${name} reads ${reading.state} (rule ${reading.rule}); saved as\n  ${screen}\n  ${note}\nWhat looks secret was masked; look both over before you share them.\n`,
    { newlines: true },
  )
}

/** @throws {UserError} CLI_STATE, exit 2 */
function expectedState(given: string | boolean | undefined): ReadingState | undefined {
  if (typeof given !== 'string') return undefined
  const found = READING_STATES.find((state) => state === given)
  if (found !== undefined) return found
  throw new UserError({
    code: 'CLI_STATE',
    what: `"${visible(given).slice(0, 40)}" is not a reading.`,
    fix: `Write one of ${READING_STATES.join(', ')}.`,
    exit: Exit.usage,
  })
}

function noScreen(name: string): UserError {
  return new UserError({
    code: 'RECORD_NO_SCREEN',
    what: `${name} has no living terminal that could be read; nothing was saved.`,
    fix: `See agents why ${name}. A saved text is read by agents explain --backend NAME --screen FILE.`,
  })
}

function privateThings(spec: AgentSpec, { width }: ScreenReport, { env, home }: CliDeps): Private {
  const user = env.USER ?? env.LOGNAME
  const values = [...secretValues(env), ...secretValues(spec.env)]
  return { home, values, width, ...(user === undefined ? {} : { user }) }
}

/** Only of programs that are known to take it; a wrapper might do anything with an option. Milliseconds. */
const versionMs = 5_000

async function versionOf(
  backend: BackendSpec | undefined,
  spec: AgentSpec,
  host: Host,
  deps: CliDeps,
): Promise<string | undefined> {
  const { bin, preset } = backend ?? {}
  if (bin === undefined || preset === undefined || !/^[\w./-]+$/.test(bin)) return undefined
  if (bin.split('/').at(-1) !== preset) return undefined
  const path = host.which(bin)
  if (path === undefined) return undefined
  const env = { ...deps.env, ...spec.env }
  const { stdout } = await host.run([path, '--version'], { env, timeoutMs: versionMs })
  return /\d+\.\d+\.\d+(?:-[\w.]+)?/.exec(stdout)?.[0]
}

function baseOf(
  call: Invocation,
  fleet: Fleet,
  seen: ScreenReport,
  { cli, expected }: { cli: string | undefined; expected: ReadingState | undefined },
  deps: CliDeps,
): string {
  const { out, what } = call.options
  const folder = typeof out === 'string' ? resolve(deps.cwd, out) : join(fleet.logDir, 'records')
  const state = expected ?? seen.reading.state
  const words = slug(typeof what === 'string' ? what : seen.reading.rule)
  const parts = [slug(seen.preset ?? seen.backend), slug(cli ?? 'unknown'), `${state}--${words}`]
  return join(folder, ...parts)
}

/** A part of a path made of what somebody wrote. */
function slug(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9.]+/g, '-')
  return plain.replace(/^[-.]+|[-.]+$/g, '').slice(0, 60) || 'screen'
}

interface Saved {
  screen: string
  note: string
}

/** More of one name than anybody records. */
const most = 1_000

/** The first number that is free for both; what is there already stays. @throws {UserError} RECORD_WRITE */
async function save(host: Host, base: string, text: string, note: string): Promise<Saved> {
  for (let count = 1; count <= most; count += 1) {
    const name = count === 1 ? base : `${base}-${count}`
    const files = { screen: `${name}.txt`, note: `${name}.json` }
    if ((await host.look(files.note)) !== undefined) continue
    const written = await host.writeNew(files.screen, text, { private: true })
    if (written.kind === 'exists') continue
    if (written.kind === 'failed') throw unwritable(files.screen, written.why)
    const noted = await host.writeNew(files.note, note, { private: true })
    if (noted.kind === 'failed') throw unwritable(files.note, noted.why)
    return files
  }
  throw unwritable(base, 'there are too many of that name')
}

function unwritable(path: string, why: string): UserError {
  return new UserError({
    code: 'RECORD_WRITE',
    what: `${path} cannot be written (${why}).`,
    fix: 'Name another folder with --out.',
    file: path,
  })
}
