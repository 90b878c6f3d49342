// The real tinytown against ours, both ways; see docs/interop.md.
//   npm run test:interop [-- NAME …]      tests whose file name contains NAME, on a Redis of their own
//   REDIS_URL=redis://… npm run test:interop     on that one; the towns are named interop-…, and removed afterwards
//   npm run test:interop -- --record      writes test/fixtures/town/ anew
// Builds tt with cargo unless it is there, outside the repository. Exit 5: it is not there and cargo is not installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root, runTypeScript } from './run-typescript.mjs'

const RELEASE = '0.10.0'
const folder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'agents-fleet',
  `tinytown-${RELEASE}`,
)
const program = join(folder, 'bin', 'tt')

function build() {
  if (existsSync(program)) return 0
  if (spawnSync('cargo', ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.error(`tinytown ${RELEASE} is not at ${program}, and cargo, which builds it, is not installed.
Install Rust (https://rustup.rs) and type this again; or build it elsewhere and put it there:
  cargo install tinytown --version ${RELEASE} --locked --root ${folder}`)
    return 5
  }
  console.log(`building tinytown ${RELEASE} in ${folder}; this takes some minutes, once`)
  const args = ['install', 'tinytown', '--version', RELEASE, '--locked', '--root', folder]
  return spawnSync('cargo', args, { stdio: 'inherit' }).status ?? 1
}

const words = process.argv.slice(2)
let status = build()
if (status === 0 && words.includes('--record')) status = await runTypeScript('test/interop/record.ts', root)
else if (status === 0) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--config', join(root, 'vitest.interop.config.ts'), ...words]
  status = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
}
process.exit(status)
