import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { describe, expect } from 'vitest'
import { hasRedis, serverProduct, withRedis } from '../../support/redis.ts'
import { test } from '../../support/sandbox.ts'

const AGENT = '[[agent]]\nname = "builder"\nkind = "persistent"\nbackend = "claude"\n'
const json = (run: { stdout: string }) => JSON.parse(run.stdout)

describe.skipIf(!hasRedis() && process.env.CI !== 'true')('agents town', () => {
  test('init lets tinytown in: a file for its owner alone that git does not take', async ({ box }) => {
    execaSync('git', ['init', '-q'], { cwd: box.dir })
    box.config(`${AGENT}[town]\nname = "shop"`)
    expect(json(await box.agents('town', '--json'))).toMatchObject({
      name: 'shop',
      own: true,
      reachable: false,
      fix: expect.stringContaining('agents up'),
    })
    const made = await box.agents('town', 'init')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(statSync(join(box.dir, 'tinytown.toml')).mode & 0o777).toBe(0o600)
    expect(box.read('tinytown.toml')).toMatch(
      /^name = "shop"\n\n\[redis\]\nurl = "unix:\/\/\/.*redis\.sock"\n$/m,
    )
    expect(box.read('.gitignore')).toBe('/tinytown.toml\n/.tt/\n')

    expect((await box.agents('town', 'init')).stdout).toMatch(/^kept /)
    expect(box.read('.gitignore')).toBe('/tinytown.toml\n/.tt/\n')
    const info = await box.agents('town', 'info', '--json')
    expect(info.code).toBe(0)
    expect(json(info)).toMatchObject({
      version: 1,
      reachable: true,
      from: 'default',
      server: { product: serverProduct(), persistence: 'aof', degraded: [] },
      backlog: 0,
      tinytown: { present: true, fits: true, private: true },
    })
    const towns = json(await box.agents('towns', '--json')).towns
    expect(towns).toEqual([
      { name: 'shop', path: join(box.dir, 'agents.toml'), by: 'agents', state: 'up', agents: 0 },
    ])
  })

  test('init leaves the file of another town alone; --force keeps its other keys', async ({ box }) => {
    box.config(`${AGENT}[town]\nname = "shop"`)
    const other =
      '# mine\nname = "other"\ndefault_cli = "stub"\n\n[redis]\nurl = "redis://:s3cret@127.0.0.1:1/0"\n'
    box.write('tinytown.toml', other)
    const refused = await box.agents('town', 'init')
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('of the town "other" at redis://***@127.0.0.1:1'),
    })
    expect(refused.stderr).not.toContain('s3cret')
    expect(box.read('tinytown.toml')).toBe(other)
    expect((await box.agents('town', 'init', '--force')).code).toBe(0)
    expect(box.read('tinytown.toml')).toMatch(
      /^# mine\nname = "shop"\ndefault_cli = "stub"\n\n\[redis\]\nurl = "unix:/,
    )
  })

  test('join takes the town of a tinytown.toml and leaves the rest of agents.toml as it is', async ({
    box,
  }) => {
    await withRedis(async (bench) => {
      box.config(`# mine\n${AGENT}`)
      writeFileSync(
        join(bench.dir, 'tinytown.toml'),
        `name = "theirs"\n[redis]\nurl = "unix://${bench.socket}"\n`,
      )
      const before = box.read('agents.toml')
      const joined = await box.agents('town', 'join', bench.dir)
      expect(joined).toMatchObject({ code: 0, stderr: '' })
      expect(box.read('agents.toml').startsWith(before)).toBe(true)
      expect(box.read('agents.toml').slice(before.length)).toMatch(
        /^\n?\[town\]\nfile = ".*tinytown.toml"\n$/,
      )
      expect(json(await box.agents('town', '--json'))).toMatchObject({
        name: 'theirs',
        from: 'file',
        reachable: true,
      })
      expect((await box.agents('town', 'join', bench.dir)).stdout).toContain('already')
      expect(serverFolder(box)).toBe(false)
    })
  })

  test('join names what says otherwise, and writes nothing for a town that cannot be reached', async ({
    box,
  }) => {
    box.config(`${AGENT}[town]\nname = "shop"   # ours\nredis_url = "redis://:pw@127.0.0.1:1"\n`)
    box.write('tinytown.toml', 'name = "theirs"\n[redis]\nurl = "unix:///nowhere/at/all"\n')
    const before = box.read('agents.toml')
    const refused = await box.agents('town', 'join')
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name = "shop", redis_url = "redis://***@127.0.0.1:1"'),
    })
    expect(await box.agents('town', 'join', '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be reached'),
    })
    expect(await box.agents('town', 'join', 'none')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not there'),
    })
    box.write('tinytown.toml', 'name = "a:b"\n[redis]\nurl = "unix:///nowhere/at/all"\n')
    expect(await box.agents('town', 'join', '--force')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"a:b"'),
    })
    expect(box.read('agents.toml')).toBe(before)
    await withRedis(async (bench) => {
      box.write('tinytown.toml', `name = "theirs"\n[redis]\nurl = "unix://${bench.socket}"\n`)
      expect((await box.agents('town', 'join', '--force')).code).toBe(0)
      expect(box.read('agents.toml')).toContain('[town]\nfile = "tinytown.toml"\n')
    })
  })

  test('save, restore and towns, as a person types them', async ({ box }) => {
    box.config(`${AGENT}[town]\nname = "shop"`)
    box.write('towns-of-tt', '')
    execaSync('mkdir', ['-p', join(box.dir, '.tt')])
    const theirs = '[[towns]]\npath = "/nowhere"\nname = "gone"\n'
    box.write('.tt/towns.toml', theirs)
    const saved = await box.agents('save', 'one.jsonl', '--json')
    expect(json(saved)).toMatchObject({ version: 1, town: 'shop', keys: 0, disk: 'rewriting' })
    expect((await box.agents('save', 'one.jsonl')).code).toBe(1)
    expect((await box.agents('restore', 'one.jsonl')).code).toBe(0)
    expect(await box.agents('restore', 'agents.toml')).toMatchObject({ code: 2 })
    expect(json(await box.agents('towns', '--json')).towns).toMatchObject([
      { name: 'gone', by: 'tinytown', state: 'gone' },
    ])
    box.write('.tt/towns.toml', 'towns = [\n')
    const broken = await box.agents('towns')
    expect(broken).toMatchObject({ code: 0, stdout: expect.stringContaining('was left as it is') })
    expect(box.read('.tt/towns.toml')).toBe('towns = [\n')
    expect(await box.agents('migrate', '--force')).toMatchObject({ code: 0 })
  })

  test('the watchdog makes its town known', async ({ box }) => {
    box.config(`${AGENT}enabled = false\n[town]\nname = "shop"`)
    const watchdog = box.watchdog()
    await box.until(
      'the town in the list',
      async () => json(await box.agents('towns', '--json')).towns[0]?.state === 'up',
    )
    process.kill(watchdog.pid)
    await watchdog.ended
  })
})

const serverFolder = (box: { exists(path: string): boolean }) => box.exists('logs/state/town')
