// Measures what the README promises, on real tmux and git with fake agents, each figure beside a named baseline of the
// same run. See docs/bench.md.
//   node scripts/bench.mjs [--only NAME,NAME] [--quick] [--json]
// Exit 0: every target reached; 1: one missed or a case broke; 2: usage.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cases } from '../test/bench/cases/index.mjs'
import { endAll } from '../test/bench/lab.mjs'
import { machine, summary } from '../test/bench/measure.mjs'
import { rowText } from '../test/bench/report.mjs'
import { optionsOf, refuse } from './options.mjs'

const usage = `npm run bench -- [--only NAME,NAME] [--quick] [--json]
  --only NAME,NAME  of ${cases.map((one) => one.name).join(', ')} (default: all)
  --quick           fewer samples
  --json            one object on standard output`
const { values } = optionsOf(usage, {
  options: { only: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'boolean' } },
})
const wanted = values.only?.split(',')
const unknown = wanted?.filter((name) => !cases.some((one) => one.name === name)) ?? []
if (unknown.length > 0) refuse(usage, `no such case: ${unknown.join(', ')}`)
if (!existsSync(fileURLToPath(new URL('../dist/agents.js', import.meta.url)))) {
  console.error('dist/agents.js is missing. Type: npm run build')
  process.exit(2)
}

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => endAll().finally(() => process.exit(130)))

const say = (text) => values.json || console.log(text)
const report = { version: 1, quick: values.quick === true, machine: machine(), cases: [] }
const { cpu, cores, memoryMiB, kernel, node, tmux, git, load } = report.machine
say(`${cpu}, ${cores} cores, ${memoryMiB} MiB, ${kernel}`)
say(
  `node ${node}, ${tmux}, ${git}, load average ${load.join(' ')}${values.quick ? ', quick: fewer samples' : ''}`,
)

for (const one of cases) {
  if (wanted !== undefined && !wanted.includes(one.name)) continue
  say(`\n${one.name}: ${one.title}`)
  const begun = { name: one.name, title: one.title, load: machine().load }
  try {
    const rows = (await one.run({ quick: values.quick === true })).map(judged)
    for (const row of rows) say(rowText(row))
    report.cases.push({ ...begun, rows })
  } catch (error) {
    say(`  BROKE: ${error.stack ?? error}`)
    report.cases.push({ ...begun, rows: [], broke: String(error) })
  }
}

const missed = report.cases.flatMap((one) => one.rows.filter((row) => row.reached === false))
const broke = report.cases.filter((one) => one.broke !== undefined)
if (values.json) console.log(JSON.stringify(report, null, 2))
say(
  `\n${missed.length === 0 && broke.length === 0 ? 'every target reached' : `missed: ${[...missed.map((row) => row.what), ...broke.map((one) => `${one.name} (broke)`)].join('; ')}`}`,
)
process.exitCode = missed.length === 0 && broke.length === 0 ? 0 : 1

/** A row with its quantiles, its ratio to the baseline (median by median), and whether the target is reached. */
function judged({ samples, baseline, target, ...row }) {
  const figures = summary(samples)
  const base = baseline && { what: baseline.what, ...summary(baseline.samples) }
  const ratio = base && figures.p50 / base.p50
  const value = target && (target.of === 'ratio' ? ratio : figures[target.of])
  return { ...row, ...figures, baseline: base, ratio, target, reached: target && value < target.below }
}
