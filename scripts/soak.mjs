// The real agent CLIs for half an hour with a model that is slow, silent, limited, overloaded or asks for a tool, as a
// seed draws it; what the watchdog reads is compared with what the stand-in API did at that time. See docs/real-clis.md.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

const usage = `npm run soak -- [--minutes M] [--seed S] [--clis NAME,NAME]
  --minutes M   how long (default 30)
  --seed S      of an earlier run: the same modes again (default: drawn, and printed)
  --clis A,B    of claude, codex, gemini, opencode (default: all four)`

const settings = { minutes: '30', seed: String(randomInt(1, 2 ** 31)), clis: 'claude,codex,gemini,opencode' }
const args = process.argv.slice(2)
for (let i = 0; i < args.length; i += 2) {
  const name = args[i].replace(/^--/, '')
  if (!(name in settings) || args[i + 1] === undefined) {
    console.error(usage)
    process.exit(2)
  }
  settings[name] = args[i + 1]
}
const env = {
  ...process.env,
  ...Object.fromEntries(Object.entries(settings).map(([k, v]) => [`AGENTS_SOAK_${k.toUpperCase()}`, v])),
}
const done = spawnSync('npx', ['vitest', 'run', '--config', 'vitest.soak.config.ts'], {
  stdio: 'inherit',
  env,
})
process.exit(done.status ?? 1)
