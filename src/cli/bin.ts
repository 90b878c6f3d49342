import { quickStatus } from './quick-status.ts'

/** The file that is started. What it cannot do itself is done by the program proper, loaded only then. */
const code = await quickStatus(process.argv.slice(2), process.env)
if (code === undefined) await import('./run.ts')
else process.exit(code)
