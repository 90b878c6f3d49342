import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { hasRedis, withRedis } from '../../support/redis.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'

const json = (run: { stdout: string }) => JSON.parse(run.stdout)

/** A program of ours in a folder below the sandbox. */
const started =
  (box: Sandbox, program: 'agents' | 'tt', folder: string, env: Record<string, string> = {}) =>
  async (...args: string[]) => {
    const done = await execa(process.execPath, [resolve(`dist/${program}.js`), ...args], {
      cwd: join(box.dir, folder),
      env: { PATH: process.env.PATH, HOME: box.dir, AGENTS_SANDBOX: box.dir, ...env },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    })
    return { code: done.exitCode ?? 255, stdout: done.stdout, stderr: done.stderr }
  }

describe.skipIf(!hasRedis() && process.env.CI !== 'true')(
  'a folder with a tinytown.toml and no agents.toml',
  () => {
    test('is a town to every verb that needs no fleet; the others say what to type', async ({ box }) => {
      await withRedis(async ({ socket }) => {
        mkdirSync(join(box.dir, 'shop'))
        box.write('shop/tinytown.toml', `name = "shop"\n\n[redis]\nurl = "unix://${socket}"\n`)
        const tt = started(box, 'tt', 'shop')
        const task = await tt('backlog', 'add', 'Mend it', '--json')
        expect(task.code, task.stderr).toBe(0)
        expect((await tt('send', 'supervisor', 'hello', '--info')).code).toBe(0)
        const status = await tt('status')
        expect([status.code, status.stderr]).toEqual([0, ''])
        expect(status.stdout).toMatch(/^ town: shop \(\w+\) on .*inbox 1;.*backlog 1\n/)
        expect(status.stdout).toMatch(/supervisor .*1 waiting/)
        expect(status.stdout).not.toContain('watchdog')
        expect(json(await tt('status', '--json'))).toMatchObject({ agents: [], town: { name: 'shop' } })
        expect((await tt('inbox', 'supervisor')).stdout).toContain('hello')
        expect((await tt('task', 'list')).stdout).toContain('Mend it')
        expect((await tt('kill', 'nobody')).stderr).toContain('There is no agent "nobody"')
        const elsewhere = started(box, 'agents', '.')
        expect(json(await elsewhere('--town', 'shop', 'list', '--json'))).toMatchObject({ town: 'shop' })
        for (const argv of [['up'], ['spawn', 'w'], ['events'], ['town', 'join'], ['why', 'w']]) {
          const refused = await started(box, 'agents', 'shop')(...argv)
          expect([argv, refused.code]).toEqual([argv, 2])
          expect(refused.stderr).toMatch(/CONFIG_MISSING[\s\S]*agents init .*takes its town/)
        }
        expect((await tt('events')).code).toBe(0)
        // Nothing but tinytown's own folder, if anything, was made.
        expect(box.exists('shop/.agents')).toBe(false)
        // Its own config counts as soon as there is one.
        expect((await tt('init')).code).toBe(0)
        expect(json(await tt('status', '--json')).agents).toHaveLength(1)
        expect(json(await tt('town', '--json'))).toMatchObject({ name: 'shop', backlog: 1 })
      })
    }, 60_000)
  },
)

test('in a session, a folder with an agents.toml of its own is told by agents, and tt means the session', async ({
  box,
}) => {
  const agent = (name: string) => `[[agent]]\nname = "${name}"\nkind = "persistent"\nbackend = "claude"\n`
  box.config(`${agent('ours')}[town]\nname = "ours"`)
  mkdirSync(join(box.dir, 'other'))
  const defaults = '[defaults]\nsession_prefix = "o-"\nlog_dir = "logs"\ntmux_socket = "s"\n'
  writeFileSync(join(box.dir, 'other/agents.toml'), `${defaults}[town]\nname = "theirs"\n${agent('theirs')}`)
  const env = { AGENTS_CONFIG: join(box.dir, 'agents.toml') }
  const names = (run: { stdout: string }) => json(run).agents.map(({ name }: { name: string }) => name)
  const inSession = (program: 'agents' | 'tt', folder = 'other') => started(box, program, folder, env)

  const theirs = await inSession('agents')('status', '--json')
  expect(names(theirs)).toEqual(['theirs'])
  expect(theirs.stderr).toContain('the agents.toml of this folder is meant')
  expect(theirs.stderr.match(/is meant/g)).toHaveLength(1)
  const ours = await inSession('tt')('status', '--json')
  expect([names(ours), ours.stderr]).toEqual([['ours'], ''])
  expect(json(ours).town).toMatchObject({ name: 'ours' })
  // A config that is named is the one; without a session, or in the session's own project, nothing is said.
  expect(names(await inSession('tt')('--config', 'agents.toml', 'status', '--json'))).toEqual(['theirs'])
  for (const run of [started(box, 'agents', 'other'), inSession('agents', '.')]) {
    expect((await run('status', '--json')).stderr).toBe('')
  }
}, 60_000)
