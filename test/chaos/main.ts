import { randomInt } from 'node:crypto'
import { faketimeLibrary } from '../support/faketime.ts'
import { catalogue, planRounds } from './plan.ts'
import { createRandom } from './random.ts'
import { asJson, asText } from './report.ts'
import { runChaos } from './run.ts'
import { sabotages } from './sabotage.ts'

const usage = `npm run chaos -- [--faults N] [--seed S] [--minutes M] [--only TEXT] [--sabotage NAME] [--list] [--json]
  --faults N       how many faults (default 100)
  --seed S         of an earlier run: the same faults again (default: drawn, and printed)
  --minutes M      end after M minutes, whatever is left
  --only TEXT      only kinds whose name contains TEXT
  --sabotage NAME  break an invariant on purpose; must end with a violation: ${Object.keys(sabotages).join(', ')}
  --list           print the plan of this seed and stop
  --json           one JSON document instead of text`

export async function main(args: readonly string[], root: string, dist: string): Promise<number> {
  const value = (name: string): string | undefined => {
    const at = args.indexOf(name)
    return at < 0 ? undefined : args[at + 1]
  }
  const known = ['--faults', '--seed', '--minutes', '--only', '--sabotage', '--list', '--json', '--replay']
  if (args.some((word) => word.startsWith('--') && !known.includes(word))) {
    console.error(usage)
    return 2
  }
  if (process.platform !== 'linux') {
    console.error('chaos reads /proc and needs Linux')
    return 5
  }
  const seed = Number(value('--seed') ?? value('--replay') ?? randomInt(1, 2 ** 31))
  const faults = Number(value('--faults') ?? (value('--sabotage') === undefined ? 100 : 4))
  const only = value('--only')
  if (args.includes('--list')) {
    list(seed, faults, only)
    return 0
  }
  const quiet = args.includes('--json')
  if (faketimeLibrary() === undefined)
    console.error('libfaketime is not installed: no clock faults, and a seed gives other faults than with it')
  if (!quiet) console.log(`seed ${seed}, ${faults} faults`)
  const minutes = value('--minutes')
  const result = await runChaos({
    root,
    dist,
    seed,
    faults,
    minutes: minutes === undefined ? undefined : Number(minutes),
    only,
    sabotage: value('--sabotage'),
    say: progress(quiet),
  })
  console.log(quiet ? asJson(result) : asText(result))
  return result.violations.length > 0 ? 1 : 0
}

/** One line that is rewritten on a terminal, a line a minute elsewhere. */
function progress(quiet: boolean): (line: string) => void {
  let last = 0
  return (line) => {
    if (quiet) return
    if (process.stdout.isTTY) process.stdout.write(`\r${line}\x1b[K`)
    else if (Date.now() - last > 60_000) {
      last = Date.now()
      console.log(line)
    }
  }
}

function list(seed: number, faults: number, only: string | undefined): void {
  const kinds = catalogue.filter((kind) => only === undefined || kind.name.includes(only))
  for (const [at, round] of planRounds(createRandom(seed), faults, kinds).entries()) {
    for (const { n, kind, params, afterMs } of round) {
      console.log(`${n}\tround ${at + 1} +${afterMs} ms\t${kind.name}\t${JSON.stringify(params)}`)
    }
  }
}
