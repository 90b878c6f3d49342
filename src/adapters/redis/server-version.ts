import { execFile } from 'node:child_process'

/**
 * The version that a server program tells, as a number: `7` of `Redis server v=7.0.15 …`. Valkey begins with 7.2.
 * undefined when it does not tell.
 */
export function programVersion(path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 5000, env: {} }, (_error, stdout) => {
      const found = /v=(\d+\.\d+)/.exec(stdout)
      resolve(found === null ? undefined : Number(found[1]))
    })
  })
}
