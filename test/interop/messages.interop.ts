import { expect } from 'vitest'
import { SUPERVISOR } from '../../src/town/wire/ids.ts'
import { test } from './support/mixed.ts'

interface Listed {
  messages: { id: string; from: string; type: string; text: string; place: string }[]
}

test('tt sends, we read: every kind, in its order, and the mailbox of people', async ({ mixed }) => {
  await mixed.open()
  await mixed.tt('send', 'supervisor', 'one: ünï 🙂 "quoted"')
  await mixed.tt('send', 'supervisor', 'two?', '--query')
  await mixed.tt('send', 'supervisor', 'three', '--info')
  await mixed.tt('send', 'conductor', 'rejected: no tests', '--ack')
  await mixed.tt('send', 'supervisor', 'first of all', '--urgent')
  const { messages } = await mixed.json<Listed>('inbox', 'supervisor')
  expect(messages.map(({ type, text }) => [type, text])).toEqual([
    ['task', 'first of all'],
    ['task', 'one: ünï 🙂 "quoted"'],
    ['query', 'two?'],
    ['informational', 'three'],
    ['confirmation', 'rejected: no tests'],
  ])
  const taken = await mixed.json<Listed>('inbox', 'take', '2')
  expect(taken.messages.map(({ text }) => text)).toEqual(['first of all', 'one: ünï 🙂 "quoted"'])
  await mixed.agents('inbox', 'ack', ...taken.messages.map(({ id }) => id))
  expect(await mixed.tt('inbox', 'supervisor')).toContain('3 messages')
})

test('we send, tt reads: every kind, normal and urgent, to people and to a worker of tt', async ({
  mixed,
}) => {
  await mixed.open()
  await mixed.agents('send', 'supervisor', 'a task: ünï 🙂')
  await mixed.agents('send', 'supervisor', '--query', 'a question?')
  await mixed.agents('send', 'supervisor', '--info', 'news')
  await mixed.agents('send', 'supervisor', '--ack', 'approved')
  const people = await mixed.tt('inbox', 'supervisor')
  for (const line of [
    '[T] 1 tasks',
    '[Q] 1 queries',
    '[I] 1 informational',
    '[C] 1 confirmations',
    'a task: ünï 🙂',
  ])
    expect(people).toContain(line)

  const heard = `cat >>${mixed.box.dir}/heard`
  await mixed.tt('spawn', 'theirs', '--cli', heard)
  await mixed.becomes('theirs', 'idle')
  await mixed.agents('send', 'theirs', 'work for theirs')
  await mixed.agents('send', 'theirs', '--urgent', 'at once')
  await mixed.until('the worker of tt has both in its prompt', async () => {
    const text = mixed.box.exists('heard') ? mixed.box.read('heard') : ''
    return text.includes('work for theirs') && text.includes('at once')
  })
})

test('a message that tt drains is not missed by us, and one that we took is not seen by tt', async ({
  mixed,
}) => {
  await mixed.open()
  await mixed.tt('spawn', 'theirs', '--cli', 'cat >/dev/null')
  await mixed.becomes('theirs', 'idle')
  const { message } = await mixed.json<{ message: { id: string } }>('send', 'theirs', 'once')
  const { id = '' } = await mixed.record('theirs')
  await mixed.until('it was drained', async () => (await mixed.redis.llen(mixed.keys.inbox(id))) === 0)
  // Sent again under its id it is still the same message.
  const again = await mixed.json<{ message: { id: string } }>('send', 'theirs', '--id', message.id, 'once')
  expect(again.message.id).toBe(message.id)
  expect(await mixed.redis.llen(mixed.keys.inbox(id))).toBe(0)

  await mixed.tt('send', 'supervisor', 'for people')
  const taken = await mixed.json<Listed>('inbox', 'take')
  expect(taken.messages).toHaveLength(1)
  expect(await mixed.tt('inbox', 'supervisor')).not.toContain('for people')
  await mixed.agents('inbox', 'nack', taken.messages[0]?.id ?? '')
  expect(await mixed.tt('inbox', 'supervisor')).toContain('for people')
  expect(await mixed.redis.llen(mixed.keys.inbox(SUPERVISOR))).toBe(1)
})
