import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'

/** The file that was started, links resolved: the bundle's entry. */
export function programEntry(): string {
  const started = process.argv[1] ?? ''
  try {
    return realpathSync(started)
  } catch {
    return started
  }
}

/** The installed package: the entry lies in its `dist/`. */
export function packageFolder(): string {
  return dirname(dirname(programEntry()))
}
