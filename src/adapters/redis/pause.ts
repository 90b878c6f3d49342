const FIRST_MS = 50
const LONGEST_MS = 4000

/**
 * Milliseconds until the next attempt to connect. The longest leaves a second for the connection itself, so that of many
 * clients all are back within 5 s; half of it is chance, so that they do not come at once.
 * @param failures attempts that failed since the last connection
 */
export function nextPauseMs(failures: number, chance: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 20))
  return Math.max(1, Math.round(full * (0.5 + chance() / 2)))
}
