import { Exit, type ExitCode } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { type Check, type Patient, problem } from '../doctor/check.ts'
import { folderChecks } from '../doctor/folders.ts'
import { leftoverChecks } from '../doctor/leftovers.ts'
import { configChecks, runningChecks } from '../doctor/running.ts'
import { notifyChecks, serviceChecks } from '../doctor/service.ts'
import { toolChecks } from '../doctor/tools.ts'
import { townChecks } from '../doctor/town.ts'
import { type Style, styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'

const PARTS: readonly { name: string; part: (patient: Patient) => Promise<Check[]> }[] = [
  { name: 'tools', part: toolChecks },
  { name: 'config', part: configChecks },
  { name: 'folders', part: folderChecks },
  { name: 'leftovers', part: leftoverChecks },
  { name: 'running', part: runningChecks },
  { name: 'town', part: townChecks },
  { name: 'service', part: serviceChecks },
  { name: 'notify', part: notifyChecks },
]

export const command: Command = async (call, deps) => {
  const patient = await admit(call, deps)
  const checks: Check[] = []
  for (const { name, part } of PARTS) checks.push(...(await examine(name, part, patient)))
  if (call.options.json === true) await deps.io.out(toJson({ version: 1, checks }))
  else await deps.io.out(checks.map((check) => checkText(check, styleFor(deps.io.color))).join(''))
  return verdict(checks)
}

async function admit(call: Invocation, deps: CliDeps): Promise<Patient> {
  const [read] = await Promise.allSettled([deps.readConfig(call.config)])
  const fleet = read.status === 'fulfilled' && read.value.kind === 'ok' ? read.value.fleet : undefined
  return { call, deps, host: await deps.host(), fleet, mend: call.options.fix === true }
}

/** A part that breaks is a finding itself: the others are examined all the same. */
async function examine(
  name: string,
  part: (patient: Patient) => Promise<Check[]>,
  patient: Patient,
): Promise<Check[]> {
  const [done] = await Promise.allSettled([part(patient)])
  if (done.status === 'fulfilled') return done.value
  const why = done.reason instanceof Error ? done.reason.message : String(done.reason)
  return [problem(`${name}.broken`, `This could not be examined: ${why}`)]
}

function verdict(checks: readonly Check[]): ExitCode {
  if (checks.some((check) => check.level === 'missing')) return Exit.missingTool
  return checks.some((check) => check.level === 'problem') ? Exit.failed : Exit.done
}

function checkText(check: Check, style: Style): string {
  const paint = {
    ok: style.green,
    fixed: style.green,
    warning: style.yellow,
    problem: style.red,
    missing: style.red,
  }
  const head = ` ${paint[check.level](check.level.toUpperCase().padEnd(7))} ${check.id}: ${visible(check.what)}\n`
  return check.fix === undefined ? head : `${head}         ${style.dim(visible(check.fix))}\n`
}
