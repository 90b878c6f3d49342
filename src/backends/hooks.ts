import type { BackendSpec } from '../core/index.ts'
import { shellQuote } from '../core/quote.ts'

/** How this program is started: the interpreter and the entry file, absolute. */
export type ProgramWords = readonly string[]

/** Which `report` follows which event. A matcher narrows an event to some of its kinds. */
interface Hook {
  event: string
  matcher?: string
  report: readonly string[]
}

/**
 * Events of Claude Code, as its settings name them (2.1.197 to 2.1.329). Sub-agents have events of their own and are left
 * out: their parent works while they do.
 */
const CLAUDE: readonly Hook[] = [
  { event: 'UserPromptSubmit', report: ['working'] },
  { event: 'PreToolUse', report: ['working'] },
  { event: 'PermissionRequest', report: ['asking'] },
  { event: 'Notification', matcher: 'permission_prompt|elicitation_dialog', report: ['asking'] },
  { event: 'Stop', report: ['idle'] },
  { event: 'StopFailure', matcher: 'rate_limit', report: ['limited'] },
  {
    event: 'StopFailure',
    matcher: 'overloaded|server_error',
    report: ['failing', '--class', 'overload'],
  },
  {
    event: 'StopFailure',
    matcher: 'authentication_failed|oauth_org_not_allowed|cloud_credential_error|verification_required',
    report: ['failing', '--class', 'auth'],
  },
  { event: 'StopFailure', matcher: 'billing_error', report: ['failing', '--class', 'billing'] },
  {
    event: 'StopFailure',
    matcher: 'invalid_request|model_not_found|max_output_tokens|unknown',
    report: ['idle'],
  },
]

/** Longest time that the program gives a hook, which only starts another process and leaves. Seconds. */
const HOOK_SECONDS = 5

/** A settings file for `--settings`: the program adds it to the user's own settings, hooks included. */
export function claudeHooks(program: ProgramWords): string {
  const hooks: Record<string, object[]> = {}
  for (const { event, matcher, report } of CLAUDE) {
    const command = behind([...program, 'report', ...report, '--hook', event])
    const entry = { ...(matcher === undefined ? {} : { matcher }), hooks: [hookOf(command)] }
    hooks[event] = [...(hooks[event] ?? []), entry]
  }
  return `${JSON.stringify({ hooks }, null, 2)}\n`
}

const hookOf = (command: string) => ({ type: 'command', command, timeout: HOOK_SECONDS })

/** Started beside: whatever becomes of it, the program goes on at once and sees nothing of it. */
function behind(words: readonly string[]): string {
  return `(${words.map(shellQuote).join(' ')} </dev/null >/dev/null 2>&1 &) ; exit 0`
}

/** One setting of Codex, for `-c`: the program it starts, without waiting, when a turn ends; it adds a JSON document. */
export function codexNotify(program: ProgramWords): string {
  const words = [...program, 'report', '--hook', 'codex-notify']
  return `notify=[${words.map((word) => JSON.stringify(word)).join(',')}]`
}

/**
 * Why our hooks are left out although they are wanted: the user's own command gives the same option, and it stays.
 * undefined: nothing is in their way.
 */
export function hooksClash({ bin, flags, hooksFlag }: BackendSpec): string | undefined {
  const own = `${bin} ${flags}`
  if (hooksFlag.includes('{notify}') && /\bnotify\s*=/.test(own)) return 'its command sets notify itself'
  const option = /^(--[\w-]+)/.exec(hooksFlag.trim())?.[1]
  if (option !== undefined && new RegExp(`(?:^|\\s)${option}(?:[\\s=]|$)`).test(own))
    return `its command gives ${option} itself`
  return undefined
}

/** Whether a Codex config sets `notify` itself, which knows one program only: then that one stays. */
export function setsNotify(toml: string): boolean {
  const top = toml.split(/^\s*\[/m)[0]!
  return /^\s*(?:notify|"notify"|'notify')\s*=/m.test(top)
}
