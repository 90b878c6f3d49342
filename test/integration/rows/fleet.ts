import { readFileSync } from 'node:fs'
import { execaSync } from 'execa'
import type { EventKind, FleetEvent } from '../../../src/core/index.ts'
import type { Sandbox } from '../../support/sandbox.ts'

/** The fastest the intervals go; `more` are further keys of `[watchdog]`. */
export const watchdog = (more = ''): string =>
  `[watchdog]\nsignal_interval = 1\nheavy_interval = 1\n${more}\n`

export const backend = (name: string, bin: string, more = ''): string =>
  `[backend.${name}]\nbin = ${JSON.stringify(bin)}\nprompt_delivery = "exec"\n${more}\n`

export const agent = (name: string, backendName: string, more = 'watch = "heal"'): string =>
  `[[agent]]\nname = "${name}"\nbackend = "${backendName}"\n${more}\n`

/** An agent that never does anything, to see that nobody else is touched. */
export const bystander = `${backend('steady', 'sleep 1000')}${agent('other', 'steady')}`

export const eventsOf = (box: Sandbox, kind: EventKind, name?: string): FleetEvent[] =>
  box.events().filter((event) => event.kind === kind && (name === undefined || event.agent === name))

export const startsOf = (box: Sandbox, name: string): number => eventsOf(box, 'start', name).length

/** Waits until the agent's pane runs another process than `before`. */
export const replaced = (box: Sandbox, name: string, before: number | undefined, withinMs = 10_000) =>
  box.until(
    `another process of ${name}`,
    () => {
      const now = box.pid(name)
      return now !== undefined && now !== before ? now : undefined
    },
    withinMs,
  )

/** The agent as `status --json` has it. */
export async function reportOf(box: Sandbox, name: string) {
  return (await box.status()).agents.find((one) => one.name === name)!
}

/** Waits for a life of an agent. */
export const life = (box: Sandbox, name: string, wanted: string, withinMs = 10_000) =>
  box.until(
    `${name} is ${wanted}`,
    async () => {
      const found = await reportOf(box, name)
      return found.life === wanted ? found : undefined
    },
    withinMs,
  )

/** pid of the watchdog that answers. */
export const watchdogPid = (box: Sandbox, not?: number) =>
  box.until('a watchdog', async () => {
    const { watchdog: dog } = await box.status()
    return dog.life === 'up' && dog.pid !== not ? dog.pid : undefined
  })

/** Zombies count as gone: nobody may have reaped them yet. */
export const isAlive = (pid: number): boolean => {
  const state = execaSync('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false }).stdout.trim()
  return state !== '' && !state.startsWith('Z')
}

/** CPU time that a process has used, milliseconds (Linux: 100 ticks a second). */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
