import { createHash } from 'node:crypto'
import type { AgentSpec, BackendSpec, PromptDelivery } from '../core/index.ts'
import { shellQuote, substitute } from '../core/quote.ts'
import { passEnv } from './env.ts'

export { passEnv, serverEnv } from './env.ts'

export interface LaunchInput {
  agent: Pick<AgentSpec, 'name' | 'session' | 'dir' | 'env' | 'resume'>
  backend: BackendSpec
  /** Empty: the backend's own default. */
  model: string
  /** Absolute. Written before the start. */
  kickoffPath: string
  /** Size of the kickoff file; 0 gives no prompt at all. */
  kickoffBytes: number
  /** The conversation to go on with. */
  resumeId: string | undefined
  /** The id that a new conversation is given, where the backend takes one. */
  assignId?: string | undefined
  /** The operator's environment, from which `pass_env` picks. */
  env: Readonly<Record<string, string | undefined>>
  /** What fills the slots of the backend's hook option; undefined: it gets none. */
  hooks?: { file: string; notify: string } | undefined
  /** Folder that is searched for programs after all others; undefined: none. */
  tools?: string | undefined
}

export interface Launch {
  /** Executed without a shell of tmux's. */
  argv: string[]
  env: Record<string, string>
  delivery: PromptDelivery
  /** For the log, e.g. `claude by arg, model opus, resumes 3f2a`. */
  summary: string
}

/** A longer prompt would not fit into one argument (Linux: 128 KB); the agent is told to read the file instead. */
const MAX_ARG_BYTES = 100_000

/**
 * What a start runs. The shell text is the user's own (`bin`, `flags`, `preamble`, `attach`); names, paths, ids and
 * the model are put in by `substitute`, and the prompt is read by the shell from `$1`, so that none of it is ever
 * parsed. A backslash, quote or `$()` in a prompt reaches the CLI as it is.
 */
export function assembleLaunch(input: LaunchInput): Launch {
  const { backend, agent } = input
  const delivery = backend.promptDelivery
  const script =
    delivery === 'exec' ? execScript(input) : delivery === 'ping' ? pingScript(input) : argScript(input)
  const env: Record<string, string> = { ...passEnv(backend.passEnv, input.env), ...agent.env }
  if (delivery === 'ping' && backend.modelEnv && input.model) {
    env.OPENCODE_CONFIG_CONTENT = JSON.stringify({ model: input.model })
  }
  // tmux gives a new session the search path of whoever asked for it, whatever its environment says.
  const own = env.PATH === undefined ? '' : `PATH=${shellQuote(env.PATH)}; export PATH\n`
  const tools = input.tools === undefined ? '' : `PATH="$PATH":${shellQuote(input.tools)}; export PATH\n`
  const argv = [launchShell(input.env.SHELL), '-c', own + tools + script, 'agents', input.kickoffPath]
  return { argv, env, delivery, summary: summaryOf(input) }
}

/** The user's shell when it is one whose syntax the driver's configs were written for, else `/bin/sh`. */
export function launchShell(shell: string | undefined): string {
  return shell !== undefined && /^\/(?:.*\/)?(?:sh|bash|dash|zsh|ksh)$/.test(shell) ? shell : '/bin/sh'
}

/** The first message of `ping` delivery, one line. */
export function bootMessage(kickoffPath: string): string {
  return `Read your instructions now with: cat ${shellQuote(kickoffPath)} and follow them.`
}

/**
 * Hash of what a start would run, without the prompt: a difference to the running one means "restart at the next turn
 * boundary". Renaming a backend or moving a key into a preset changes nothing.
 */
export function launchFingerprint(input: {
  agent: Pick<AgentSpec, 'session' | 'dir' | 'env' | 'resume'> &
    Partial<Pick<AgentSpec, 'worker' | 'prompt' | 'role'>>
  backend: BackendSpec
  model: string
}): string {
  const { agent, backend, model } = input
  const { promptDelivery, bin, attach, server, preamble, flags } = backend
  const parts = {
    promptDelivery,
    bin,
    model,
    agent: { session: agent.session, dir: agent.dir, env: sorted(agent.env) },
    ...(promptDelivery === 'ping' ? { attach, server, preamble, modelEnv: backend.modelEnv } : {}),
    ...(agent.worker === undefined ? {} : workerParts(agent, backend)),
    ...(promptDelivery === 'arg'
      ? {
          flags,
          promptFlag: backend.promptFlag,
          modelFlag: model ? backend.modelFlag : '',
          resumeFlag: agent.resume && backend.supportsResume ? backend.resumeFlag : '',
          remoteControl: backend.remoteControl ? backend.remoteControlFlag : '',
          // Only a departure from the preset counts: giving a running agent its hooks is not worth a restart.
          ...(backend.hooks === (backend.hooksFlag !== '') ? {} : { hooks: backend.hooks }),
        }
      : {}),
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

/** A worker reads its config when it starts. */
function workerParts(
  { worker, prompt, role }: Partial<Pick<AgentSpec, 'worker' | 'prompt' | 'role'>>,
  { roundCmd, ownFlags, modelFlag }: BackendSpec,
) {
  const { spawned: _, ...limits } = worker!
  return { worker: limits, prompt, role, roundCmd, ownFlags, modelFlag }
}

function argScript(input: LaunchInput): string {
  const { backend, agent, model } = input
  const shell = { mode: 'shell' } as const
  const resumes = resumeIdOf(input)
  const words = [
    backend.bin,
    resumeWords(input),
    resumes || !input.assignId ? '' : substitute(backend.sessionIdFlag ?? '', { id: input.assignId }, shell),
    backend.remoteControl ? substitute(backend.remoteControlFlag, { session: agent.session }, shell) : '',
    model ? substitute(backend.modelFlag, { model }, shell) : '',
    backend.flags,
    hookFlag(input),
  ].filter((word) => word !== '')
  const command = withExec(words.join(' '))
  if (input.kickoffBytes === 0) return command
  const flag = backend.promptFlag ? ` ${backend.promptFlag}` : ''
  if (input.kickoffBytes > MAX_ARG_BYTES) {
    return `${command}${flag} ${shellQuote(bootMessage(input.kickoffPath))}`
  }
  // A line feed before a leading "-" keeps the prompt from being taken for an option; CLIs trim it.
  const read = `kickoff="$(cat -- "$1")" || exit\ncase $kickoff in -*) kickoff="\n$kickoff";; esac`
  return `${read}\n${command}${flag} "$kickoff"`
}

function hookFlag({ backend, hooks }: LaunchInput): string {
  if (!backend.hooks || hooks === undefined) return ''
  return substitute(backend.hooksFlag, { hooks: hooks.file, notify: hooks.notify }, { mode: 'shell' })
}

function resumeWords(input: LaunchInput): string {
  const id = resumeIdOf(input)
  return id ? substitute(input.backend.resumeFlag, { id }, { mode: 'shell' }) : ''
}

function pingScript(input: LaunchInput): string {
  const { backend, agent } = input
  const slots = { bin: backend.bin, server: backend.server, resume: resumeWords(input) }
  const own = substitute(backend.attach, slots, { mode: 'plain' })
  const attach = withExec(substitute(own, { dir: agent.dir }, { mode: 'shell' }))
  return backend.preamble ? `${backend.preamble}\n${attach}` : attach
}

function execScript({ backend, agent, model, kickoffPath }: LaunchInput): string {
  const slots = { kickoff: kickoffPath, session: agent.session, model }
  return withExec(substitute(backend.bin, slots, { mode: 'shell' }))
}

/** What a shell does itself instead of running a program. */
const SHELL_WORDS =
  /^(?:[!.:{[]|\[\[|alias|bg|break|builtin|case|cd|command|continue|coproc|declare|do|done|echo|elif|else|esac|eval|exec|exit|export|false|fg|fi|for|function|if|in|jobs|let|local|noglob|nocorrect|print|printf|pushd|popd|read|readonly|repeat|return|select|set|shift|source|test|then|time|times|trap|true|type|typeset|ulimit|umask|unalias|unset|until|wait|while)$/

/**
 * Puts `exec` before a simple command, so that the pane's process is the CLI itself: signals reach it and tmux names
 * it. Anything else (`FOO=1 x`, `a; b`, a pipe, a built-in) stays as it is.
 */
function withExec(command: string): string {
  const text = command.trim()
  return isSimple(text) ? `exec ${text}` : text
}

function isSimple(text: string): boolean {
  const bare = text.replace(/'[^']*'|"(?:[^"\\$`]|\\.|\$(?![(]))*"|\\[^\n]/g, 'q')
  if (!/^[\w@%+:,./=~\- \t*?[\]]+$/.test(bare.replace(/\$(?:\w+|\{\w+\})/g, 'v'))) return false
  const first = /^\S+/.exec(text)?.[0] ?? ''
  return /^[\w@%+:,./~-]+$/.test(first) && !SHELL_WORDS.test(first)
}

function resumeIdOf({ agent, backend, resumeId }: LaunchInput): string {
  return agent.resume && canResume(backend) ? (resumeId ?? '').trim() : ''
}

/** Whether a start can go on with a conversation: by an option, or where `attach` has a place for it. */
export function canResume({ supportsResume, promptDelivery, attach }: BackendSpec): boolean {
  if (!supportsResume || promptDelivery === 'exec') return false
  return promptDelivery === 'arg' || attach.includes('{resume}')
}

function summaryOf(input: LaunchInput): string {
  const { backend, model } = input
  const resumes = resumeIdOf(input)
  const parts = [`${backend.name} by ${backend.promptDelivery}`]
  if (backend.promptDelivery !== 'exec') parts.push(`model ${model || 'default'}`)
  if (resumes) parts.push(`resumes ${resumes}`)
  if (input.kickoffBytes > MAX_ARG_BYTES && backend.promptDelivery === 'arg') {
    parts.push(`prompt of ${input.kickoffBytes} bytes by its file`)
  }
  return parts.join(', ')
}

function sorted(env: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))
}
