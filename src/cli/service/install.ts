import type { Host } from '../../adapters/host/types.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { MARK } from '../../service/index.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { type Manager, managerOf, type Refusal } from './manager.ts'
import type { ServicePlan } from './plan.ts'

/** Puts the file in place and has the manager run it. Safe to repeat. */
export async function install(
  call: Invocation,
  deps: CliDeps,
  host: Host,
  plan: ServicePlan,
): Promise<ExitCode> {
  const manager = managerOf(plan, host)
  if (call.options.print === true) return print(call, deps, plan)
  const missing = await manager.missing()
  if (missing !== undefined) return withoutManager(call, deps, plan, missing)
  refuseRoot(host)
  const stands = await standingText(host, plan)
  const changed = stands !== plan.text
  if (changed) await write(host, plan)
  const refusal = await manager.activate(plan, changed)
  if (refusal !== undefined) throw notDone(plan, refusal)
  return tell(
    call,
    deps,
    host,
    plan,
    manager,
    stands === undefined ? 'installed' : changed ? 'updated' : 'unchanged',
  )
}

async function print(call: Invocation, deps: CliDeps, plan: ServicePlan): Promise<ExitCode> {
  const { kind, name, file, text } = plan
  await deps.io.out(call.options.json === true ? toJson({ version: 1, kind, name, file, text }) : text)
  return Exit.done
}

/** The file is printed all the same: a person can carry it to where it works. */
async function withoutManager(
  call: Invocation,
  deps: CliDeps,
  plan: ServicePlan,
  why: string,
): Promise<ExitCode> {
  if (call.options.json === true)
    throw new UserError({
      code: 'SERVICE_NO_MANAGER',
      what: `Nothing was installed: ${why}.`,
      fix: `agents service install --print shows the file; where cron runs, a crontab line does: ${plan.cron}`,
      exit: Exit.missingTool,
    })
  await deps.io.err(
    `Nothing was installed: ${visible(why)}.\n` +
      `The file, for ${visible(plan.file)}, is printed on standard output. ` +
      `Where cron runs, this line of \`crontab -e\` does the same:\n  ${visible(plan.cron)}\n`,
  )
  await deps.io.out(plan.text)
  return Exit.missingTool
}

/** @throws {UserError} SERVICE_ROOT, exit 2 */
function refuseRoot(host: Host): void {
  if (host.uid !== 0) return
  throw new UserError({
    code: 'SERVICE_ROOT',
    what: 'A fleet belongs to a user, and root is none: nothing was installed.',
    fix: 'Run it as the user whose agents these are. --print shows the file.',
    exit: Exit.usage,
  })
}

/** @throws {UserError} SERVICE_FOREIGN when a file stands there that is not ours */
export async function standingText(host: Host, plan: ServicePlan): Promise<string | undefined> {
  const seen = await host.look(plan.file)
  if (seen === undefined) return undefined
  const text = seen.kind === 'file' ? await host.readText(plan.file) : undefined
  if (text?.includes(MARK) === true) return text
  throw new UserError({
    code: 'SERVICE_FOREIGN',
    what: `${visible(plan.file)} was not written by agents and is left alone.`,
    fix: 'Move it away, then try again.',
    file: plan.file,
  })
}

async function write(host: Host, plan: ServicePlan): Promise<void> {
  if (plan.kind === 'launchd') await host.makeFolder(plan.logDir)
  const written = await host.replace(plan.file, plan.text)
  if (written.kind === 'written') return
  throw new UserError({
    code: 'SERVICE_WRITE',
    what: `${visible(plan.file)} cannot be written: ${visible(written.why)}`,
    file: plan.file,
  })
}

const notDone = (plan: ServicePlan, { did, why }: Refusal): UserError =>
  new UserError({
    code: 'SERVICE_REFUSED',
    what: `\`${visible(did)}\` failed: ${visible(why)}. The file ${visible(plan.file)} is in place.`,
    fix: 'Mend that and run it again, or take the file away with agents service uninstall.',
  })

async function tell(
  call: Invocation,
  deps: CliDeps,
  host: Host,
  plan: ServicePlan,
  manager: Manager,
  result: 'installed' | 'updated' | 'unchanged',
): Promise<ExitCode> {
  const { kind, name, file } = plan
  const { enabled, active, linger } = await manager.standing(plan)
  const notes = notesOf(plan, linger, deps.env.USER ?? String(host.uid))
  if (call.options.json === true)
    await deps.io.out(toJson({ version: 1, result, kind, name, file, enabled, active, linger, notes }))
  else
    await deps.io.out(
      [`${result}: ${visible(file)} (${active ? 'runs' : 'does not run yet'})`, ...notes, ''].join('\n'),
    )
  return active ? Exit.done : Exit.failed
}

/** What a person has to know or do besides. */
export function notesOf(plan: ServicePlan, linger: boolean | undefined, user: string): string[] {
  if (plan.kind === 'launchd')
    return ['It starts when you log in, not at boot: so launchd does for agents of a user.']
  if (linger === true) return []
  return [
    `${linger === false ? 'It' : 'Perhaps it'} starts only when you log in, and ends when you log out. For boot without a login, and to stay: loginctl enable-linger ${visible(user)}`,
  ]
}
