import { join } from 'node:path'
import type { ReportDoor } from '../../adapters/socket/report-door.ts'
import { Exit, UserError } from '../../core/errors.ts'
import {
  forError,
  isReportState,
  LONGEST_REPORT_MS,
  REPORTED_CLASSES,
  type ReportCall,
  reportOf,
  stateError,
  strangerError,
} from '../../core/report.ts'
import { visible } from '../../core/text.ts'
import {
  bearerNamed,
  bearerOf,
  sessionVariables,
  spoolFolder,
  tokenKeyName,
  tokenOf,
} from '../../daemon/token.ts'
import { clockTime, durationOption } from '../durations.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'

/** An agent waits for the answer; a hook must not keep its program. Milliseconds. */
const answerMs = { agent: 5_000, hook: 2_000 }

export const command: Command = async (call, deps) => {
  const said = wordsOf(call, deps)
  if (said === undefined) return Exit.done
  const door = await deps.reportDoor()
  const place = placeOf(deps.env)
  const token = place.token ?? (await ownToken(door, place))
  const report: ReportCall = { ...said, token }
  const told = await door.tell(place.socket, report, said.hook === undefined ? answerMs.agent : answerMs.hook)
  const away = told.kind === 'away' ? told.why : undefined
  const reported = told.kind === 'told' ? told.reported : await leave(door, place.state, report, deps.now())
  const { agent, state, at, until } = reported
  if (call.options.json === true)
    await deps.io.out(toJson({ version: 1, agent, state, at, until, delivered: away === undefined }))
  else {
    const later = away === undefined ? '' : `; ${away}, so it waits for the next one`
    await deps.io.out(`${agent} says ${state} until ${clockTime(until, deps.now())}${visible(later)}\n`)
  }
  return Exit.done
}

type Words = Omit<ReportCall, 'token'>

/** @returns undefined for a notice of a program that says nothing about its state */
function wordsOf(call: Invocation, deps: CliDeps): Words | undefined {
  const { reason, hook, class: failClass } = call.options
  // Hooks run side by side: what counts is which was started last.
  const at = typeof hook === 'string' ? Math.round(performance.timeOrigin) : deps.now()
  const given = call.args[0]!
  if (hook === 'codex-notify') return codexWords(given, at)
  if (!isReportState(given)) throw stateError(given)
  const forMs = durationOption('for', call.options.for)
  if (forMs !== undefined && !(forMs > 0 && forMs <= LONGEST_REPORT_MS)) throw forError()
  return {
    state: given,
    at,
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(forMs === undefined ? {} : { forMs }),
    ...(typeof hook === 'string' ? { hook } : {}),
    failClass: REPORTED_CLASSES.find((one) => one === failClass),
  }
}

/** Codex gives its notify program one JSON document as last argument. */
function codexWords(document: string, at: number): Words | undefined {
  const type = /"type"\s*:\s*"([a-z-]+)"/.exec(document)?.[1]
  if (type === 'agent-turn-complete') return { state: 'idle', at, hook: `notify ${type}` }
  if (type === 'approval-requested') return { state: 'asking', at, hook: `notify ${type}` }
  return undefined
}

interface Place {
  token: string | undefined
  self: string | undefined
  socket: string
  state: string
}

/** @throws {UserError} REPORT_OUTSIDE, exit 2 */
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
async function leave(door: ReportDoor, stateDir: string, report: ReportCall, now: number) {
  const key = await door.key(stateDir, tokenKeyName)
  const bearer = key === undefined ? undefined : bearerOf(key, report.token)
  if (bearer === undefined) throw strangerError()
  const { voice, state, at, until } = reportOf(report, now)
  await door.leave(join(stateDir, spoolFolder), `${bearer.agent}-${voice}`, report)
  return { agent: bearer.agent, state, at, until }
}
