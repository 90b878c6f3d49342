import { classify, type Place } from './classify.ts'
import { FORCED, gitEnv } from './environment.ts'
import type { createRunner } from './run.ts'
import type { GitOptions, GitOutcome } from './types.ts'

export interface CallOptions {
  place: Place
  /** Exit codes that are an answer. @default [0] */
  fine?: readonly number[]
  into?: readonly string[]
  ownSshCommand?: boolean
  /** Milliseconds; at most the adapter's own deadline. */
  deadlineMs?: number
}

/** One git process in `repo`; its standard output, or the failure sorted. */
export type GitCall = (
  repo: string,
  args: readonly string[],
  options: CallOptions,
) => Promise<GitOutcome<Buffer>>

export function createCall(
  runner: ReturnType<typeof createRunner>,
  { env: base = process.env, deadlineMs = 20_000, run }: GitOptions,
): GitCall {
  return async (repo, args, options) => {
    const ran = await runner.run({
      args: ['-C', repo, ...FORCED, ...args],
      env: { ...gitEnv(base, options.ownSshCommand ?? false), ...(run && { AGENTS_RUN: run }) },
      deadlineMs: Math.min(deadlineMs, options.deadlineMs ?? deadlineMs),
      ...(options.into === undefined ? {} : { into: ['-C', repo, ...FORCED, ...options.into] }),
    })
    if (ran.kind === 'ended' && (options.fine ?? [0]).includes(ran.code))
      return { kind: 'ok', value: ran.stdout }
    return classify(ran, options.place)
  }
}
