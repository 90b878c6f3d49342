import { join } from 'node:path'
import type { ReportDoor } from '../adapters/socket/report-door.ts'
import { Exit, UserError } from '../core/errors.ts'
import { type ReportCall, type Reported, reportOf, strangerError } from '../core/report.ts'
import type { EpochMs } from '../core/time.ts'
import {
  bearerNamed,
  bearerOf,
  sessionVariables,
  spoolFolder,
  tokenKeyName,
  tokenOf,
} from '../daemon/reports/token.ts'

/** What is said, before it is known who says so. */
export type Words = Omit<ReportCall, 'token'>

/** An agent waits for the answer; a hook must not stay. Milliseconds. */
const answerMs = { agent: 5_000, hook: 2_000 }

/**
 * Hands a report in for the session whose environment this is: to the watchdog, or to the folder where the next one
 * finds it.
 * @throws {UserError} REPORT_OUTSIDE (exit 2), REPORT_TOKEN (exit 1), and what the watchdog says against it
 */
export async function handIn(
  door: ReportDoor,
  env: NodeJS.ProcessEnv,
  words: Words,
  now: EpochMs,
): Promise<{ reported: Reported; away: string | undefined }> {
  const place = placeOf(env)
  const token = place.token ?? (await ownToken(door, place))
  const report: ReportCall = { ...words, token }
  const patienceMs = words.hook === undefined ? answerMs.agent : answerMs.hook
  const told = await door.tell(place.socket, report, patienceMs)
  if (told.kind === 'told') return { reported: told.reported, away: undefined }
  return { reported: await leave(door, place.state, report, now), away: told.why }
}

interface Place {
  token: string | undefined
  self: string | undefined
  socket: string
  state: string
}

function placeOf(env: NodeJS.ProcessEnv): Place {
  const token = env[sessionVariables.token]
  const self = env[sessionVariables.self]
  const socket = env[sessionVariables.socket]
  const state = env[sessionVariables.state]
  if (socket && state && (token || self))
    return { token: token || undefined, self: self || undefined, socket, state }
  throw new UserError({
    code: 'REPORT_OUTSIDE',
    what: 'agents report is for agents inside of their sessions: AGENTS_TOKEN and its companions are not set.',
    fix: 'Run it in a session that agents started; one that was started earlier or adopted gets them at its next start.',
    exit: Exit.usage,
  })
}

/** Some programs hide variables named TOKEN from the commands they run: then it is made again from the key. */
async function ownToken(door: ReportDoor, { state, self }: Place): Promise<string> {
  const key = await door.key(state, tokenKeyName)
  const bearer = bearerNamed(self ?? '')
  if (key === undefined || bearer === undefined) throw strangerError()
  return tokenOf(key, bearer)
}

/** Written down for the next watchdog; only what it will believe. */
async function leave(
  door: ReportDoor,
  stateDir: string,
  report: ReportCall,
  now: EpochMs,
): Promise<Reported> {
  const key = await door.key(stateDir, tokenKeyName)
  const bearer = key === undefined ? undefined : bearerOf(key, report.token)
  if (bearer === undefined) throw strangerError()
  const { voice, state, at, until } = reportOf(report, now)
  await door.leave(join(stateDir, spoolFolder), `${bearer.agent}-${voice}`, report)
  return { agent: bearer.agent, state, at, until }
}
