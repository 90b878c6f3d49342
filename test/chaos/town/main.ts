import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { createRandom } from '../random.ts'
import { percentiles } from '../report.ts'
import { planTown, runTown, type TownResult } from './run.ts'
import { townSabotages } from './sabotage.ts'

const usage = `npm run chaos -- --town [--faults N] [--seed S] [--minutes M] [--only TEXT] [--sabotage NAME] [--list] [--json]
  --faults N       how many faults (default 200)
  --seed S         of an earlier run: the same faults again (default: drawn, and printed)
  --minutes M      end after M minutes, whatever is left
  --only TEXT      only kinds whose name contains TEXT
  --sabotage NAME  break an invariant on purpose; must end with a violation: ${Object.keys(townSabotages).join(', ')}
  --list           print the plan of this seed and stop
  --json           one JSON document instead of text`

/** @param program test/chaos/town/actor.ts, bundled */
export async function main(args: readonly string[], program: string): Promise<number> {
  const known = ['--town', '--faults', '--seed', '--minutes', '--only', '--sabotage', '--list', '--json']
  if (args.some((word) => word.startsWith('--') && !known.includes(word))) {
    console.error(usage)
    return 2
  }
  const value = (name: string): string | undefined =>
    args.includes(name) ? args[args.indexOf(name) + 1] : undefined
  const seed = Number(value('--seed') ?? randomInt(1, 2 ** 31))
  const faults = Number(value('--faults') ?? 200)
  const minutes = value('--minutes')
  const only = value('--only')
  if (args.includes('--list')) {
    for (const { n, fault, draw, afterMs } of planTown(createRandom(seed), faults, only))
      console.log(`${n}\t+${afterMs} ms\t${fault.name}\t${JSON.stringify(draw)}`)
    return 0
  }
  const quiet = args.includes('--json')
  const say = (line: string) => void (quiet || console.log(line))
  say(`seed ${seed}, ${faults} faults`)
  const sabotage = value('--sabotage')
  const result = await runTown({
    program,
    seed,
    faults,
    minutes: minutes === undefined ? undefined : Number(minutes),
    only,
    sabotage,
    say,
  })
  console.log(quiet ? JSON.stringify({ version: 1, machine: machine(), ...result }, null, 2) : asText(result))
  return result.violations.length > 0 ? 1 : 0
}

function machine(): Record<string, string> {
  const redis = execFileSync('redis-server', ['--version'], { encoding: 'utf8' })
  return {
    node: process.version,
    redis: /v=(\S+)/.exec(redis)?.[1] ?? redis.trim(),
    kernel: release(),
    cores: `${cpus().length}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: loadavg()[0]!.toFixed(1),
  }
}

function asText(result: TownResult): string {
  const lines = [`faults by kind (${result.done})`]
  for (const [name, count] of Object.entries(result.byKind).sort())
    lines.push(`  ${`${count}`.padStart(5)}  ${name}`)
  const { sent, counted, presented, unmarked, acked, dead } = result.messages
  const { added, taken, ended } = result.tasks
  const drain = percentiles(result.drains)
  lines.push(
    '',
    `messages acknowledged to their senders ${sent}, ${counted} of them followed to their end; presentations ${presented}, ${unmarked} of them unmarked; acknowledged by readers ${acked}; dead letters ${dead}`,
    `tasks added ${added}, taken ${taken}, ended ${ended}`,
    `after the faults of a round until every mailbox was empty: p50 ${drain.p50} ms, max ${drain.max} ms`,
    `machine: ${Object.entries(machine())
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  )
  for (const { inv, why } of result.violations.slice(0, 40)) lines.push(`VIOLATION ${inv}: ${why}`)
  if (result.violations.length > 0) lines.push(`the folder is kept: ${result.dir} (journals/)`)
  lines.push(
    `seed ${result.seed}, ${result.done} faults, ${Math.round(result.durationMs / 1000)} s, violations: ${result.violations.length}`,
  )
  return lines.join('\n')
}
