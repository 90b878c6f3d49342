import { expect, test } from 'vitest'
import type { Host, Ran } from '../../adapters/host/types.ts'
import type { BackendSpec } from '../../core/backend-spec.ts'
import type { ScreenReport } from '../../core/status.ts'
import { type Fakes, fakeFleet, NOON, type Played, play } from '../testing/fake-deps.ts'

const seen: ScreenReport = {
  agent: 'builder',
  backend: 'claude',
  preset: 'claude',
  at: NOON,
  text: '❯ ask\u001b[31m ann@example.org\n  key sk-ant-api03-0123456789\n/home/me/work s3cret-value',
  title: '✳ /home/me/work',
  command: 'claude',
  width: 80,
  height: 24,
  reading: {
    state: 'idle',
    rule: 'title-idle',
    claims: [{ source: 'title', says: 'idle', evidence: '✳ ann@example.org' }],
  },
}

/** Files as they are written; `taken` stand already. */
function disk(
  taken: string[] = [],
  version = 'claude 2.1.329 (x)',
): { files: Map<string, string>; host: Partial<Host>; ran: string[][] } {
  const files = new Map(taken.map((path) => [path, 'old']))
  const ran: string[][] = []
  const host: Partial<Host> = {
    platform: 'linux',
    which: (command) => `/opt/${command}`,
    look: async (path) => (files.has(path) ? ({} as never) : undefined),
    run: async (argv): Promise<Ran> => {
      ran.push([...argv])
      return { status: 0, stdout: version, stderr: '' }
    },
    writeNew: async (path, text, options) => {
      if (files.has(path)) return { kind: 'exists' }
      if (path.startsWith('/full/') || options?.private !== true) return { kind: 'failed', why: 'ENOSPC' }
      files.set(path, text)
      return { kind: 'written' }
    },
  }
  return { files, host, ran }
}

function record(
  argv: string[],
  on = disk(),
  screen: ScreenReport | undefined = seen,
  bin = 'claude',
): Promise<Played> {
  const backends = { claude: { name: 'claude', preset: 'claude', bin } as BackendSpec }
  const fakes: Fakes = {
    fleet: fakeFleet({ backends }),
    control: { screen: async () => screen },
    deps: { host: async () => on.host as Host, env: { USER: 'me', API_TOKEN: 's3cret-value' } },
  }
  return play(['record', 'builder', ...argv], fakes)
}

const base = '/home/dev/project/.agents/records/claude/2.1.329/idle--title-idle'

test('saves the screen and a note beside it, with what is secret masked in both', async () => {
  const on = disk()
  const played = await record([], on)
  expect(played.exit).toBe(0)
  expect(played.out).toContain(`${base}.txt`)
  expect([...on.files.keys()]).toEqual([`${base}.txt`, `${base}.json`])
  const text = on.files.get(`${base}.txt`)!
  expect(text.split('\n')).toEqual([
    `❯ ask ${'x'.repeat(15)}`,
    `  key ${'x'.repeat(23)}`,
    `${'x'.repeat(8)}/work ${'x'.repeat(12)}`,
    '',
  ])
  const note = JSON.parse(on.files.get(`${base}.json`)!)
  expect(note).toMatchObject({
    version: 1,
    recordedAt: new Date(NOON).toISOString(),
    backend: 'claude',
    cli: '2.1.329',
    agents: '9.9.9',
    size: { width: 80, height: 24 },
    command: 'claude',
    reading: { state: 'idle', rule: 'title-idle' },
  })
  expect([...on.files.values()].join()).not.toMatch(/example\.org|sk-ant|\/home\/me|s3cret/)
})

test('never overwrites: the next free number, and none where only a note stands', async () => {
  const on = disk([`${base}.txt`, `${base}-2.json`])
  const played = await record(['--json'], on)
  expect(JSON.parse(played.out)).toEqual({
    version: 1,
    agent: 'builder',
    reading: 'idle',
    rule: 'title-idle',
    screen: `${base}-3.txt`,
    note: `${base}-3.json`,
  })
  expect(on.files.get(`${base}.txt`)).toBe('old')
})

test('--out, --expect and --what say where and as what', async () => {
  const on = disk()
  await record(['--out', '../pics', '--expect', 'working', '--what', 'A menu: plan/../x'], on)
  const path = '/home/dev/pics/claude/2.1.329/working--a-menu-plan-..-x'
  expect([...on.files.keys()]).toEqual([`${path}.txt`, `${path}.json`])
  expect(JSON.parse(on.files.get(`${path}.json`)!)).toMatchObject({
    expected: 'working',
    reading: { state: 'idle' },
  })
})

test('a program that is not the preset’s own is not asked for its version', async () => {
  const on = disk()
  await record([], on, seen, 'my-wrapper --x')
  expect(on.ran).toEqual([])
  expect([...on.files.keys()][0]).toContain('/claude/unknown/')
})

test.each([
  [['--expect', 'bored'], 2, 'working, idle, asking'],
  [['--out', '/full'], 1, 'ENOSPC'],
])('refused: %s', async (argv, exit, words) => {
  const on = disk()
  const played = await record(argv as string[], on)
  expect([played.exit, played.err]).toEqual([exit, expect.stringContaining(words as string)])
  expect(on.files.size).toBe(0)
})

test('an agent without a living terminal: nothing is saved, exit 1', async () => {
  const on = disk()
  const backends = {}
  const played = await play(['record', 'builder'], { fleet: fakeFleet({ backends }) })
  expect(played).toMatchObject({ exit: 1, err: expect.stringContaining('no living terminal') })
  expect(on.files.size).toBe(0)
})
