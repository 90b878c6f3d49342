import { join } from 'node:path'
import { runHostile } from './run.ts'

/** @returns the exit code: 0 all arrived as documented, 1 some did not */
export async function main(
  { count, seed, panes }: { count: number; seed: number; panes: number },
  root: string,
): Promise<number> {
  const program = join(root, 'test/fixtures/agents/keeps-bytes.mjs')
  const report = await runHostile({ count, seed, panes, program, say: console.log })
  for (const { text, why } of report.wrong.slice(0, 20)) console.log(`WRONG ${JSON.stringify(text)}: ${why}`)
  console.log(
    `${report.count} texts (seed ${report.seed}) in ${Math.round(report.ms / 1000)} s: ${report.wrong.length} wrong; ` +
      `${report.exact} byte for byte, ${report.sanitised} without their control bytes; ${report.strays} stray bytes`,
  )
  return report.wrong.length === 0 && report.strays === 0 ? 0 : 1
}
