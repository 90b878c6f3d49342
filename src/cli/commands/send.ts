import { resolve } from 'node:path'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import type { MessageReport } from '../../core/message.ts'
import { visible } from '../../core/text.ts'
import type { FleetControl } from '../../daemon/control/control.ts'
import { durationOption } from '../durations.ts'
import { requireAgent } from '../names.ts'
import { progressText } from '../render/message.ts'
import { toJson } from '../text.ts'
import { inWords, isOfTown, needsTown } from '../town/send-words.ts'
import type { CliDeps, Command, Invocation, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { type Outgoing, sendByTown } from './send-town.ts'

/** Default of --timeout. Milliseconds. */
const waitMs = 120_000
const lookEveryMs = 100
const modes = ['queue', 'steer', 'interrupt'] as const
const awaitable = ['submitted', 'seen', 'acknowledged'] as const
type Awaited = (typeof awaitable)[number]
/** A message travels in one line of the control socket, which ends at 1 MiB. As JSON, bytes. */
const longest = 900_000

export const command: Command = async (call, deps) => {
  const mode = oneOf('mode', call.options.mode ?? 'queue', modes)
  const wait = call.options.wait === undefined ? undefined : oneOf('wait', call.options.wait, awaitable)
  const timeoutMs = durationOption('timeout', call.options.timeout) ?? waitMs
  const id = call.options.id === undefined ? undefined : idOf(call.options.id)
  const patience = { wait, timeoutMs }
  // In an agent's session its environment tells the config, whatever folder it works in.
  return withFleet({ ...call, config: call.config ?? deps.env.AGENTS_CONFIG }, deps, async (open) => {
    const straight = () => sendToPane(call, deps, open, { id: id ?? newId(), mode, ...patience })
    if (!(await goesByTown(call, deps, open))) return straight()
    const town = await deps.openTown(open.fleet)
    try {
      const words = (from: number) => textOf(call, deps, from)
      const outgoing: Outgoing = { id, mode, watched: open.watched, words }
      const sent = await sendByTown(call, deps, town, outgoing)
      return await (sent.kind === 'pane' ? straight() : follow(sent.message, sent.look, patience, call, deps))
    } finally {
      await town.close()
    }
  })
}

interface Patience {
  wait: Awaited | undefined
  timeoutMs: number
}

/** With the town on, or asked for something of it; with the town off only for what it alone can do, which is told there. */
async function goesByTown(call: Invocation, deps: CliDeps, { fleet }: OpenFleet): Promise<boolean> {
  if (call.options['to-pane'] !== true) {
    if (fleet.town.mode === 'off') return needsTown(call)
    return isOfTown(call) || deps.townOn(fleet)
  }
  if (!isOfTown(call)) return false
  throw usage(
    'CLI_ARGUMENTS',
    '--to-pane types straight into the pane of an agent of this fleet, and takes none of the options of the town.',
    'Leave it out, or them.',
  )
}

async function sendToPane(
  call: Invocation,
  deps: CliDeps,
  { fleet, control }: OpenFleet,
  { id, mode, ...patience }: Patience & { id: string; mode: MessageReport['mode'] },
): Promise<ExitCode> {
  const name = call.args[0]
  if (name === undefined) throw wordless()
  const text = inWords(call, await textOf(call, deps, 1))
  if (Buffer.byteLength(JSON.stringify(text)) > longest)
    throw usage(
      'MESSAGE_LONG',
      'The message is too long to be sent.',
      'Put it into a file, and send the path of the file.',
    )
  requireAgent(name, fleet)
  // What goes before the others in an inbox goes into the running turn at a pane, where the backend takes that.
  const urgent = call.options.urgent === true && mode === 'queue'
  const sent = await control.send(name, {
    id,
    text,
    mode: urgent ? 'steer' : mode,
    asksAck: patience.wait === 'acknowledged',
  })
  return follow(sent, look(control, sent.id), patience, call, deps)
}

const look = (control: FleetControl, id: string) => (): Promise<MessageReport | undefined> =>
  control.message(id)

async function follow(
  sent: MessageReport,
  again: () => Promise<MessageReport | undefined>,
  { wait, timeoutMs }: Patience,
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  if (call.options.json !== true) await deps.io.out(`${visible(sent.id)}\n`)
  const last = wait === undefined ? sent : await waitFor(again, sent, wait, timeoutMs, deps)
  const reached = wait === undefined ? last.state !== 'failed' : isReached(last, wait)
  await say(last, wait, reached, call, deps)
  if (reached) return Exit.done
  return last.state === 'failed' ? Exit.failed : Exit.timeout
}

async function say(
  message: MessageReport,
  wait: Awaited | undefined,
  reached: boolean,
  call: Invocation,
  deps: CliDeps,
): Promise<void> {
  if (call.options.json === true) {
    const awaited = wait === undefined ? {} : { awaited: wait, reached }
    await deps.io.out(toJson({ version: 1, message, ...awaited }))
    return
  }
  const stays =
    reached || message.state === 'failed' ? '' : `; not ${wait} in time, the message stays as it is`
  await deps.io.err(`${progressText(message)}${stays}\n`)
}

async function waitFor(
  again: () => Promise<MessageReport | undefined>,
  sent: MessageReport,
  wait: Awaited,
  timeoutMs: number,
  deps: CliDeps,
): Promise<MessageReport> {
  const stop = deps.io.interrupted()
  const until = deps.now() + timeoutMs
  let last = sent
  while (!isReached(last, wait) && last.state !== 'failed' && deps.now() < until && !stop.aborted) {
    await deps.sleep(lookEveryMs, stop)
    last = (await again()) ?? last
  }
  return last
}

function isReached({ state }: MessageReport, wait: Awaited): boolean {
  const order: readonly string[] = awaitable
  return order.indexOf(state) >= order.indexOf(wait)
}

/** @param from the first argument that is text */
async function textOf(call: Invocation, deps: CliDeps, from: number): Promise<string> {
  const words = call.args.slice(from)
  const file = typeof call.options.file === 'string' ? call.options.file : undefined
  const piped = words.length === 1 && words[0] === '-'
  if ((file !== undefined && words.length > 0) || (file === undefined && words.length === 0)) throw wordless()
  const text = piped || file !== undefined ? await read(piped ? '-' : file!, deps) : words.join(' ')
  return text.replace(/[\r\n]+$/, '')
}

const wordless = (): UserError =>
  usage(
    'CLI_ARGUMENTS',
    'agents send takes a text, or --file PATH, or - for standard input.',
    'Write one of them.',
  )

async function read(path: string, deps: CliDeps): Promise<string> {
  const { files } = await deps.screens()
  const found = path === '-' ? await files.stdin() : files.read(resolve(deps.cwd, path))
  if (found.kind === 'ok') return found.text
  const why = found.kind === 'refused' ? found.why : 'is not there'
  throw usage('MESSAGE_FILE', `${path === '-' ? 'Standard input' : path} ${why}.`, 'Nothing was sent.')
}

const newId = (): string => `m-${crypto.randomUUID().slice(0, 13)}`

function idOf(given: string | boolean): string {
  if (typeof given === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/.test(given)) return given
  throw usage(
    'MESSAGE_ID',
    'That cannot be the id of a message.',
    'Take letters, digits, `.`, `_`, `:` and `-`; at most 100, a letter or digit first.',
  )
}

function oneOf<const T extends readonly string[]>(
  option: string,
  given: string | boolean,
  words: T,
): T[number] {
  const found = words.find((word) => word === given)
  if (found !== undefined) return found
  throw usage('CLI_OPTION_VALUE', `--${option} ${String(given)} is not known.`, `Known: ${words.join(', ')}.`)
}

const usage = (code: string, what: string, fix: string): UserError =>
  new UserError({ code, what, fix, exit: Exit.usage })
