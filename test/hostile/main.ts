import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runHostile } from './run.ts'

/** @returns the exit code: 0 all arrived as documented, 1 some did not, 2 usage */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { count: { type: 'string' }, seed: { type: 'string' }, panes: { type: 'string' } },
  })
  const [count, seed, panes] = [values.count ?? '10000', values.seed ?? '1', values.panes ?? '16'].map(Number)
  if (![count, seed, panes].every((one) => Number.isSafeInteger(one) && one! > 0)) {
    console.error('usage: npm run hostile -- [--count N] [--seed S] [--panes N]')
    return 2
  }
  const program = join(root, 'test/fixtures/agents/keeps-bytes.mjs')
  const report = await runHostile({ count: count!, seed: seed!, panes: panes!, program, say: console.log })
  for (const { text, why } of report.wrong.slice(0, 20)) console.log(`WRONG ${JSON.stringify(text)}: ${why}`)
  console.log(
    `${report.count} texts (seed ${report.seed}) in ${Math.round(report.ms / 1000)} s: ${report.wrong.length} wrong; ` +
      `${report.exact} byte for byte, ${report.sanitised} without their control bytes; ${report.strays} stray bytes`,
  )
  return report.wrong.length === 0 && report.strays === 0 ? 0 : 1
}
