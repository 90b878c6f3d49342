import { execFile } from 'node:child_process'
import { clientEnv } from './socket.ts'

export type TmuxVersion =
  | { kind: 'ok'; version: string }
  | { kind: 'missing' }
  | { kind: 'old'; version: string }

/** Oldest tmux whose control mode has `no-output`, and whose clients have `-N` and `new-session -e`. */
const NEEDED = [3, 2] as const

/** Asks the `tmux` in `PATH` for its version. `old`: before 3.2. `missing`: no such program, or it does not run. */
export function tmuxVersion(): Promise<TmuxVersion> {
  return new Promise((resolve) => {
    execFile('tmux', ['-V'], { timeout: 2000, env: clientEnv() }, (error, stdout) => {
      const version = stdout.trim().replace(/^tmux\s+/, '')
      if (error !== null || version === '') resolve({ kind: 'missing' })
      else resolve({ kind: isEnough(version) ? 'ok' : 'old', version })
    })
  })
}

/** `3.3a`, `next-3.5`, `3.2-rc2`; `openbsd-7.4` and `master` have no number of ours and are taken for new. */
export function isEnough(version: string): boolean {
  const found = /^(?:next-)?(\d+)\.(\d+)/.exec(version)
  if (found === null) return true
  const [major, minor] = [Number(found[1]), Number(found[2])]
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}
