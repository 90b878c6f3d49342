import { resolve } from 'node:path'
import { callControl } from '../adapters/socket/call.ts'
import { controlPath } from '../adapters/socket/path.ts'
import { recallState } from '../adapters/socket/pointer.ts'
import type { ExitCode } from '../core/errors.ts'
import type { StatusReport } from '../core/status.ts'
import { createIo } from './io.ts'
import { statusExit, statusText } from './render/status-text.ts'
import { type ProgramName, takeGlobals } from './take-globals.ts'

/** A watchdog that has not answered by now is left to the long way, which says so. Milliseconds. */
const answerMs = 1_000

/**
 * `agents status` while a watchdog runs: its own words, without reading the config that it has read already. The verb
 * people and scripts type most; all it needs is in the entry file.
 * @returns undefined for anything else: another verb, an option that needs more, no watchdog that answers
 */
export async function quickStatus(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  program: ProgramName,
): Promise<ExitCode | undefined> {
  const asked = simpleStatus(argv, program)
  if (asked === undefined) return undefined
  // In an agent's session the folder may not be what is meant: the long way weighs that.
  const its = env.AGENTS_CONFIG
  if (asked.config === undefined && its && its !== resolve('agents.toml')) return undefined
  const [answered] = await Promise.allSettled([askWatchdog(resolve(asked.config ?? 'agents.toml'))])
  if (answered.status === 'rejected' || answered.value === undefined) return undefined
  const io = createIo(env)
  await io.out(statusText(answered.value, asked.options, io))
  return statusExit(answered.value, asked.options)
}

const VALUED = /^(?:--config|--town|-t)$/
const VALUELESS = /^(?:--config|--town|-t)=$/

/** Only `status`, or no verb, with switches that change no more than the text. */
function simpleStatus(
  argv: readonly string[],
  program: ProgramName,
): { config: string | undefined; options: Record<string, boolean> } | undefined {
  // Not typed as it should be: the long way says how.
  if (argv.some((word, at) => VALUELESS.test(word) || (at === argv.length - 1 && VALUED.test(word))))
    return undefined
  const { config, words } = takeGlobals(argv, program)
  const switches = words[0] === 'status' ? words.slice(1) : words
  if (!switches.every((word) => word === '--json' || word === '--check')) return undefined
  return { config, options: { json: switches.includes('--json'), check: switches.includes('--check') } }
}

async function askWatchdog(configPath: string): Promise<StatusReport | undefined> {
  const stateDir = await recallState(configPath)
  if (stateDir === undefined) return undefined
  const answer = await callControl(
    await controlPath(stateDir),
    { verb: 'status', args: [] },
    { timeoutMs: answerMs },
  )
  return answer.kind === 'answer' ? (answer.value as StatusReport) : undefined
}
