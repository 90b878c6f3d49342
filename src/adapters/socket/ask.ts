import { setTimeout as sleep } from 'node:timers/promises'
import { stoppedHolder } from '../files/instance.ts'
import { type CallOutcome, callControl } from './call.ts'

/** A watchdog that has not answered by now is looked at in the process table; twice, so far apart. Milliseconds. */
const PATIENCE_MS = 300

/** @property stopped pid of the watchdog whose process is stopped (SIGSTOP, ^Z): it answers when it is continued. */
export type WatchdogAnswer = CallOutcome | { kind: 'stopped'; pid: number }

/**
 * As `callControl`, but a watchdog whose process is stopped is not waited for: half a second instead of the deadline.
 * @throws as `callControl`
 */
export async function askWatchdog(
  stateDir: string,
  path: string,
  request: { verb: string; args: readonly unknown[] },
  timeoutMs: number,
): Promise<WatchdogAnswer> {
  const giveUp = new AbortController()
  const over = new AbortController()
  let stopped: number | undefined
  const watching = stoppedAtTwoLooks(stateDir, over.signal).then((pid) => {
    stopped = pid
    if (pid !== undefined) giveUp.abort()
  })
  try {
    const answer = await callControl(path, request, { timeoutMs, signal: giveUp.signal })
    return answer.kind === 'timeout' && stopped !== undefined ? { kind: 'stopped', pid: stopped } : answer
  } finally {
    over.abort()
    await watching
  }
}

/** Looks until the call is over. @returns undefined when it was over first */
async function stoppedAtTwoLooks(stateDir: string, over: AbortSignal): Promise<number | undefined> {
  let before: number | undefined
  while (await pause(over)) {
    const pid = await stoppedHolder(stateDir)
    if (pid !== undefined && pid === before) return pid
    before = pid
  }
  return undefined
}

async function pause(over: AbortSignal): Promise<boolean> {
  await sleep(PATIENCE_MS, undefined, { signal: over }).catch(() => undefined)
  return !over.aborted
}
