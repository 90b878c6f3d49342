/**
 * Plain JavaScript as text, because a bundle is one file and has no second one to start a thread from. `beats[0]` is
 * counted up by the main thread; nobody ever notifies `beats[1]`, so waiting on it is a sleep.
 */
export const HANG_WORKER = `
const { workerData } = require('node:worker_threads')
const { appendFileSync, writeSync } = require('node:fs')
const { beats, limitMs, wakeMs, report } = workerData
let seen = Atomics.load(beats, 0)
let quiet = 0
for (;;) {
  Atomics.wait(beats, 1, 0, wakeMs)
  const now = Atomics.load(beats, 0)
  quiet = now === seen ? quiet + 1 : 0
  seen = now
  if (quiet * wakeMs < limitMs) continue
  const line = new Date().toISOString() + ' hang-guard: no sign of life for ' + limitMs + ' ms, killing ' + process.pid + '\\n'
  try {
    if (typeof report === 'number') writeSync(report, line)
    else appendFileSync(report, line, { mode: 0o600 })
  } catch {
    // Nowhere to say it: the kill matters more.
  }
  process.kill(process.pid, 'SIGKILL')
}
`
