import { execFileSync } from 'node:child_process'
import { expect } from 'vitest'
import type { Redis } from '../../src/adapters/redis/types.ts'
import { type Peeked, peek } from '../../src/town/inbox/peek.ts'
import { sendMessage } from '../../src/town/inbox/send.ts'
import { createTown, type Town } from '../../src/town/town.ts'
import { SUPERVISOR } from '../../src/town/wire/ids.ts'
import type { Content } from '../../src/town/wire/message.ts'
import type { Sandbox } from './sandbox.ts'
import { type TownView, viewTown } from './town-view.ts'

/** What the CLI `works-in-rounds` wrote down when it began. */
export interface Round {
  name: string
  id: string
  word: string
  pid: number
  prompt: string
}

/** A fleet of workers in a sandbox, and its town as somebody else sees it. */
export interface WorkerFleet {
  town: Town
  redis: Redis
  view: TownView
  /** Rounds that were begun so far. */
  rounds(): Round[]
  /** Waits until so many were. */
  begun(count: number, withinMs?: number): Promise<Round[]>
  send(name: string, content: Content, urgent?: boolean): Promise<string>
  mail(name: string): Promise<Peeked[]>
  /** Waits until the mailbox of a worker looks so. */
  mailIs(name: string, what: (mail: Peeked[]) => boolean): Promise<Peeked[]>
  state(name: string, wanted: string): Promise<void>
  log(name: string): string
}

/** For what takes a second on a machine that is not crowded. Milliseconds. */
const patienceMs = 30_000

const HEAD = (box: Sandbox) => `
[town]
name = "shop"
lease = "60s"
[backend.c]
bin = "${box.fake('works-in-rounds')}"
round_cmd = "{bin}"
`

export const worker = (name: string, more = ''): string => `
[[agent]]
name = "${name}"
kind = "worker"
backend = "c"
watch = "heal"
stop_grace = "1s"
${more}
`

/** @param words what the rounds do, one after the other, the last one repeats; see test/fixtures/agents/works-in-rounds.mjs */
export async function startWorkers(
  box: Sandbox,
  words: string,
  config: string,
  ...names: string[]
): Promise<WorkerFleet> {
  box.write('do', words)
  box.config(`${HEAD(box)}${config}`)
  const up = await box.agents('up')
  expect(up.code, up.stdout + up.stderr).toBe(0)
  const view = viewTown(box, 'shop')
  const { redis } = view
  const town = createTown('shop', redis, Date.now)
  const fleet: WorkerFleet = {
    town,
    redis,
    view,
    rounds: () => roundsOf(box),
    begun: (count, withinMs = patienceMs) =>
      box.until(
        `${count} rounds`,
        () => (roundsOf(box).length >= count ? roundsOf(box) : undefined),
        withinMs,
      ),
    send: async (name, content, urgent = false) =>
      (await sendMessage(town, { from: SUPERVISOR, to: await view.id(name), content, urgent })).id,
    mail: async (name) => peek(town, await view.id(name)),
    mailIs: async (name, what) =>
      box.until(
        `the mail of ${name}`,
        async () => {
          const mail = await peek(town, await view.id(name)).then(undefined, () => undefined)
          return mail !== undefined && what(mail) ? mail : undefined
        },
        patienceMs,
      ),
    state: (name, wanted) => view.reaches(name, wanted, patienceMs),
    log: (name) => (box.exists(`logs/x-${name}.log`) ? box.read(`logs/x-${name}.log`) : ''),
  }
  for (const name of names) await fleet.state(name, 'idle')
  return fleet
}

const roundsOf = (box: Sandbox): Round[] =>
  box.exists('rounds.jsonl')
    ? box
        .read('rounds.jsonl')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Round)
    : []

/** Whether a process runs; a zombie does not. */
export function runs(pid: number): boolean {
  try {
    return !/^Z/.test(execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim())
  } catch {
    return false
  }
}
