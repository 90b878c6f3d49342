import { existsSync, readdirSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { WhyReport } from '../../../src/core/index.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { eventsOf, isAlive, life, replaced, watchdog } from '../rows/fleet.ts'

const keeps = (box: Sandbox, more = ''): string =>
  `[backend.keeps]\npreset = "claude"\nbin = ${JSON.stringify(box.fake('keeps-sessions'))}\nprocess_name = "node"\n${more}\n`

const agent = (name: string, more = ''): string =>
  `[[agent]]\nname = "${name}"\nbackend = "keeps"\nwatch = "heal"\nprompt = "you are ${name}"\n${more}\n`

const projects = (box: Sandbox): string =>
  join(box.dir, '.claude/projects', box.dir.replace(/[^A-Za-z0-9]/g, '-'))
const conversations = (box: Sandbox): string[] =>
  existsSync(projects(box)) ? readdirSync(projects(box)).map((name) => name.replace('.jsonl', '')) : []
const id = (box: Sandbox, name: string): string => box.read(`logs/state/${name}.id`).trim()
const said = (box: Sandbox, conversation: string): string[] =>
  readFileSync(join(projects(box), `${conversation}.jsonl`), 'utf8')
    .split('\n')
    .flatMap((line) => (line.includes('"type":"user"') ? [JSON.parse(line).message.content as string] : []))
const starts = (box: Sandbox, name: string) =>
  eventsOf(box, 'start', name).map(({ resumes, assigns }) => ({ resumes, assigns }))
/** Its program is up and has said what it was told. */
const spoke = (box: Sandbox, name: string, conversation: string, times: number) =>
  box.until(
    `${name} in ${conversation}, told ${times} times`,
    () => (conversations(box).includes(conversation) && said(box, conversation).length >= times) || undefined,
  )

describe('the same conversation after a restart', () => {
  test('is resumed after a kill, by restart, and by down and up', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a', 'model = "m1"'))
    await box.agents('up')
    const first = id(box, 'a')
    await spoke(box, 'a', first, 1)
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    await replaced(box, 'a', pid)
    await spoke(box, 'a', first, 2)
    await box.agents('restart', 'a')
    await spoke(box, 'a', first, 3)
    await box.agents('down')
    await box.agents('up')
    await spoke(box, 'a', first, 4)
    expect(starts(box, 'a')).toEqual([
      { resumes: undefined, assigns: first },
      { resumes: first, assigns: undefined },
      { resumes: first, assigns: undefined },
      { resumes: first, assigns: undefined },
    ])
    expect(conversations(box)).toEqual([first])
    // Its launch flags were given again.
    expect(box.tmux('capture-pane', '-p', '-t', '=x-a:').stdout).toMatch(/records so far, options --model m1/)
  }, 40_000)

  test('is another one with --fresh, and the old id stays at hand', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a'))
    await box.agents('up')
    const first = id(box, 'a')
    await spoke(box, 'a', first, 1)
    await box.agents('restart', 'a', '--fresh')
    const second = id(box, 'a')
    expect(second).not.toBe(first)
    await spoke(box, 'a', second, 1)
    expect(box.read('logs/state/a.id.previous').trim()).toBe(first)
    await box.agents('down')
    await box.agents('up', '--fresh')
    expect([first, second]).not.toContain(id(box, 'a'))
  }, 40_000)

  test('is resumed when the tmux server is lost', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a') + agent('b'))
    await box.agents('up')
    const before = { a: id(box, 'a'), b: id(box, 'b') }
    await spoke(box, 'a', before.a, 1)
    await spoke(box, 'b', before.b, 1)
    const pid = box.pid('a')!
    box.tmux('kill-server')
    await replaced(box, 'a', pid)
    await spoke(box, 'a', before.a, 2)
    await spoke(box, 'b', before.b, 2)
    expect({ a: id(box, 'a'), b: id(box, 'b') }).toEqual(before)
    expect(before.a).not.toBe(before.b)
  })

  test('refused once, it is begun anew at once, and the old id is kept aside', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a'))
    await box.agents('up')
    const first = id(box, 'a')
    await spoke(box, 'a', first, 1)
    await box.agents('down', 'a')
    // The program looks elsewhere than the record says.
    box.config(watchdog() + keeps(box) + agent('a', `env = { CLAUDE_CONFIG_DIR = "${box.dir}/other" }`))
    await box.agents('up', 'a')
    const refused = await box.event((event) => event.kind === 'refused' && event.agent === 'a')
    expect(refused.because).toContain('No conversation found')
    await life(box, 'a', 'up')
    expect(starts(box, 'a').map(({ resumes }) => resumes)).toEqual([undefined, first, undefined])
    expect(box.read('logs/state/a.id.refused').trim()).toBe(first)
    expect(id(box, 'a')).not.toBe(first)
  })

  test('without its file it is not even tried', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a'))
    await box.agents('up')
    const first = id(box, 'a')
    await spoke(box, 'a', first, 1)
    await box.until('its files are found', () =>
      box.read('logs/state/conversation-a.json').includes('projects') ? true : undefined,
    )
    await box.agents('down', 'a')
    unlinkSync(join(projects(box), `${first}.jsonl`))
    await box.agents('up', 'a')
    await life(box, 'a', 'up')
    expect(starts(box, 'a').map(({ resumes }) => resumes)).toEqual([undefined, undefined])
    expect(id(box, 'a')).not.toBe(first)
  })

  test('a version that does not take an id is started without one, and its id is found', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a', 'env = { AGENT_OLD = "1" }'))
    await box.agents('up')
    await box.event((event) => event.kind === 'conversation' && event.agent === 'a', 15_000)
    const found = id(box, 'a')
    await spoke(box, 'a', found, 1)
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    await replaced(box, 'a', pid)
    await spoke(box, 'a', found, 2)
    await box.agents('restart', 'a', '--fresh')
    await life(box, 'a', 'up')
    // The option is not tried a second time.
    expect(starts(box, 'a').filter(({ assigns }) => assigns !== undefined)).toHaveLength(1)
  })

  test('two agents never share one: the second begins its own', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a') + agent('b'))
    await box.agents('up')
    const first = id(box, 'a')
    await spoke(box, 'a', first, 1)
    await box.agents('down', 'b')
    box.write('logs/state/b.id', `${first}\n`)
    await box.agents('up', 'b')
    await life(box, 'b', 'up')
    expect(id(box, 'b')).not.toBe(first)
    expect(id(box, 'a')).toBe(first)
    expect(starts(box, 'b').map(({ resumes }) => resumes)).toEqual([undefined, undefined])
    expect(box.events().find(({ kind }) => kind === 'refused')?.because).toContain('the agent a is in')
  })

  test('resume = false, and a table in the driver’s style, begin anew each time', async ({ box }) => {
    const bin = `bin = ${JSON.stringify(`${box.fake('keeps-sessions')} `)}\nprompt_delivery = "arg"\n`
    box.config(
      watchdog() +
        keeps(box) +
        `[backend.old]\n${bin}supports_resume = true\n` +
        agent('a', 'resume = false') +
        agent('b').replace('"keeps"', '"old"'),
    )
    await box.agents('up')
    await life(box, 'a', 'up')
    for (const name of ['a', 'b']) {
      const pid = await box.until(`${name} runs`, () => box.pid(name))
      process.kill(pid, 'SIGKILL')
      await replaced(box, name, pid)
      await box.until('two starts', () => starts(box, name).length === 2 || undefined)
      expect(starts(box, name).flatMap(({ resumes, assigns }) => [resumes, assigns])).toEqual(Array(4))
      expect(box.exists(`logs/state/${name}.id`)).toBe(false)
    }
  })
})

describe('what its program keeps on disk', () => {
  test('is a claim of the reading, and a message is proved by it', async ({ box }) => {
    box.config(watchdog() + keeps(box) + agent('a'))
    await box.agents('up')
    await spoke(box, 'a', id(box, 'a'), 1)
    const claims = async () => {
      const why = JSON.parse((await box.agents('why', 'a', '--json')).stdout) as WhyReport
      return why.reading?.claims.filter(({ source }) => source === 'status-file') ?? []
    }
    await box.until('a claim of its status file', async () => (await claims())[0])
    const sent = await box.agents('send', 'a', 'please ask me a question', '--wait=seen', '--timeout', '15s')
    expect([sent.code, sent.stderr]).toEqual([0, expect.stringContaining('stands in the conversation')])
    expect((await box.agents('outbox')).stdout).toContain('please ask me a question')
    // The screen shows nothing of a dialog; the file does.
    await box.until('asking', async () =>
      (await box.status()).agents[0]!.reading === 'asking' ? true : undefined,
    )
    const explained = await box.agents('explain', 'a')
    expect(explained.stdout).toMatch(
      /status-file says asking: its status file says asking: permission prompt; since/,
    )
    expect(isAlive(box.pid('a')!)).toBe(true)
  })
})
