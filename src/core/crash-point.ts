const wanted = process.env.AGENTS_CRASH_AT
let hits = 0

/**
 * A named step at which the chaos suite may end the process the way a power cut does: `AGENTS_CRASH_AT=name` or
 * `name:3` for the third time. Without that variable it is one comparison.
 */
export function crashPoint(name: string): void {
  if (wanted === undefined) return
  const [at, nth] = wanted.split(':')
  if (at !== name) return
  hits += 1
  if (hits >= Number(nth ?? '1')) process.kill(process.pid, 'SIGKILL')
}
