import { createReportDoor } from '../adapters/socket/report-door.ts'
import type { ExitCode } from '../core/errors.ts'
import { REPORTED_CLASSES } from '../core/report.ts'
import { handIn, type Words } from './hand-in.ts'

/**
 * `agents report … --hook NAME`, as the hooks of an agent's program call it at every step: without the table of verbs,
 * without a word, and always with exit 0, for no hook of ours may ever be in its program's way.
 * @param startedAt when this process was started, epoch milliseconds: hooks run side by side, and the last one counts
 * @returns undefined for anything else
 */
export async function quickReport(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  startedAt: number,
): Promise<ExitCode | undefined> {
  const at = argv.indexOf('--hook')
  if (argv[0] !== 'report' || at < 0) return undefined
  const words = wordsOf(argv, at, Math.round(startedAt))
  if (words !== undefined) await Promise.allSettled([handIn(createReportDoor(), env, words, Date.now())])
  return 0
}

/** @returns undefined for a notice that says nothing about the agent's state */
function wordsOf(argv: readonly string[], hookAt: number, at: number): Words | undefined {
  const hook = argv[hookAt + 1] ?? ''
  if (hook === 'codex-notify') return codexWords(argv[hookAt + 2] ?? '', at)
  const classAt = argv.indexOf('--class')
  const failClass = REPORTED_CLASSES.find((one) => classAt >= 0 && one === argv[classAt + 1])
  return { state: argv[1] ?? '', at, hook, failClass }
}

/** Codex gives its notify program one JSON document as last argument. */
function codexWords(document: string, at: number): Words | undefined {
  const type = /"type"\s*:\s*"([a-z-]+)"/.exec(document)?.[1]
  if (type === 'agent-turn-complete') return { state: 'idle', at, hook: `notify ${type}` }
  if (type === 'approval-requested') return { state: 'asking', at, hook: `notify ${type}` }
  return undefined
}
