import { programName } from '../adapters/host/program.ts'
import { quickReport } from './quick-report.ts'
import { quickStatus } from './quick-status.ts'

/** The file that is started. What it cannot do itself is done by the program proper, loaded only then. */
const argv = process.argv.slice(2)
const code =
  (await quickReport(argv, process.env, performance.timeOrigin)) ??
  (await quickStatus(argv, process.env, programName()))
if (code === undefined) await import('./run.ts')
else process.exit(code)
