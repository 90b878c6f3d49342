import { basename, dirname } from 'node:path'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { sessionVariables } from '../../daemon/reports/token.ts'
import type { LeftWord } from '../../daemon/town/left-words.ts'
import { speakerOf } from '../speaker.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'

/** Codex says so to every command that its sandbox lets open no connection. */
const SHUT = 'CODEX_SANDBOX_NETWORK_DISABLED'

/**
 * In a sandbox that lets no command connect, an agent settles its messages and tasks by a file that the watchdog finds.
 * @returns undefined anywhere else, and for people
 * @throws {UserError} TOWN_FROM (exit 2), TOWN_SHUT: the sandbox lets nothing be written, either
 */
export async function leaveWord(
  call: Invocation,
  deps: CliDeps,
  word: Pick<LeftWord, 'verb' | 'ids' | 'text'>,
): Promise<ExitCode | undefined> {
  const { env } = deps
  if (env[SHUT] !== '1' || word.ids.length === 0) return undefined
  const fleet = await fleetOf({ ...call, config: call.config ?? env.AGENTS_CONFIG }, deps)
  const door = await deps.reportDoor()
  const speaker = await speakerOf(door, fleet, env)
  if (speaker.kind !== 'agent') return undefined
  const file = env[sessionVariables.identity]
  const proof = env[sessionVariables.token] ?? (file && (await door.key(dirname(file), basename(file))))
  if (!proof) return undefined
  const whole: LeftWord = { version: 1, proof, ...word }
  const [left] = await Promise.allSettled([door.leaveWord(fleet.stateDir, whole)])
  if (left.status === 'rejected') throw shutOut(left.reason)
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, left: { verb: word.verb, ids: word.ids } })
      : `${word.ids.map((id) => visible(id)).join(', ')}: this sandbox lets nothing connect, so it is left in a file; the watchdog carries it out, in a moment if it runs\n`,
  )
  return Exit.done
}

const shutOut = (cause: unknown): UserError =>
  new UserError({
    code: 'TOWN_SHUT',
    what: `This sandbox lets nothing connect, and nothing be left for the watchdog (${cause instanceof Error ? cause.message : String(cause)}). Nothing was done.`,
    fix: 'Run it outside of the sandbox, or let its commands connect (docs/tinytown.md, "What its CLI may do").',
    cause,
  })
