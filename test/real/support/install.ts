import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execaSync } from 'execa'
import type { Cli } from '../clis/cli.ts'

export interface Installed {
  /** Folder with the command, to be put on the PATH. */
  binDir: string
  version: string
  remove(): void
}

/**
 * Installs a CLI from npm outside of the project. `AGENTS_REAL_CLIS=DIR` keeps the installs in DIR and uses them again;
 * `AGENTS_REAL_VERSION=x.y.z` asks for another version than the newest.
 */
export function installCli(cli: Cli): Installed {
  const kept = process.env.AGENTS_REAL_CLIS
  const wanted = process.env.AGENTS_REAL_VERSION ?? 'latest'
  const dir = kept
    ? join(kept, `${cli.name}-${wanted}`)
    : realpathSync(mkdtempSync(join(tmpdir(), `real-${cli.name}-`)))
  const binDir = join(dir, 'node_modules/.bin')
  if (!existsSync(join(binDir, cli.bin))) {
    const flags = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
    execaSync('npm', ['install', '--prefix', dir, ...flags, `${cli.npm}@${wanted}`], { timeout: 400_000 })
  }
  const asked = execaSync(join(binDir, cli.bin), ['--version'], {
    env: { PATH: process.env.PATH ?? '', HOME: dir },
    extendEnv: false,
    timeout: 60_000,
  })
  const version = /\d+\.\d+\.\d+/.exec(asked.stdout)?.[0] ?? asked.stdout.trim()
  return {
    binDir,
    version,
    remove: () => {
      if (!kept) rmSync(dir, { recursive: true, force: true })
    },
  }
}
