import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { test as base } from 'vitest'
import { townKeys } from '../../../src/town/keys.ts'
import { createSandbox, type Run, type Sandbox } from '../../support/sandbox.ts'
import { connect, createTt, keysOf, type Tinytown, until } from './tinytown.ts'

/** One town with both programs in it: a fleet of ours in a folder, and the real `tt` in the same folder. */
export interface Mixed extends Pick<Tinytown, 'tt' | 'run' | 'until'> {
  name: string
  box: Sandbox
  redis: Redis
  keys: ReturnType<typeof townKeys>
  /** Writes agents.toml with the town in it, opens the town, and lets `tt` into it by `agents town init`. */
  open(toml?: string): Promise<void>
  /** One command of ours; fails when it ends with another code than 0. */
  agents(...args: string[]): Promise<string>
  /** What it prints with `--json`. */
  json<T>(...args: string[]): Promise<T>
  record(agent: string): Promise<Record<string, string>>
  /** Until the record of this agent has this state. */
  becomes(agent: string, state: string, withinMs?: number): Promise<void>
}

/** On the Redis of `REDIS_URL`, or on the fleet's own. */
export const test = base.extend<{ mixed: Mixed }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the fixtures that this one needs, and it needs none.
  mixed: async ({}, use) => {
    const box = createSandbox()
    const given = process.env.REDIS_URL
    const url = given || `unix://${join(box.dir, 'logs/state/redis.sock')}`
    const name = `interop-${randomUUID().slice(0, 8)}`
    const home = join(box.dir, 'home')
    mkdirSync(home)
    let redis: Redis | undefined
    const { tt, run } = createTt({ folder: box.dir, home })
    const opened = () => (redis ??= connect(url))
    const keys = townKeys(name)

    async function agents(...args: string[]): Promise<string> {
      const { code, stdout, stderr }: Run = await box.agents(...args)
      if (code !== 0) throw new Error(`agents ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
      return stdout
    }

    async function record(agent: string): Promise<Record<string, string>> {
      for (const key of await keysOf(opened(), `${keys.agent('')}*`)) {
        const hash = await opened().hgetall(key)
        if (hash.name === agent) return hash
      }
      return {}
    }

    await use({
      name,
      box,
      get redis() {
        return opened()
      },
      keys,
      tt,
      run,
      until,
      agents,
      record,
      async open(toml = '') {
        const where = given ? `redis_url = "${given}"\n` : ''
        box.config(`[town]\nname = "${name}"\n${where}${toml}`)
        await agents('town', 'init')
      },
      json: async (...args) => JSON.parse(await agents(...args, '--json')),
      async becomes(agent, state, withinMs) {
        await until(`${agent} is ${state}`, async () => (await record(agent)).state === state, withinMs)
      },
    })
    await run(['stop'])
    if (given) {
      await box.agents('down')
      const left = await keysOf(opened(), `${keys.root}*`)
      if (left.length > 0) await opened().del(...left)
    }
    redis?.disconnect()
    await box.end()
  },
})
