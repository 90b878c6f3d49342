import { Worker } from 'node:worker_threads'
import { HANG_WORKER } from './worker-source.ts'

export interface HangGuard {
  /** Proof of life; call it on every tick. */
  beat(): void
  stop(): Promise<void>
}

export interface HangGuardOptions {
  /** Longest time without a beat, milliseconds. @default 8000 */
  limitMs?: number
  /** Where the last line goes: a descriptor, or a file that is appended to. @default 2 (stderr) */
  report?: number | string
  /** The guard could not run (no memory for a thread). The program is then unguarded. */
  onError?: (error: Error) => void
}

/**
 * Kills this very process with SIGKILL when its event loop stands still (reliability.md row 40): its keeper then starts
 * it anew. A thread of its own counts its wake-ups without a beat, not the time, so that a process that was stopped and
 * continued, or a laptop that slept, is not taken for hung: the thread slept as well.
 */
export function startHangGuard(options: HangGuardOptions = {}): HangGuard {
  const limitMs = options.limitMs ?? 8000
  const beats = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(HANG_WORKER, {
    eval: true,
    name: 'hang-guard',
    execArgv: [],
    workerData: { beats, limitMs, wakeMs: Math.min(250, limitMs / 8), report: options.report ?? 2 },
    resourceLimits: {
      maxOldGenerationSizeMb: 8,
      maxYoungGenerationSizeMb: 2,
      codeRangeSizeMb: 8,
      stackSizeMb: 1,
    },
  })
  worker.unref()
  worker.on('error', (error: Error) => options.onError?.(error))
  return {
    beat: () => {
      Atomics.add(beats, 0, 1)
    },
    stop: async () => {
      await worker.terminate()
    },
  }
}
