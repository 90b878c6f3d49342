import { describe, expect, test } from 'vitest'
import { freshState } from './deps.ts'
import { FakeTown } from './testing/fake-town.ts'

describe('a round', () => {
  test('shows the whole task, acknowledges its message, and ends when nothing is to do', async () => {
    const town = new FakeTown()
    const long = `first line\n${'x'.repeat(5_000)}\nlast line`
    const task = town.assign(long)
    town.scripts.push({ done: 'all' })
    expect(await town.run()).toMatch(/idle_timeout/)
    expect(town.prompts).toHaveLength(1)
    expect(town.prompts[0]).toContain(long)
    expect(town.prompts[0]).toContain(task.id)
    expect(town.done).toHaveLength(1)
    expect(town.claimed).toEqual([])
    expect(town.lines[0]).toBe('Round 1: ✅ completed')
  })

  test('keeps news for the next work instead of losing them', async () => {
    const town = new FakeTown()
    town.send({ type: 'informational', summary: 'the schema moved' })
    town.onSleep = () => {
      if (town.mono > 3_000 && town.prompts.length === 0 && town.inbox.length === 0)
        town.send({ type: 'task', description: 'go' })
    }
    await town.run()
    expect(town.prompts).toHaveLength(1)
    expect(town.prompts[0]).toContain('the schema moved')
    expect(town.done).toHaveLength(2)
  })

  test('shows a letter once that it has and is given again, because its lease ran out', async () => {
    const town = new FakeTown()
    const { message } = town.send({ type: 'informational', summary: 'the schema moved' })
    town.onSleep = () => {
      if (town.mono < 3_000 || town.done.length > 0 || town.prompts.length > 0) return
      if (!town.claimed.some((one) => one.message.id === message.id)) return
      town.inbox.push(...town.claimed.splice(0))
      town.send({ type: 'task', description: 'go' })
      town.onSleep = () => undefined
    }
    await town.run()
    expect(town.prompts).toHaveLength(1)
    expect(town.prompts[0]!.split('the schema moved')).toHaveLength(2)
  })

  test('gives news back that no work came for', async () => {
    const town = new FakeTown()
    town.send({ type: 'informational', summary: 'the schema moved' })
    await town.run()
    expect(town.prompts).toEqual([])
    expect(town.inbox).toHaveLength(1)
    expect(town.shown.size).toBe(0)
  })

  test('is run for news alone when no more can be kept', async () => {
    const town = new FakeTown()
    for (let i = 0; i < 40; i += 1) town.send({ type: 'informational', summary: `news ${i}` })
    await town.run()
    expect(town.prompts).toHaveLength(1)
    expect(town.done).toHaveLength(32)
    expect(town.inbox).toHaveLength(8)
  })

  test('answers ping and status_request by itself, without a round', async () => {
    const town = new FakeTown()
    town.send({ type: 'ping' })
    town.send({ type: 'status_request' })
    await town.run()
    expect(town.answered).toHaveLength(2)
    expect(town.done).toHaveLength(2)
    expect(town.prompts).toEqual([])
  })

  test('does not show a task that is over or somebody else’s by now', async () => {
    const town = new FakeTown()
    town.assign('old', { state: 'completed' })
    town.assign('theirs', { assignedTo: '22222222-2222-4222-8222-222222222222' })
    await town.run()
    expect(town.prompts).toEqual([])
    expect(town.done).toHaveLength(2)
  })
})

describe('a failed round', () => {
  test('gives its messages back in order, and waits longer each time', async () => {
    const town = new FakeTown()
    const ids = ['one', 'two', 'three'].map(
      (description) => town.send({ type: 'task', description }).message.id,
    )
    town.scripts.push({ status: 1, tail: 'boom' }, { status: 1, tail: 'boom' }, {})
    await town.run()
    expect(town.prompts).toHaveLength(3)
    for (const prompt of town.prompts) {
      const places = ['one', 'two', 'three'].map((word) => prompt.indexOf(`"""\n${word}\n"""`))
      expect(places).toEqual([...places].sort((a, b) => a - b))
      expect(Math.min(...places)).toBeGreaterThan(0)
    }
    expect(town.prompts[2]).toContain('shown before, time 3')
    expect(town.done.sort()).toEqual([...ids].sort())
    expect(town.said.filter((line) => line.includes('failed in a row'))).toEqual([
      'round 1: ❌ the CLI ended with status 1: boom; 1 failed in a row; next in 2 s; output: round-1.out',
      'round 2: ❌ the CLI ended with status 1: boom; 2 failed in a row; next in 4 s; output: round-2.out',
    ])
  })

  test('a message that fails three times is a dead letter; five failures in a row park the worker', async () => {
    const town = new FakeTown()
    town.send({ type: 'task', description: 'bad' })
    town.send({ type: 'task', description: 'also bad' })
    for (let i = 0; i < 9; i += 1) town.scripts.push({ status: 2, tail: 'no\x1b[31m' })
    town.onSleep = () => {
      if (town.inbox.length === 0 && town.claimed.length === 0 && town.prompts.length < 5)
        town.send({ type: 'task', description: 'more' })
      if (town.mono > 600_000) town.stop.abort()
    }
    expect(await town.run()).toBe('stopped by a signal')
    expect(town.dead).toHaveLength(2)
    expect(town.prompts).toHaveLength(5)
    expect(town.words.at(-1)).toMatchObject({ state: 'failing' })
    expect(town.states).toContain('error')
    expect(town.inbox).toHaveLength(1)
  })

  test('whose CLI never began counts as no presentation', async () => {
    const town = new FakeTown()
    const { message } = town.send({ type: 'task', description: 'go' })
    town.scripts.push({ unstarted: 'ENOENT' }, { status: 127 }, {})
    await town.run()
    expect(town.shown.get(message.id)).toBe(1)
    expect(town.done).toEqual([message.id])
  })

  test('of a usage limit is tried again after the reset, and says so meanwhile', async () => {
    const town = new FakeTown()
    const { message } = town.send({ type: 'task', description: 'go' })
    town.scripts.push({ status: 1, tail: 'usage limit reached' }, {})
    await town.run({ maxRounds: 5 })
    expect(town.words).toEqual([
      { state: 'limited', reason: 'usage limit reached', until: expect.any(Number) as number },
      { state: 'working' },
    ])
    expect(town.prompts).toHaveLength(2)
    expect(town.mono).toBeGreaterThan(60_000)
    expect(town.shown.get(message.id)).toBe(1)
    expect(town.done).toEqual([message.id])
  })

  test('whose CLI waits out a usage limit in silence is ended at once, and is one at a limit', async () => {
    const town = new FakeTown()
    const { message } = town.send({ type: 'task', description: 'go' })
    town.scripts.push({ hangs: true, tail: 'waits for its limit' }, {})
    await town.run({ maxRounds: 5 })
    expect([...town.ended]).toEqual([1])
    expect(town.words.map(({ state }) => state)).toEqual(['limited', 'working'])
    expect(town.words[0]).toMatchObject({ reason: 'waits for its limit' })
    expect(town.prompts).toHaveLength(2)
    expect(town.shown.get(message.id)).toBe(1)
    expect(town.done).toEqual([message.id])
  })

  test('that takes too long is ended, and counts as failed', async () => {
    const town = new FakeTown()
    town.send({ type: 'task', description: 'go' })
    town.scripts.push({ hangs: true }, {})
    await town.run()
    expect([...town.ended]).toEqual([1])
    expect(town.prompts).toHaveLength(2)
    expect(town.done).toHaveLength(1)
  })
})

test('that is told to try again does so at once, also when it was parked', async () => {
  const town = new FakeTown()
  town.send({ type: 'task', description: 'go' })
  town.scripts.push({ status: 1, tail: 'usage limit' }, {})
  town.onSleep = () => {
    if (town.prompts.length === 1 && town.words.length === 1) town.wakes = 1
  }
  await town.run()
  expect(town.prompts).toHaveLength(2)
  expect(town.mono).toBeLessThan(30_000)

  const parked = new FakeTown()
  for (let i = 0; i < 5; i += 1) parked.scripts.push({ status: 1 })
  parked.onSleep = () => {
    const idle = parked.inbox.length === 0 && parked.claimed.length === 0
    if (idle && parked.prompts.length < 5) parked.send({ type: 'task', description: 'go' })
    if (parked.words.length > 0) parked.wakes = 1
  }
  parked.send({ type: 'task', description: 'go' })
  await parked.run()
  expect(parked.words.map(({ state }) => state)).toEqual(['failing', 'working'])
  expect(parked.prompts).toHaveLength(6)
  expect(parked.done).toHaveLength(1)
})

test('gives signs of life and keeps its claims while the CLI runs', async () => {
  const town = new FakeTown()
  town.send({ type: 'task', description: 'long' })
  town.scripts.push({ tookMs: 30_000 })
  await town.run()
  expect(town.states.filter((state) => state === 'working').length).toBeGreaterThan(5)
  expect(town.renewed).toBeGreaterThan(4)
  expect(town.done).toHaveLength(1)
})

describe('orders', () => {
  test('stop ends the CLI and gives its messages back', async () => {
    const town = new FakeTown()
    town.send({ type: 'task', description: 'go' })
    town.scripts.push({
      hangs: true,
      begun: () => {
        town.order = 'stop'
      },
    })
    expect(await town.run()).toBe('stopped by request')
    expect([...town.ended]).toEqual([1])
    expect(town.inbox).toHaveLength(1)
    expect(town.states.at(-1)).toBe('stopped')
  })

  test('what was shown three times to a worker that somebody stopped each time is no dead letter', async () => {
    const town = new FakeTown()
    const { message } = town.send({ type: 'task', description: 'long work' })
    town.shown.set(message.id, 2)
    town.scripts.push({ hangs: true, begun: () => town.stop.abort() })
    await town.run()
    expect([town.shown.get(message.id), town.dead, town.inbox.length]).toEqual([3, [], 1])
  })

  test('a signal does the same', async () => {
    const town = new FakeTown()
    town.send({ type: 'task', description: 'go' })
    town.scripts.push({ hangs: true, begun: () => town.stop.abort() })
    expect(await town.run()).toBe('stopped by a signal')
    expect(town.inbox).toHaveLength(1)
  })

  test('close and pause wait for the end of the round; interrupt does not', async () => {
    const closed = new FakeTown()
    closed.send({ type: 'task', description: 'go' })
    closed.scripts.push({
      tookMs: 5_000,
      begun: () => {
        closed.order = 'close'
      },
    })
    expect(await closed.run()).toBe('closed by request')
    expect(closed.done).toHaveLength(1)

    const paused = new FakeTown()
    paused.send({ type: 'task', description: 'go' })
    paused.send({ type: 'task', description: 'and this' }, { urgent: true })
    paused.scripts.push(
      {
        hangs: true,
        begun: () => {
          paused.order = 'interrupt'
        },
      },
      {},
    )
    paused.onSleep = () => {
      if (paused.mono > 30_000) paused.order = 'none'
    }
    await paused.run()
    expect([...paused.ended]).toEqual([1])
    expect(paused.prompts).toHaveLength(2)
    expect(paused.done).toHaveLength(2)
    expect(paused.mono).toBeGreaterThan(30_000)
  })
})

test('Ctrl-C ends the round and gives its messages back; the worker stays', async () => {
  const town = new FakeTown()
  town.send({ type: 'task', description: 'go' })
  town.scripts.push(
    {
      hangs: true,
      begun: () => {
        town.interrupts += 1
      },
    },
    {},
  )
  await town.run()
  expect([...town.ended]).toEqual([1])
  expect(town.prompts).toHaveLength(2)
  expect(town.done).toHaveLength(1)
})

describe('ends of its own', () => {
  test('max_rounds counts failed rounds, too', async () => {
    const town = new FakeTown()
    for (const description of ['one', 'two', 'three']) town.send({ type: 'task', description })
    town.scripts.push({ status: 1 }, {}, {})
    expect(await town.run({ maxRounds: 1 })).toBe('reached max_rounds')
    expect(town.prompts).toHaveLength(1)
    expect(town.inbox).toHaveLength(3)
  })

  test('a restart after a crash goes on with the count of rounds', async () => {
    const town = new FakeTown()
    town.send({ type: 'task', description: 'one' })
    expect(await town.run({ maxRounds: 3 }, freshState({ rounds: 3, failures: 0 }))).toBe(
      'reached max_rounds',
    )
    expect(town.prompts).toEqual([])
  })

  test('an idle timeout of 0 is none', async () => {
    const town = new FakeTown()
    town.onSleep = () => {
      if (town.mono > 10_000_000) town.stop.abort()
    }
    expect(await town.run({ idleTimeoutMs: 0 })).toBe('stopped by a signal')
  })
})

describe('tasks', () => {
  test('an idle worker takes one from the backlog, does it, and takes the next', async () => {
    const town = new FakeTown()
    const tasks = ['one', 'two'].map((description) => ({
      ...town.assign(description),
      assignedTo: undefined,
    }))
    town.inbox = []
    town.tasks.clear()
    town.backlog.push(...tasks)
    town.scripts.push({ done: 'all' }, { done: 'all' })
    await town.run()
    expect(town.prompts).toHaveLength(2)
    expect([...town.tasks.values()].map(({ state }) => state)).toEqual(['completed', 'completed'])
  })

  test('a task that no round completes is shown in three, then given up', async () => {
    const town = new FakeTown()
    const task = town.assign('forgotten')
    await town.run()
    expect(town.prompts).toHaveLength(3)
    expect(town.prompts[1]).toContain('Still open')
    expect(town.prompts[2]).toContain('This is the last round for it')
    expect(town.tasks.get(task.id)?.state).toBe('failed')
  })

  test('a failed round is no round that a task was worked in', async () => {
    const town = new FakeTown()
    const task = town.assign('hard')
    town.scripts.push({ status: 1 }, { status: 1 }, { done: 'all' })
    await town.run()
    expect(town.tasks.get(task.id)?.state).toBe('completed')
    expect(town.work.get(task.id) ?? 0).toBe(0)
  })
})

test('waits for a Redis that is away, says so once, and loses nothing', async () => {
  const town = new FakeTown()
  const { message } = town.send({ type: 'task', description: 'go' })
  let down = false
  town.fails = () => down
  town.scripts.push({
    tookMs: 2_000,
    begun: () => {
      down = true
    },
  })
  town.onSleep = () => {
    if (town.mono > 40_000) down = false
  }
  await town.run()
  expect(town.prompts).toHaveLength(1)
  expect(town.done).toEqual([message.id])
  expect(town.said.filter((line) => line.startsWith('Redis is away'))).toHaveLength(1)
  expect(town.said).toContain('Redis is back')
})
