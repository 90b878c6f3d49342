import { describe, expect, onTestFinished } from 'vitest'
import type { AskReport } from '../../../src/core/index.ts'
import { createSandbox, type Sandbox, test } from '../../support/sandbox.ts'

interface MenuText {
  text: string
  options: string[]
  cursor?: number
  turnsInto?: MenuText
  deaf?: boolean
  stays?: boolean
  ends?: boolean
}

const trust: MenuText = {
  text: 'Do you trust the files in this folder?',
  options: ['No, exit', 'Yes, I trust this folder'],
}
const permission: MenuText = {
  text: '$ npm test\n\nDo you want to proceed?',
  options: ['Yes', "Yes, and don't ask again", 'No, and say what to do instead'],
}
const update: MenuText = {
  text: 'Update available: 1.2.3',
  options: ['Update now', 'Upgrade to Pro', 'Skip'],
}

/** One agent that opens these dialogs, and the rules of the config. */
function fleet(box: Sandbox, menus: MenuText[], policies = '', more = ''): void {
  box.config(
    [
      `[backend.menu]\nbin = "${box.fake('asks-with-a-menu')}"\nprompt_delivery = "ping"\nconnect_delay = "50ms"`,
      "asking_re = '❯ \\d+\\. |Your answer:'\ncomposer_re = '(?:^|\\n)> '\nlimit_re = 'usage limit reached'",
      '[[agent]]\nname = "a"\nbackend = "menu"\nwatch = "heal"\nprompt = "begin"',
      `env = { AGENT_RECORD = "${box.dir}/record", AGENT_MENUS = ${JSON.stringify(JSON.stringify(menus))} }\n${more}`,
      policies,
    ].join('\n'),
  )
}

const rule = (dialog: string, answer: string, more = ''): string =>
  `[[policy]]\ndialog = "${dialog}"\nanswer = "${answer}"\n${more}\n`

interface Entry {
  key?: string
  chosen?: string
  said?: string
}
/** Whole lines only: the last one may still be being written. */
const record = (box: Sandbox): Entry[] =>
  box.exists('record')
    ? box
        .read('record')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Entry)
    : []
const chosen = (box: Sandbox): string[] => record(box).flatMap((entry) => entry.chosen ?? [])

const asks = async (box: Sandbox): Promise<AskReport[]> => {
  const run = await box.agents('asks', '--json')
  expect(run.code, run.stderr).toBe(0)
  return (JSON.parse(run.stdout) as { asks: AskReport[] }).asks
}
const firstAsk = (box: Sandbox): Promise<AskReport> =>
  box.until('somebody asks', async () => (await asks(box))[0])

describe('rules of the config', () => {
  test('the trust dialog at the start is answered, and the kickoff arrives after it', async ({ box }) => {
    fleet(box, [trust], rule('trust', 'Yes, I trust'))
    await box.agents('up')
    await box.until('the kickoff', () => record(box).find((entry) => entry.said?.includes('kickoff')), 20_000)
    expect(chosen(box)).toEqual(['Yes, I trust this folder'])
    const answered = await box.event((event) => event.kind === 'answered')
    expect(answered).toMatchObject({
      agent: 'a',
      dialog: 'any-trust',
      rule: 'policy-1',
      option: 'Yes, I trust this folder',
    })
    expect(await asks(box)).toEqual([])
  }, 30_000)

  test('a program that ends with its answer has taken it, and is back at once', async ({ box }) => {
    fleet(box, [{ ...trust, ends: true }], rule('trust', 'Yes, I trust'))
    await box.agents('up')
    await box.until('the kickoff', () => record(box).find((entry) => entry.said?.includes('kickoff')), 20_000)
    expect(chosen(box)).toEqual(['Yes, I trust this folder'])
    const kinds = box.events().flatMap(({ kind }) => (/^(?:answer|exit|start$)/.test(kind) ? [kind] : []))
    expect(kinds.filter((kind) => kind !== 'exit').sort()).toEqual(['answer', 'answered', 'start', 'start'])
  }, 30_000)

  test('a paid or lasting option is not chosen by a rule that does not name it, and no key is pressed', async ({
    box,
  }) => {
    const rules = rule('update', '/.*now|.*Pro/') + rule('permission', '/again/')
    fleet(box, [{ ...update, options: ['Upgrade to Pro', 'Skip'] }], rules)
    await box.agents('up')
    const ask = await firstAsk(box)
    expect(ask).toMatchObject({
      dialog: 'any-update',
      policy: { rule: 'policy-1', why: expect.stringContaining('paid') },
    })
    await box.until(
      'looks enough',
      async () => ((await asks(box))[0]?.since ?? Date.now()) < Date.now() - 3_000,
      20_000,
    )
    expect(record(box)).toEqual([])
    expect((await box.status()).attention.join()).toContain('a asks for an answer (update')
  }, 40_000)

  test('a dialog that changes under the hand is left alone', async ({ box }) => {
    const other = { text: 'Delete everything?', options: ['Yes', 'No'] }
    fleet(box, [{ ...permission, turnsInto: other }], rule('permission', 'No, and'))
    await box.agents('up')
    const failed = await box.event((event) => event.kind === 'answer-failed', 20_000)
    expect(failed.because).toContain('another one')
    expect(chosen(box)).toEqual([])
    await box.until('the other dialog', async () => (await asks(box))[0]?.question === 'Delete everything?')
    expect(record(box).filter((entry) => entry.key === '\r')).toEqual([])
  }, 40_000)

  test('an answer is tried once: a dialog that stands after it is for a person', async ({ box }) => {
    fleet(box, [{ ...permission, stays: true }], rule('permission', 'Yes'))
    await box.agents('up')
    await box.event((event) => event.kind === 'answer-failed', 20_000)
    await box.until('the reason', async () => (await asks(box))[0]?.policy.why?.includes('still stands'))
    const tried = record(box).length
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(record(box)).toHaveLength(tried)
    expect(tried).toBe(1)
  }, 40_000)
})

describe('a rule and what comes in between', () => {
  test.each(['dialog.moved', 'dialog.recorded', 'dialog.answered'])(
    'a watchdog that dies at %s: the next one goes on, and the option is chosen once',
    async (step) => {
      const box = createSandbox()
      onTestFinished(() => box.end())
      fleet(box, [trust], rule('trust', 'Yes, I trust'))
      await box.agents('up', 'a')
      await firstAsk(box)
      const doomed = box.watchdog({ AGENTS_CRASH_AT: step })
      await doomed.ended
      await box.agents('up', 'watchdog')
      await box.until(
        'the kickoff',
        () => record(box).find((entry) => entry.said?.includes('kickoff')),
        30_000,
      )
      expect(chosen(box)).toEqual(['Yes, I trust this folder'])
    },
    60_000,
  )

  test('waits while a person is attached who typed a moment ago', async ({ box }) => {
    fleet(box, [trust], `${rule('trust', 'Yes, I trust')}[watchdog]\ntyping_grace = "1h"`)
    await box.agents('up', 'a')
    await firstAsk(box)
    const attach = `env -u TMUX tmux -S ${box.dir}/s attach -t =x-a`
    box.tmux('new-session', '-d', '-s', 'viewer', attach)
    // Keys that tmux keeps for itself; coming alone is no key, and tmux counts whole seconds.
    const quietSince = () =>
      box.tmux('list-clients', '-t', '=x-a', '-F', '#{e|-:#{client_activity},#{client_created}}')
    await box.until('a person', () => quietSince().stdout !== '' || undefined)
    await box.until('a person who types', () => {
      box.tmux('send-keys', '-t', '=viewer:', 'C-b')
      box.tmux('send-keys', '-t', '=viewer:', 'r')
      return Number(quietSince().stdout) > 1 || undefined
    })
    await box.agents('up', 'watchdog')
    await box.until(
      'looks enough',
      async () => ((await asks(box))[0]?.since ?? Date.now()) < Date.now() - 2_500,
      20_000,
    )
    expect(record(box)).toEqual([])
    box.tmux('kill-session', '-t', '=viewer')
    await box.until('the answer', () => (chosen(box).length > 0 ? true : undefined), 20_000)
    expect(chosen(box)).toEqual(['Yes, I trust this folder'])
  }, 60_000)
})

describe('a person', () => {
  test('sees who asks what and answers by number or words, with and without a watchdog', async ({ box }) => {
    fleet(box, [permission, permission, permission])
    await box.agents('up', 'a')
    const ask = await firstAsk(box)
    expect(ask).toMatchObject({
      agent: 'a',
      kind: 'permission',
      question: 'Do you want to proceed?',
      text: '$ npm test\n\nDo you want to proceed?',
      options: [
        { number: 1, label: 'Yes', chosen: true, dangers: [] },
        { number: 2, chosen: false, dangers: ['lasting'] },
        { number: 3, chosen: false, dangers: [] },
      ],
      policy: { why: 'no [[policy]] is about this dialog' },
    })
    expect((await box.agents('asks', '--check')).code).toBe(3)
    const wrong = await box.agents('answer', 'a', 'Maybe')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('3 "No, and say what to do instead"')
    expect((await box.agents('answer', 'a', '2')).code).toBe(2)
    expect(record(box)).toEqual([])
    const third = await box.agents('answer', 'a', '3')
    expect(third, third.stderr + third.stdout).toMatchObject({ code: 0 })
    await box.agents('up', 'watchdog')
    await firstAsk(box)
    const byLabel = await box.agents('answer', 'a', "Yes, and don't ask again", '--json')
    expect(byLabel, byLabel.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(byLabel.stdout)).toMatchObject({ version: 1, result: 'answered', kind: 'permission' })
    await firstAsk(box)
    expect((await box.agents('answer', 'a', '2', '--yes')).code).toBe(0)
    expect(chosen(box)).toEqual([
      'No, and say what to do instead',
      "Yes, and don't ask again",
      "Yes, and don't ask again",
    ])
    expect(await box.agents('answer', 'a', '1')).toMatchObject({ code: 1 })
  }, 60_000)

  test('is told what stands on the screen when the cursor does not move, and nothing is chosen', async ({
    box,
  }) => {
    fleet(box, [{ ...permission, deaf: true }])
    await box.agents('up', 'a')
    await firstAsk(box)
    const run = await box.agents('answer', 'a', '3')
    expect(run.code).toBe(1)
    expect(run.stdout).toContain('its cursor does not move')
    expect(run.stdout).toContain('❯ 1. Yes')
    expect(chosen(box)).toEqual([])
  }, 30_000)

  test('types an answer where no options are offered', async ({ box }) => {
    fleet(box, [{ text: 'What is it called?', options: [] }])
    await box.agents('up', 'a')
    const ask = await firstAsk(box)
    expect(ask).toMatchObject({ question: 'What is it called?', options: [] })
    const run = await box.agents('answer', 'a', 'The', 'Long', 'Road')
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 })
    expect(record(box).flatMap((entry) => entry.said ?? [])).toEqual(['The Long Road'])
  }, 30_000)
})
