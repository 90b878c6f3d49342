import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { withRedis } from '../../support/redis.ts'
import { tlsFront, tlsKeys } from '../../support/redis-tls.ts'
import { test } from '../../support/sandbox.ts'
import { takesTurns } from '../../support/turns.ts'

const secret = 'p@ss:w/rd #?%41"\'\\ü'

/** Files below `dir` that hold the secret, however it is written. */
function holding(dir: string): string[] {
  const forms = ['ss:w/rd', encodeURIComponent(secret).slice(0, 12)]
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => forms.some((form) => readFileSync(path, 'utf8').includes(form)))
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return '' // gone
      }
    })
}

test('row 99: a password that only the operator’s environment has, and an authority of one’s own: a tmux server that runs already keeps neither from watchdog and agents', async ({
  box,
}) => {
  await withRedis(async (bench) => {
    await bench.raw.call('ACL', 'SETUSER', 'fleet', 'on', `>${secret}`, '~*', '&*', '+@all')
    const front = await tlsFront(tlsKeys(bench.dir), { path: bench.socket })
    box.config(`
[town]
name = "shop"
redis_url = "rediss://fleet@localhost:${front.port}/4"
redis_password_env = "SHOP_PW"
redis_ca = "${front.caPath}"
[[agent]]
name = "a"
backend = "t"
${takesTurns(box)}
`)
    expect(box.tmux('new-session', '-d', '-s', 'mine', 'sleep 600').code).toBe(0)
    const up = await box.agentsWith({ SHOP_PW: secret }, 'up')
    expect(up.code, up.stderr).toBe(0)
    const town = await box.until('the town', async () => {
      const { town } = await box.status()
      return town?.state === 'ok' ? town : undefined
    })
    expect(town.server?.at).toBe(`rediss://***@localhost:${front.port}/4`)

    // What an agent says and takes inside of its session.
    const environment = readFileSync(`/proc/${box.pid('a')}/environ`, 'utf8').split('\0')
    const inside = Object.fromEntries(
      environment.filter((line) => line.includes('=')).map((line) => line.split(/=(.*)/s).slice(0, 2)),
    )
    expect(inside).not.toHaveProperty('REDIS_URL')
    const sent = await box.agentsWith(inside, 'send', 'supervisor', 'I am in')
    expect(sent.code, sent.stderr).toBe(0)
    const read = await box.agentsWith({ SHOP_PW: secret }, 'inbox', 'supervisor')
    expect(read.stdout).toContain('I am in')

    // It stands nowhere that others can read, nor in any file of the project.
    expect(holding(box.dir)).toEqual([])
    expect(commandLines().filter((line) => line.includes('ss:w/rd'))).toEqual([])

    // Without the variable the error tells where the password is looked for.
    const without = await box.agents('inbox', 'supervisor')
    expect(without.code).toBe(1)
    expect(without.stderr).toContain('redis_password_env')

    // Row 99: changed, the next connection is refused and that is told, without the secret; put back, it is reached again.
    const set = (password: string) => bench.raw.call('ACL', 'SETUSER', 'fleet', 'resetpass', `>${password}`)
    await set('another')
    await bench.raw.call('CLIENT', 'KILL', 'USER', 'fleet')
    const away = await box.until('away', async () => {
      const { town } = await box.status()
      return town?.state === 'away' && /refuses the user name/.test(town.reasons.join()) ? town : undefined
    })
    expect(JSON.stringify(away)).not.toContain('ss:w')
    await set(secret)
    await box.until('back', async () => (await box.status()).town?.state === 'ok' || undefined, 15_000)
    expect(holding(box.dir)).toEqual([])
    await box.agents('down')
    front.close()
  })
}, 60_000)
