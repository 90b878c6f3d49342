/** The first wait after a failed round, the longest, and how many in a row are one too many. Milliseconds. */
const firstMs = 2_000
const longestMs = 300_000
export const parkAfter = 5
/** Rounds that may end without its completion before a task is given up. */
export const giveUpAfter = 3

/** How long to wait after so many failed rounds in a row: 2 s, 4 s, 8 s … 5 min, each up to a fifth shorter or longer. */
export function backoffMs(failures: number, random: number): number {
  if (failures <= 0) return 0
  const plain = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20))
  return Math.round(plain * (0.8 + 0.4 * random))
}
