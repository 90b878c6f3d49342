import type { MonoMs } from '../../core/index.ts'

/** Last signs of life of records that fleets keep, by id, as they stand in the town. */
export type Signs = Readonly<Record<string, string>>

/** For how long a sign of life must stay the same until its fleet is gone: one that lives writes it every 25 s. Milliseconds. */
const goneMs = 60_000
/** Between two looks; after a longer time nobody knows what was written meanwhile, e.g. because Redis was away. Milliseconds. */
const gapMs = 20_000

/**
 * Which fleets are gone, by what is seen here while the town can be reached: a stamp alone may be old because Redis was away,
 * or because two clocks differ.
 */
export function createSilence() {
  const since = new Map<string, { sign: string; at: MonoMs }>()
  let lookedAt = Number.NEGATIVE_INFINITY
  return {
    /** Those among them that have not changed for long enough. */
    of(signs: Signs, now: MonoMs): Signs {
      if (now - lookedAt > gapMs) since.clear()
      lookedAt = now
      for (const id of since.keys()) if (since.get(id)?.sign !== signs[id]) since.delete(id)
      for (const [id, sign] of Object.entries(signs)) if (!since.has(id)) since.set(id, { sign, at: now })
      return Object.fromEntries(
        Object.entries(signs).filter(([id]) => now - (since.get(id)?.at ?? now) >= goneMs),
      )
    },
    /** The town is another one. */
    forget: () => since.clear(),
  }
}

export type Silence = ReturnType<typeof createSilence>
