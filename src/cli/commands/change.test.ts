import { describe, expect, test } from 'vitest'
import { OutsideError, UserError } from '../../core/errors.ts'
import type { Outcome } from '../../daemon/control/control.ts'
import { fakeFleet, play } from '../testing/fake-deps.ts'
import type { CliDeps } from '../types.ts'

const changing = ['up', 'down', 'restart', 'reset', 'pause', 'resume', 'adopt'] as const

describe.each(changing)('agents %s', (verb) => {
  const answer = (result: Outcome['result']) => ({
    control: { [verb]: () => Promise.resolve([{ name: 'builder', result, detail: 'why\x1b[2J' }]) },
  })

  test('does it to the named ones, prints a line each and closes', async () => {
    const played = await play([verb, 'builder', '007'])
    expect(played.exit).toBe(0)
    expect(played.calls[0]).toMatch(`${verb}(["builder","007"]`)
    expect(played.out.split('\n')).toHaveLength(3)
    expect(played.closed).toBe(true)
  })

  test('exits 1 when one failed or was refused, and shows no control characters', async () => {
    for (const result of ['failed', 'refused'] as const) {
      const played = await play([verb, 'builder'], answer(result))
      expect(played).toMatchObject({ exit: 1, out: ` builder  ${result}  why\\x1b[2J\n` })
    }
  })

  test('prints the documented JSON', async () => {
    const played = await play([verb, 'builder', '--json'], answer('skipped'))
    expect(played.exit).toBe(0)
    expect(JSON.parse(played.out)).toEqual({
      version: 1,
      outcomes: [{ name: 'builder', result: 'skipped', detail: 'why\x1b[2J' }],
    })
  })

  test('an unknown name changes nothing, exits 2 and offers the nearest', async () => {
    const played = await play([verb, 'scout', 'bulider'])
    // `down` asks what runs besides the config.
    const calls = verb === 'down' ? ['status()'] : []
    expect(played).toMatchObject({ exit: 2, calls, closed: true, out: '' })
    expect(played.err).toContain('"bulider"')
    expect(played.err).toContain('Did you mean builder?')
  })

  test('a tmux that is too old is said before anything is done, unless a watchdog answers', async () => {
    const deps: Partial<CliDeps> = { tmuxVersion: async () => ({ kind: 'old', version: '2.6' }) }
    expect((await play([verb, 'builder'], { deps })).exit).toBe(0)
    const played = await play([verb, 'builder'], { deps, watched: false })
    expect(played).toMatchObject({ exit: 5, calls: [], out: '', closed: true })
    expect(played.err).toContain('tmux 2.6 is too old: 3.2 or newer is needed')
    expect(played.err).toContain('get tmux')
  })

  test('an error of the control is printed, and the fleet is closed', async () => {
    const fails = new UserError({ code: 'PHASE_MOVED', what: 'It moved.', fix: 'Look again.' })
    const played = await play([verb, 'builder'], { control: { [verb]: () => Promise.reject(fails) } })
    expect(played).toMatchObject({ exit: 1, closed: true, err: 'error: It moved.\n  Look again.\n' })
  })
})

test.each(['up', 'down', 'restart', 'adopt'])('agents %s without names means all', async (verb) => {
  expect((await play([verb])).calls[0]).toMatch(`${verb}([]`)
})

test.each(['reset', 'pause', 'resume'])('agents %s wants names or --all', async (verb) => {
  expect(await play([verb])).toMatchObject({ exit: 2, calls: [] })
  expect(await play([verb, 'builder', '--all'])).toMatchObject({ exit: 2, calls: [] })
  expect(await play([verb, '--all'])).toMatchObject({ exit: 0, calls: [`${verb}([])`] })
})

test.each(['down', 'restart'])('agents %s hands the grace on in milliseconds', async (verb) => {
  expect((await play([verb, 'scout', '--grace', '1m'])).calls).toEqual([
    `${verb}(["scout"], {"graceMs":60000})`,
  ])
  expect((await play([verb, 'scout', '--grace', '2'])).calls).toEqual([
    `${verb}(["scout"], {"graceMs":2000})`,
  ])
  expect(await play([verb, 'scout', '--grace', '5 min'])).toMatchObject({ exit: 2, calls: [] })
})

test('services and the watchdog are names, too', async () => {
  expect((await play(['up', 'web', 'watchdog'])).calls).toEqual(['up(["web","watchdog"])'])
})

test('a missing tool exits 5 with the command that installs it', async () => {
  const missing = new OutsideError({
    tool: 'tmux',
    code: 'TMUX_MISSING',
    what: 'tmux: ENOENT',
    retryable: false,
  })
  const played = await play(['up'], { control: { up: () => Promise.reject(missing) } })
  expect(played).toMatchObject({ exit: 5 })
  expect(played.err).toContain('Install it: get tmux')
})

test.each(changing)('agents %s without tmux changes nothing and exits 5', async (verb) => {
  const host = async () => ({ which: () => undefined }) as never
  const played = await play([verb, 'builder'], { deps: { host } })
  expect(played).toMatchObject({ exit: 5, calls: [], closed: true })
  expect(played.err).toContain('Install it: get tmux')
})

test('with --json an error is data on stdout', async () => {
  const played = await play(['up', 'nosuch', '--json'])
  expect(played).toMatchObject({ exit: 2, err: '' })
  expect(JSON.parse(played.out).error).toMatchObject({ code: 'NAME_UNKNOWN' })
})

test('config errors that block only some agents are told before the outcome', async () => {
  const problem = {
    code: 'CONFIG_PROMPT_MISSING',
    severity: 'error' as const,
    file: 'agents.toml',
    line: 7,
    key: 'agent.scout.prompt_file',
    what: 'The file is missing.',
    fix: 'Write it.',
  }
  const openFleet = () =>
    Promise.resolve({
      fleet: fakeFleet(),
      problems: [problem],
      watched: true,
      control: { up: () => Promise.resolve([]) } as never,
      close: () => Promise.resolve(),
    })
  const played = await play(['up'], { deps: { openFleet } })
  expect(played).toMatchObject({
    exit: 0,
    err: 'agents.toml:7 The file is missing.\n',
    out: ' nothing to do\n',
  })
})

describe('agents restart as tinytown types it', () => {
  const spawning = (given: string[]) => ({
    spawning: async () =>
      ({
        giveRounds: async (_fleet: unknown, name: string, rounds: number) => {
          given.push(`${name} ${rounds}`)
          return name === 'scout'
        },
      }) as never,
  })

  test('--rounds are those of a spawned worker before it starts; whoever else is told that it has none', async () => {
    const given: string[] = []
    const played = await play(['restart', 'scout', 'builder', '--rounds', '5'], { deps: spawning(given) })
    expect([played.exit, given]).toEqual([0, ['scout 5', 'builder 5']])
    expect(played.err).toBe(
      '--rounds is for workers of agents spawn; builder: it has as many turns as it needs\n',
    )
    expect((await play(['restart', 'scout', '--rounds', 'x'])).exit).toBe(2)
    expect((await play(['restart', 'scout', '--rounds', '-1'])).exit).toBe(2)
  })

  test('--foreground attaches to the one that was restarted, in a terminal', async () => {
    const attached: string[] = []
    const deps = {
      attacher: async () => ({
        hasSession: async () => 'yes' as const,
        canAttach: () => true,
        attach: async (_tmux: unknown, session: string) => attached.push(session) - 1,
      }),
    }
    expect((await play(['restart', 'scout', '--foreground'], { deps, io: { tty: true } })).exit).toBe(0)
    expect(attached).toEqual(['p-scout'])
    const piped = await play(['restart', 'scout', '--foreground'], { deps })
    expect([piped.exit, piped.err]).toEqual([
      0,
      'this is no terminal; it is seen with: agents attach scout\n',
    ])
    expect((await play(['restart', 'scout', 'builder', '--foreground'])).exit).toBe(2)
    const refused = { restart: async () => [{ name: 'scout', result: 'failed' as const, detail: 'x' }] }
    const failed = await play(['restart', 'scout', '--foreground'], {
      deps,
      io: { tty: true },
      control: refused,
    })
    expect([failed.exit, attached.length]).toEqual([1, 1])
  })
})
