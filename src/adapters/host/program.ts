import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Under which of its two names the program was started; a link or a shim called `tt` ends at `dist/tt.js`. */
export function programName(): 'agents' | 'tt' {
  return /^tt(?:\.js)?$/.test(basename(process.argv[1] ?? '')) ? 'tt' : 'agents'
}

/** The file that was started, links resolved: the bundle's entry, also when it was started as `tt`. */
export function programEntry(): string {
  const started = resolved(process.argv[1] ?? '')
  return basename(started) === 'tt.js' ? join(dirname(started), 'agents.js') : started
}

function resolved(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** The installed package: the entry lies in its `dist/`. */
export function packageFolder(): string {
  return dirname(dirname(programEntry()))
}
