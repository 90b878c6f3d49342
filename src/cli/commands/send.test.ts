import { expect, test } from 'vitest'
import type { ScreenFiles } from '../../adapters/files/screen-files.ts'
import { Exit, type MessageReport, UserError } from '../../core/index.ts'
import { fakeMessage, NOON, play } from '../testing/fake-deps.ts'
import type { CliDeps } from '../types.ts'

const input = (text: string): Partial<CliDeps> => ({
  screens: () =>
    Promise.resolve({
      files: {
        stdin: async () => ({ kind: 'ok', text }),
        read: () => ({ kind: 'ok', text }),
      } as unknown as ScreenFiles,
      regex: undefined as never,
    }),
})

/** A clock that goes on with each look. */
function clock(): Pick<CliDeps, 'now' | 'sleep'> {
  let now = NOON
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms
    },
  }
}

test('the words become one text, and the id alone is printed', async () => {
  const seen = await play(['send', 'builder', 'please', 'rebase', '--id', 'm-7'])
  expect([seen.exit, seen.out]).toEqual([0, 'm-7\n'])
  expect(seen.calls[0]).toBe(
    'send("builder", {"id":"m-7","text":"please rebase","mode":"queue","asksAck":false})',
  )
})

test.each([
  [['send', 'builder', '--id', 'i', '--', '--wait', '-x'], '--wait -x'],
  [['send', 'builder', '--id', 'i', '--wait', 'submitted', 'now'], 'now'],
  [['send', 'builder', '--id', 'i', '--wait', 'now'], 'now'],
])('%j says %j', async (argv, text) => {
  const control = { message: async () => fakeMessage({ state: 'seen' }) }
  const seen = await play(argv, { control })
  expect(seen.calls[0]).toContain(`"text":"${text}"`)
})

test.each(['-', '--file brief'])('a text from %s loses the line ends at its end', async (how) => {
  const seen = await play(['send', 'builder', '--id', 'i', ...how.split(' ')], {
    deps: input('one\n\ntwo\r\n\n'),
  })
  expect(seen.calls[0]).toContain('"text":"one\\n\\ntwo"')
})

test('waiting goes on until the state, and tells the proof', async () => {
  const states: MessageReport[] = [
    fakeMessage({ state: 'staged' }),
    fakeMessage({ state: 'submitted' }),
    fakeMessage({ state: 'seen', seenBy: 'conversation' }),
  ]
  const control = { message: async () => states.shift() }
  const seen = await play(['send', 'builder', '--wait', 'hi'], { control, deps: clock() })
  expect([seen.exit, seen.err]).toEqual([0, 'seen (it stands in the conversation)\n'])
})

test('in vain: 124, and what is in the way', async () => {
  const control = { message: async () => fakeMessage({ why: 'its agent is paused' }) }
  const argv = ['send', 'builder', '--wait=seen', '--timeout', '1s', 'hi']
  const seen = await play(argv, { control, deps: clock() })
  expect(seen.exit).toBe(124)
  expect(seen.err).toBe('queued: its agent is paused; not seen in time, the message stays as it is\n')
  const json = await play([...argv, '--json'], { control, deps: clock() })
  expect(JSON.parse(json.out)).toMatchObject({ version: 1, awaited: 'seen', reached: false })
})

test('a message that failed: 1, and why', async () => {
  const control = { message: async () => fakeMessage({ state: 'failed', why: 'withdrawn' }) }
  const seen = await play(['send', 'builder', '--wait', 'hi'], { control, deps: clock() })
  expect([seen.exit, seen.err]).toEqual([1, 'failed: withdrawn\n'])
})

test.each([
  [['send', 'nobody', 'hi'], 'NAME_UNKNOWN'],
  [['send', 'builder'], 'CLI_ARGUMENTS'],
  [['send', 'builder', 'hi', '--file', 'x'], 'CLI_ARGUMENTS'],
  [['send', 'builder', 'hi', '--mode', 'loud'], 'CLI_OPTION_VALUE'],
  [['send', 'builder', 'hi', '--wait=never'], 'CLI_OPTION_VALUE'],
  [['send', 'builder', 'hi', '--id', '../x'], 'MESSAGE_ID'],
])('%j is refused before anything is sent', async (argv, code) => {
  const seen = await play([...argv, '--json'])
  expect([seen.exit, JSON.parse(seen.out).error.code, seen.calls]).toEqual([2, code, []])
})

test('the outbox shows state, age, why and the text with its control characters made visible', async () => {
  const messages = [
    fakeMessage({ id: 'm-1', state: 'seen', presented: 1 }),
    fakeMessage({ id: 'm-2', why: 'its agent is paused', text: 'a\u202eb', mode: 'steer' }),
  ]
  const { exit, out } = await play(['outbox', 'builder'], { control: { outbox: async () => messages } })
  expect(exit).toBe(0)
  expect(out).toContain('m-1')
  expect(out).toMatch(/m-2 .* send steer .* queued .* 5s .* its agent is paused .* a\\u202eb/)
  expect((await play(['outbox'])).out).toBe(' no messages\n')
})

test('a text that does not fit through the socket is refused', async () => {
  const seen = await play(['send', 'builder', 'x'.repeat(1_000_000)])
  expect([seen.exit, seen.calls]).toEqual([2, []])
  expect(seen.err).toContain('too long')
})

test.each([
  [['--query'], 'Question, please answer: is it done?', 'queue'],
  [['--info'], 'For your information, nothing is to be done: is it done?', 'queue'],
  [['--ack'], 'Confirmation: is it done?', 'queue'],
  [['--urgent'], 'is it done?', 'steer'],
  [['--urgent', '--mode', 'interrupt'], 'is it done?', 'interrupt'],
])('with the town off %j is said at the pane', async (options, text, mode) => {
  const seen = await play(['send', 'builder', 'is it done?', '--id', 'm-7', ...options])
  expect([seen.exit, seen.err]).toEqual([0, 'queued\n'])
  expect(seen.calls[0]).toBe(
    `send("builder", {"id":"m-7","text":"${text}","mode":"${mode}","asksAck":false})`,
  )
})

test('with the town off nothing is sent to people, in a thread, or in somebody’s name', async () => {
  const openTown = () =>
    Promise.reject(new UserError({ code: 'TOWN_OFF', what: 'It is off.', exit: Exit.usage }))
  for (const words of [
    ['supervisor', 'x'],
    ['builder', 'x', '--reply-to', 'abcd'],
    ['builder', 'x', '--from', 'builder'],
    ['builder', 'x', '--priority', 'high'],
  ]) {
    const seen = await play(['send', ...words], { deps: { openTown } })
    expect([seen.exit, seen.calls]).toEqual([2, []])
  }
  expect((await play(['send', 'builder', 'x', '--query', '--ack'])).exit).toBe(2)
})
