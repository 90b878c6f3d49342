import { execFile } from 'node:child_process'

/** What a server program tells of itself. */
export interface ProgramVersion {
  /** `7` of `Redis server v=7.0.15 …`; Valkey begins with 7.2. undefined: it does not tell. */
  version: number | undefined
  /** Also where it is called redis-server. */
  valkey: boolean
}

export function programVersion(path: string): Promise<ProgramVersion> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 5000, env: {} }, (_error, stdout) => {
      const found = /v=(\d+\.\d+)/.exec(stdout)
      resolve({ version: found === null ? undefined : Number(found[1]), valkey: /^valkey/i.test(stdout) })
    })
  })
}
