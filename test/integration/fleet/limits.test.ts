import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { LimitsReport } from '../../../src/core/index.ts'
import { heard } from '../../support/heard.ts'
import { prefix, type Sandbox, test } from '../../support/sandbox.ts'

const watchdog = (fallback = 4) =>
  `[watchdog]\nsignal_interval = 1\nlimit_probe_fallback = ${fallback}\nlimit_stagger = 2\n`

const backend = (box: Sandbox, name: string, fake: string) =>
  `[backend.${name}]\nbin = "${box.fake(fake)}"\nprompt_delivery = "exec"\naccount = "work"\n` +
  `limit_re = 'usage limit'\nactive_re = 'Working'\n`

const agent = (box: Sandbox, name: string, on: string, more = '') =>
  `[[agent]]\nname = "${name}"\nbackend = "${on}"\nwatch = "heal"\n${more}\n` +
  `env = { AGENT_BANNER = "You hit your usage limit", AGENT_LIFTED = "${box.dir}/lifted", AGENT_RECORD = "${box.dir}/${name}.record" }\n`

const limits = async (box: Sandbox): Promise<LimitsReport['accounts'][number]> => {
  const run = await box.agents('limits', '--json')
  const report = JSON.parse(run.stdout) as LimitsReport
  return report.accounts.find(({ account }) => account === 'work')!
}

describe('one account of three agents', () => {
  test('one is limited, the siblings are held; after the reset one asks, then the others follow one by one', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        backend(box, 'lim', 'shows-limit') +
        backend(box, 'sib', 'echoes-lines') +
        agent(box, 'a', 'lim') +
        agent(box, 'b', 'sib') +
        agent(box, 'c', 'sib'),
    )
    await box.agents('up')
    const pids = ['a', 'b', 'c'].map((name) => box.pid(name))
    const limit = await box.event((event) => event.kind === 'limit')
    const told = await box.event((event) => event.kind === 'limit-account')
    expect(told).toMatchObject({ account: 'work', agents: ['a', 'b', 'c'] })
    await box.agents('send', 'b', 'first')
    await box.agents('send', 'c', 'second')
    expect((await box.status()).agents).toMatchObject([
      { life: 'held', reading: 'limited', until: expect.any(Number) },
      { life: 'held', until: expect.any(Number), queued: 1 },
      { life: 'held', queued: 1 },
    ])
    const account = await limits(box)
    expect(account).toMatchObject({
      state: 'limited',
      backends: ['lim', 'sib'],
      windows: [{ window: 'usage', evidence: { agent: 'a', source: 'screen' } }],
      held: [
        { agent: 'a', why: 'own' },
        { agent: 'b', why: 'account' },
        { agent: 'c', why: 'account' },
      ],
    })
    expect(account.windows[0]?.canary).toMatchObject({ agent: 'a' })
    expect(account.windows[0]?.until).toBeGreaterThanOrEqual(Number(limit.until))
    // Killed inside the limit: it is not started before its turn.
    process.kill(box.pid('c')!, 'SIGKILL')
    await sleep(1_500)
    expect([box.pid('c'), heard(box, 'b.record')]).toEqual([undefined, []])
    box.write('lifted', '')
    const probe = await box.event((event) => event.kind === 'limit-probe', 15_000)
    expect(probe.agent).toBe('a')
    expect(probe.at).toBeGreaterThanOrEqual(Number(limit.until) - 5)
    const over = await box.event((event) => event.kind === 'limit-over', 30_000)
    const told2 = await box.event((event) => event.kind === 'ping-submitted' && event.agent === 'b', 30_000)
    const start = await box.event(
      (event) => event.kind === 'started' && event.agent === 'c' && event.at > over.at,
      30_000,
    )
    expect(Math.min(told2.at, start.at) - over.at).toBeGreaterThan(1_500)
    expect(Math.abs(told2.at - start.at)).toBeGreaterThan(1_500)
    expect(heard(box, 'b.record')).toEqual(['first'])
    await box.until(
      'the second message',
      () => heard(box, 'c.record').includes('second') || undefined,
      15_000,
    )
    expect([box.pid('a'), box.pid('b')]).toEqual(pids.slice(0, 2))
    expect(box.events().filter((event) => event.kind === 'kill')).toEqual([])
    expect(box.exists(`logs/state/limited-${prefix}a.json`)).toBe(false)
    expect(await limits(box)).toMatchObject({ state: 'free', held: [] })
  }, 90_000)

  test('the clock outlives a watchdog that is killed; `resume` asks at once', async ({ box }) => {
    box.config(
      watchdog(600) +
        backend(box, 'lim', 'shows-limit') +
        backend(box, 'sib', 'echoes-lines') +
        agent(box, 'a', 'lim') +
        agent(box, 'b', 'sib'),
    )
    await box.agents('up')
    await box.event((event) => event.kind === 'limit-account')
    const before = await limits(box)
    process.kill((await box.status()).watchdog.pid!, 'SIGKILL')
    await box.until(
      'another watchdog',
      () => box.events().filter((event) => event.kind === 'watchdog-started').length > 1 || undefined,
      20_000,
    )
    await box.agents('send', 'b', 'hello')
    await sleep(2_500)
    expect(heard(box, 'b.record')).toEqual([])
    const after = await limits(box)
    expect(after.windows[0]?.until).toBe(before.windows[0]?.until)
    expect(after.held.map(({ agent: name }) => name)).toEqual(['a', 'b'])
    expect((await box.agents('up', 'b')).code).toBe(0)
    box.write('lifted', '')
    const resumed = await box.agents('resume', 'a')
    expect(resumed.stdout).toContain('asked now whether its usage limit is over')
    await box.event((event) => event.kind === 'limit-probe' && event.agent === 'a')
    await box.event((event) => event.kind === 'lift' && event.agent === 'a')
    await box.until('the message', () => heard(box, 'b.record').includes('hello') || undefined, 15_000)
  }, 90_000)

  test('on_limit = "ask" waits for a person: in `asks`, until `resume`', async ({ box }) => {
    box.config(watchdog(1) + backend(box, 'lim', 'shows-limit') + agent(box, 'a', 'lim', 'on_limit = "ask"'))
    await box.agents('up')
    const asked = await box.until('it asks', async () => {
      const run = await box.agents('asks', '--check')
      return run.code === 3 ? run.stdout : undefined
    })
    expect(asked).toContain('a asks')
    expect(asked).toContain('You hit your usage limit')
    expect(asked).toContain('agents resume a, when it is settled')
    box.write('lifted', '')
    await box.agents('resume', 'a')
    await box.event((event) => event.kind === 'lift' && event.agent === 'a', 15_000)
    expect(await box.agents('asks', '--check')).toMatchObject({ code: 0, stdout: ' nobody asks' })
  }, 60_000)

  test('on_limit = { switch = … } goes on with another backend, and comes back after the reset', async ({
    box,
  }) => {
    const other = backend(box, 'other', 'echoes-lines').replace('"work"', '"elsewhere"')
    box.config(
      watchdog() +
        backend(box, 'lim', 'shows-limit') +
        other +
        agent(box, 'a', 'lim', 'on_limit = { switch = "other" }'),
    )
    await box.agents('up')
    const limit = await box.event((event) => event.kind === 'limit')
    const gone = await box.event((event) => event.kind === 'limit-switch')
    expect(gone).toMatchObject({ agent: 'a', backend: 'other' })
    await box.until('it runs elsewhere', async () => {
      const [one] = (await box.status()).agents
      return one?.backend === 'other' && one.life === 'up' && one.reading === 'idle' ? one : undefined
    })
    expect((await box.status()).agents[0]).toMatchObject({
      insteadOf: { backend: 'lim', model: 'default', account: 'work' },
    })
    expect(box.exists(`logs/state/limited-${prefix}a.json`)).toBe(false)
    const back = await box.event((event) => event.kind === 'limit-return', 15_000)
    expect(back.at).toBeGreaterThanOrEqual(Number(limit.until) - 5)
    await box.event((event) => event.kind === 'started' && event.at > back.at, 15_000)
    const causes = box.events().filter((event) => event.kind === 'kill')
    expect(causes.every((event) => event.cause === 'changed')).toBe(true)
  }, 90_000)
})
