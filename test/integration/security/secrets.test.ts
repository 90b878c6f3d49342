import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, replaced, watchdog } from '../rows/fleet.ts'

const secret = 'canary-5d1f-operator'
const key = 'canary-77ae-api-key'
const operator = { SECRET_CANARY: secret, AWS_SECRET_ACCESS_KEY: secret, ANTHROPIC_API_KEY: key }

interface Seen {
  environ: string
  cmdline: string
}

/** Every living process of the sandbox, whoever its parent is. */
function processes(box: Sandbox): Map<string, Seen> {
  const found = new Map<string, Seen>()
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const environ = readFileSync(`/proc/${pid}/environ`, 'utf8')
      const cmdline = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (environ.includes(box.dir) || cmdline.includes(box.dir)) found.set(pid, { environ, cmdline })
    } catch {
      // Gone meanwhile.
    }
  }
  return found
}

const filesWith = (box: Sandbox, text: string): string =>
  execFileSync('sh', ['-c', `grep -rlFa -- '${text}' . 2>/dev/null; :`], { cwd: box.dir, encoding: 'utf8' })

test('the operator’s secrets reach no agent, no command line and no file; a key reaches the backend that asks for it, by its environment alone', async ({
  box,
}) => {
  box.config(
    watchdog() +
      backend('claude', 'exec sleep 1000', 'preset = "claude"\nprocess_name = ""\nfooter_ui = false') +
      backend('plain', 'exec sleep 2000') +
      agent('keyed', 'claude') +
      agent('plain', 'plain') +
      '[[service]]\nname = "web"\ncommand = "exec sleep 3000"\n',
  )
  const up = await box.agentsWith(operator, 'up')
  expect(up.code, up.stdout + up.stderr).toBe(0)
  const keyed = box.pid('keyed')!
  const look = () => {
    const all = processes(box)
    expect(all.size).toBeGreaterThanOrEqual(4)
    for (const [pid, one] of all) {
      expect(one.cmdline, `command line of ${pid}`).not.toMatch(/canary-/)
      expect(one.environ.includes(secret), `environment of ${pid}: ${one.cmdline}`).toBe(false)
    }
    return all
  }
  const first = look()
  expect(first.get(String(keyed))!.environ).toContain(`ANTHROPIC_API_KEY=${key}`)
  for (const name of ['plain', 'web'])
    expect(first.get(String(box.pid(name)))!.environ).not.toContain('ANTHROPIC_API_KEY')
  // Started again by hand the key comes along; what nobody asked for still does not.
  await box.agentsWith(operator, 'restart', 'keyed')
  await sleep(500)
  look()
  expect(filesWith(box, secret)).toBe('')
  expect(filesWith(box, key)).toBe('')
  for (const scope of [['-g'], ['-t', '=x-plain:'], ['-t', '=x-keyed:']])
    expect(box.tmux('show-environment', ...scope).stdout).not.toContain(secret)
  for (const verb of [
    ['status', '--json'],
    ['events', '--json'],
    ['doctor', '--json'],
    ['why', 'keyed'],
    ['plan'],
  ]) {
    const run = await box.agentsWith(operator, ...verb)
    expect(run.stdout + run.stderr).not.toMatch(/canary-/)
  }
}, 40_000)

test('an agent that is healed gets the key that its backend asks for again', async ({ box }) => {
  box.config(
    watchdog() +
      backend('claude', 'exec sleep 1000', 'preset = "claude"\nprocess_name = ""\nfooter_ui = false') +
      agent('keyed', 'claude'),
  )
  await box.agentsWith(operator, 'up')
  const pid = box.pid('keyed')!
  process.kill(pid, 'SIGKILL')
  const next = await replaced(box, 'keyed', pid)
  await box.until(
    'its environment',
    () => {
      const environ = processes(box).get(String(next))?.environ
      return environ?.includes(`ANTHROPIC_API_KEY=${key}`) || undefined
    },
    3_000,
  )
  for (const one of processes(box).values()) {
    expect(one.cmdline).not.toMatch(/canary-/)
    expect(one.environ).not.toContain(secret)
  }
  expect(filesWith(box, key)).toBe('')
}, 30_000)
