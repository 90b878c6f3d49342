import { describe, expect, test } from 'vitest'
import type { Host, Ran } from '../../adapters/host/types.ts'
import { type Fakes, fakeFleet, play } from '../testing/fake-deps.ts'

const UNIT = /^\/home\/me\/\.config\/systemd\/user\/agents-p-[0-9a-f]{12}\.service$/
const PLIST = /^\/home\/me\/Library\/LaunchAgents\/agents-p-[0-9a-f]{12}\.plist$/

interface Machine {
  uid?: number
  platform?: NodeJS.Platform
  has?: string[]
  /** Answers of commands that begin so; everything else ends with 0. */
  says?: Record<string, Partial<Ran>>
  files?: Record<string, string>
}

/** A machine in memory: its files, and what was run on it. */
function machine({
  uid = 1000,
  platform = 'linux',
  has = ['systemctl', 'loginctl'],
  says = {},
  files = {},
}: Machine) {
  const ran: string[] = []
  const host = {
    platform,
    uid,
    which: (command: string) => (has.includes(command) ? `/bin/${command}` : undefined),
    run: async (argv: readonly string[]): Promise<Ran> => {
      const line = argv.join(' ').replace(/agents-p-[0-9a-f]{12}/g, 'UNIT')
      ran.push(line)
      const found = Object.entries(says).find(([begin]) => line.startsWith(begin))?.[1]
      return { status: 0, stdout: '', stderr: '', ...found }
    },
    look: async (path: string) =>
      files[path] === undefined
        ? undefined
        : { kind: 'file' as const, mode: 0o600, uid, size: 1, modifiedAt: 1 },
    readText: async (path: string) => files[path],
    replace: async (path: string, text: string) => {
      files[path] = text
      return { kind: 'written' as const }
    },
    makeFolder: async () => true,
    remove: async (path: string) => delete files[path],
  } as unknown as Host
  const fakes: Fakes = {
    deps: {
      host: async () => host,
      self: ['/opt/node', '/opt/agents.js'],
      env: { USER: 'me', PATH: '/bin' },
    },
  }
  return { ran, files, run: (...words: string[]) => play(['service', ...words], fakes) }
}

describe('agents service install with systemd', () => {
  test('writes the unit, enables and starts it, and says what lingering is for; again: nothing is written', async () => {
    const on = machine({ says: { 'loginctl show-user 1000': { stdout: 'Linger=no\n' } } })
    const first = await on.run('install')
    expect(first.exit).toBe(0)
    const [file = ''] = Object.keys(on.files)
    expect(file).toMatch(UNIT)
    expect(on.files[file]).toContain(
      'ExecStart=/usr/bin/env "/opt/node" "/opt/agents.js" "service" "run" "--config" "/home/dev/project/agents.toml"',
    )
    expect(on.ran).toEqual([
      'systemctl --user show-environment',
      'systemctl --user daemon-reload',
      'systemctl --user enable UNIT.service',
      'systemctl --user restart UNIT.service',
      'systemctl --user is-enabled UNIT.service',
      'systemctl --user is-active UNIT.service',
      'loginctl show-user 1000 --property=Linger',
    ])
    expect(first.out).toContain('installed: ')
    expect(first.out).toContain('loginctl enable-linger me')
    const again = await on.run('install', '--json')
    expect(JSON.parse(again.out)).toMatchObject({
      version: 1,
      result: 'unchanged',
      file,
      active: true,
      linger: false,
    })
    expect(on.ran).toContain('systemctl --user start UNIT.service')
    on.files[file] = on.files[file]!.replace('/opt/node', '/old/node')
    expect(JSON.parse((await on.run('install', '--json')).out)).toMatchObject({ result: 'updated' })
    expect(on.files[file]).not.toContain('/old/node')
  })
  test('--print shows the file and touches nothing, for root too', async () => {
    const on = machine({ uid: 0, has: [] })
    const shown = await on.run('install', '--print')
    expect([shown.exit, on.ran, on.files]).toEqual([0, [], {}])
    expect(shown.out).toContain('[Service]')
    expect(JSON.parse((await on.run('install', '--print', '--json')).out)).toMatchObject({
      version: 1,
      kind: 'systemd',
      file: expect.stringMatching(UNIT),
      text: shown.out,
    })
  })
  test('root is refused', async () => {
    const on = machine({ uid: 0 })
    const done = await on.run('install')
    expect([done.exit, on.files]).toEqual([2, {}])
    expect(done.err).toContain('A fleet belongs to a user, and root is none')
  })
  test('without systemctl, or with a systemd that cannot be asked: exit 5, what to do, and the file on standard output', async () => {
    const bus = { 'systemctl --user show-environment': { status: 1, stderr: 'Failed to connect to bus\n' } }
    for (const on of [machine({ has: [] }), machine({ says: bus })]) {
      const done = await on.run('install')
      expect([done.exit, on.files]).toEqual([5, {}])
      expect(done.out).toContain('ExecStart=')
      expect(done.err).toContain('Nothing was installed')
      expect(done.err).toContain("@reboot /usr/bin/env 'PATH=/bin' /opt/node")
      const json = await on.run('install', '--json')
      expect(json.exit).toBe(5)
      expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'SERVICE_NO_MANAGER' } })
    }
  })
  test('a step that fails is named with its reason', async () => {
    const on = machine({ says: { 'systemctl --user enable': { status: 1, stderr: 'Access denied\n' } } })
    const done = await on.run('install')
    expect(done.exit).toBe(1)
    expect(done.err).toContain('enable')
    expect(done.err).toContain('Access denied')
    expect(on.ran.some((line) => line.includes('restart'))).toBe(false)
  })
  test('a file of somebody else is neither replaced nor removed', async () => {
    const on = machine({})
    await on.run('install')
    const [file = ''] = Object.keys(on.files)
    on.files[file] = '[Service]\nExecStart=/bin/true\n'
    for (const what of ['install', 'uninstall', 'status']) {
      const done = await on.run(what)
      expect(done.exit).toBe(1)
      expect(done.err).toContain('was not written by agents')
    }
    expect(on.files[file]).toContain('/bin/true')
  })
})

describe('agents service uninstall', () => {
  test('stops the unit, removes our file and only that; again: nothing to do', async () => {
    const on = machine({ files: { '/home/me/.config/systemd/user/other.service': 'x' } })
    await on.run('install')
    on.ran.length = 0
    expect((await on.run('uninstall')).out).toContain('removed: ')
    expect(on.ran).toEqual([
      'systemctl --user show-environment',
      'systemctl --user disable --now UNIT.service',
      'systemctl --user daemon-reload',
    ])
    expect(Object.keys(on.files)).toEqual(['/home/me/.config/systemd/user/other.service'])
    const again = await on.run('uninstall', '--json')
    expect([again.exit, JSON.parse(again.out).result]).toEqual([0, 'not-installed'])
  })
})

describe('agents service status', () => {
  test('says whether it is there, is what it should be, and runs', async () => {
    const on = machine({ says: { 'loginctl show-user 1000': { stdout: 'Linger=yes\n' } } })
    expect((await on.run('status')).exit).toBe(1)
    await on.run('install')
    const good = await on.run('status', '--json')
    expect(good.exit).toBe(0)
    expect(JSON.parse(good.out)).toMatchObject({
      version: 1,
      installed: true,
      current: true,
      enabled: true,
      active: true,
      linger: true,
      faults: [],
    })
    const [file = ''] = Object.keys(on.files)
    on.files[file] += '\n# changed\n'
    const moved = await on.run('status')
    expect(moved.exit).toBe(1)
    expect(moved.out).toContain('has moved since')
  })
  test('one that does not run needs a person', async () => {
    const on = machine({ says: { 'systemctl --user is-active': { status: 3 } } })
    expect((await on.run('install')).exit).toBe(1)
    const done = await on.run('status', '--json')
    expect([done.exit, JSON.parse(done.out).faults]).toEqual([1, ['it does not run: agents service install']])
  })
})

describe('with launchd', () => {
  const mac: Machine = { platform: 'darwin', has: ['launchctl'] }
  test('the list is bootstrapped into the session of the user, and taken out again', async () => {
    const on = machine({ ...mac, says: { 'launchctl print': { status: 113 } } })
    await on.run('install')
    expect(Object.keys(on.files)[0]).toMatch(PLIST)
    expect(on.ran.slice(0, 3)).toEqual([
      'launchctl print gui/1000/UNIT',
      'launchctl enable gui/1000/UNIT',
      'launchctl bootstrap gui/1000 /home/me/Library/LaunchAgents/UNIT.plist',
    ])
    const running = machine({
      ...mac,
      files: on.files,
      says: { 'launchctl print': { stdout: '\tstate = running\n' } },
    })
    const again = await running.run('install')
    expect(again.exit).toBe(0)
    expect(running.ran.some((line) => line.includes('bootstrap'))).toBe(false)
    expect((await running.run('status')).exit).toBe(0)
    await running.run('uninstall')
    expect(running.ran).toContain('launchctl bootout gui/1000/UNIT')
    expect(running.files).toEqual({})
  })
})

test('another word is refused', async () => {
  expect((await play(['service', 'start'])).err).toContain('does not know "start"')
  expect((await play(['service'])).exit).toBe(2)
})

test('two prefixes of one project are two services', async () => {
  const on = machine({})
  await on.run('install')
  const other = { ...fakeFleet(), sessionPrefix: 'q-' }
  const shown = await play(['service', 'install', '--print', '--json'], {
    fleet: other,
    deps: { host: async () => ({ platform: 'linux', uid: 1 }) as Host },
  })
  expect(JSON.parse(shown.out).name).toMatch(/^agents-q-/)
})
