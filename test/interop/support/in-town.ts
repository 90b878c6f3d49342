import { randomUUID } from 'node:crypto'
import { test as base } from 'vitest'
import { openServer } from './server.ts'
import { openTinytown, type Tinytown } from './tinytown.ts'

/** A town of the real `tt`: on the Redis of `REDIS_URL`, or on one that is gone with the test. */
export const test = base.extend<{ town: Tinytown }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the fixtures that this one needs, and it needs none.
  town: async ({}, use) => {
    const given = process.env.REDIS_URL
    const server = given ? undefined : await openServer()
    const town = await openTinytown(given || (server?.url ?? ''), `interop-${randomUUID().slice(0, 8)}`)
    try {
      await use(town)
    } finally {
      await town.end()
      await server?.end()
    }
  },
})
