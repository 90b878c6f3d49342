import { statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { describe, expect, onTestFinished } from 'vitest'
import type { Payload } from '../../../src/notify/index.ts'
import { prefix, type Sandbox, test } from '../../support/sandbox.ts'

const fast = '[watchdog]\nsignal_interval = "200ms"\nheavy_interval = 1\n'

/** One agent that asks while the file `question` stands, one that is never mentioned. */
const fleet = (box: Sandbox, notify: string): string =>
  `${fast}[notify]\n${notify}\n[backend.t]\nbin = "${box.fake('asks-while-told')}"\nprompt_delivery = "exec"\n` +
  `asking_re = 'Do you want to proceed'\ncomposer_re = '> '\n` +
  `[[agent]]\nname = "a"\nbackend = "t"\nwatch = "heal"\nenv = { AGENT_QUESTION = "${box.dir}/question" }\n`

/** A command that adds what it is given to the file `told`, a line each. */
const teller = (box: Sandbox): string => {
  box.write('tell.sh', '#!/bin/sh\ncat >> told\n')
  return 'command = ["/bin/sh", "tell.sh"]'
}

const told = (box: Sandbox, file = 'told'): Payload[] =>
  box.exists(file)
    ? box
        .read(file)
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Payload)
    : []

const kinds = (payloads: readonly Payload[]): string[] =>
  payloads.flatMap((one) => one.notices.map((notice) => `${notice.kind} ${notice.agent ?? ''}`))

interface Hook {
  address: string
  server: Server
  got: { body: string; headers: IncomingMessage['headers']; url: string | undefined }[]
  /** What it answers from now on; `hang`: nothing. */
  answer: { status: number; location?: string } | 'hang'
}

async function hook(): Promise<Hook> {
  const self: Hook = { address: '', server: createServer(), got: [], answer: { status: 204 } }
  self.server.on('request', (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      self.got.push({ body, headers: request.headers, url: request.url })
      if (self.answer === 'hang') return
      const { status, location } = self.answer
      response.writeHead(status, location === undefined ? {} : { location }).end()
    })
  })
  await new Promise<void>((resolve) => self.server.listen(0, '127.0.0.1', resolve))
  self.address = `http://127.0.0.1:${(self.server.address() as AddressInfo).port}`
  onTestFinished(() => {
    self.server.closeAllConnections()
    self.server.close()
  })
  return self
}

describe('telling by a command', () => {
  test('a question is told once, as one document on standard input, and in the events', async ({ box }) => {
    box.config(fleet(box, `${teller(box)}\nbatch = "200ms"`))
    await box.agents('up')
    box.write('question', '')
    await box.until('it was told', () => told(box)[0])
    const [first] = told(box)
    expect(first).toMatchObject({
      version: 1,
      attempt: 1,
      project: box.dir,
      text: 'a asks: Do you want to proceed?',
      notices: [{ kind: 'asking', agent: 'a', text: 'Do you want to proceed?' }],
      summary: [],
    })
    const asked = await box.event((event) => event.kind === 'asking')
    expect(first?.notices[0]).toMatchObject({ seq: asked.seq, id: `${asked.at}-${asked.seq}` })
    execaSync('rm', [join(box.dir, 'question')])
    await box.event((event) => event.kind === 'asked-gone')
    const notified = box.events().filter((event) => event.kind === 'notified')
    expect(notified).toMatchObject([{ channel: 'command', id: first?.id, notices: 1 }])
    const status = JSON.parse((await box.agents('notify', 'status', '--json')).stdout)
    expect(status).toMatchObject({
      version: 1,
      channels: [
        { channel: 'command', target: '/bin/sh', state: 'idle', queued: 0, sentLastHour: 1, perHour: 30 },
      ],
    })
  })

  test('shell text is taken, and `on` leaves the rest untold', async ({ box }) => {
    box.config(fleet(box, `command = "cat >> told && exit 0"\nbatch = 0\non = ["parked"]`))
    await box.agents('up')
    box.write('question', '')
    await box.event((event) => event.kind === 'asking')
    box.write('agents.toml', box.read('agents.toml').replace('on = ["parked"]', 'on = ["asking"]'))
    await box.event((event) => event.kind === 'config-loaded')
    execaSync('rm', [join(box.dir, 'question')])
    await box.event((event) => event.kind === 'asked-gone')
    expect(told(box)).toEqual([])
    box.write('question', '')
    await box.until('the second question', () => told(box)[0])
    expect(kinds(told(box))).toEqual(['asking a'])
  })

  test('one that hangs is killed with its children and tried again, and no tick waits for it', async ({
    box,
  }) => {
    box.write('hang.sh', `cat > /dev/null; setsid sleep 987 & echo $! > child; sleep 987\n`)
    box.config(fleet(box, `command = ["sh", "hang.sh"]\nbatch = 0\ntimeout = "700ms"`))
    await box.agents('up')
    box.write('question', '')
    await box.until('it runs', () => (box.exists('child') && box.read('child').endsWith('\n')) || undefined)
    const child = Number(box.read('child'))
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    await box.until('healed meanwhile', () => (box.pid('a') !== pid ? box.pid('a') : undefined), 2_000)
    const failed = await box.event((event) => event.kind === 'notify-failed')
    expect(failed).toMatchObject({ channel: 'command', because: expect.stringContaining('within 700 ms') })
    await box.until('its child is gone', () => {
      const done = execaSync('ps', ['-o', 'stat=', '-p', String(child)], { reject: false })
      return done.exitCode !== 0 || done.stdout.startsWith('Z') || undefined
    })
    expect((await box.status()).attention.join()).toContain('notices by command do not arrive')
    box.write('hang.sh', 'cat >> told\n')
    await box.until('the second try', () => told(box)[0], 15_000)
    expect(told(box)[0]).toMatchObject({ id: failed.id, attempt: 2 })
    await box.until(
      'no trouble any more',
      async () => !(await box.status()).attention.join().includes('do not arrive') || undefined,
    )
  }, 40_000)

  test('what was not delivered when the watchdog was killed is delivered by the next one, under the same id', async ({
    box,
  }) => {
    box.write('first.sh', 'cat >> told; sleep 30\n')
    box.config(fleet(box, 'command = ["sh", "first.sh"]\nbatch = 0\ntimeout = "20s"'))
    await box.agents('up')
    box.write('question', '')
    await box.until('it was given out', () => told(box)[0])
    box.write('first.sh', 'cat >> told\n')
    const { pid } = (await box.status()).watchdog
    process.kill(pid!, 'SIGKILL')
    await box.until('once more', () => told(box)[1], 15_000)
    const [before, after] = told(box)
    expect(after?.id).toBe(before?.id)
    expect(after?.notices).toEqual(before?.notices)
    await box.event((event) => event.kind === 'notified')
    expect(told(box)).toHaveLength(2)
    expect(statSync(join(box.dir, 'logs/state/notify.json')).mode & 0o777).toBe(0o600)
  }, 40_000)
})

describe('telling by a webhook', () => {
  test('posts JSON with the token; a failure is tried again, and neither token nor path is told to anybody', async ({
    box,
  }) => {
    const web = await hook()
    web.answer = { status: 500 }
    box.config(fleet(box, `webhook = "${web.address}/hook/s3cret"\nwebhook_token_env = "HOOK"\nbatch = 0`))
    await box.agentsWith({ HOOK: 't0ken-of-hook' }, 'up')
    box.write('question', '')
    const failed = await box.event((event) => event.kind === 'notify-failed')
    expect(failed.because).toContain(`${web.address} answered 500`)
    web.answer = { status: 200 }
    await box.event((event) => event.kind === 'notified', 15_000)
    expect(web.got).toHaveLength(2)
    const bodies = web.got.map((one) => JSON.parse(one.body) as Payload)
    expect(bodies[1]).toMatchObject({ id: bodies[0]!.id, attempt: 2, notices: bodies[0]!.notices })
    for (const { headers, url } of web.got) {
      expect(headers).toMatchObject({
        authorization: 'Bearer t0ken-of-hook',
        'content-type': 'application/json',
      })
      expect(url).toBe('/hook/s3cret')
    }
    const shown = [
      (await box.agents('notify', 'status')).stdout,
      (await box.agents('events', '--json')).stdout,
      execaSync('grep', ['-rlE', 't0ken-of-hook|s3cret', 'logs'], { cwd: box.dir, reject: false })
        .stdout.split('\n')
        .filter((path) => !path.includes('config.last-good'))
        .join('\n'),
    ]
    expect(shown.join('\n')).not.toMatch(/t0ken|s3cret|logs\/state\/notify/)
  }, 40_000)

  test('a test says of each channel what it did, and fails when one fails', async ({ box }) => {
    const web = await hook()
    const other = await hook()
    box.config(fleet(box, `webhook = "${web.address}/"\n${teller(box)}\ntimeout = "1s"`))
    const run = async (): Promise<{ code: number; text: string }> => {
      const done = await box.agents('notify', 'test', '--json')
      return { code: done.code, text: done.stdout }
    }
    const good = await run()
    expect(good.code).toBe(0)
    expect(JSON.parse(good.text)).toMatchObject({
      version: 1,
      channels: [
        { channel: 'command', ok: true },
        { channel: 'webhook', ok: true, detail: `${web.address} answered 204` },
      ],
    })
    expect(told(box)[0]).toMatchObject({ test: true, notices: [{ agent: 'test' }] })
    web.answer = { status: 302, location: `${other.address}/x` }
    expect((await run()).text).toContain(`redirects (302) to ${other.address}`)
    web.answer = { status: 307, location: 'file:///etc/passwd' }
    expect((await run()).text).toContain('redirects (307) to a file: address')
    expect(other.got).toEqual([])
    web.answer = { status: 308, location: `${other.address}/x` }
    expect((await run()).code).toBe(0)
    expect(other.got).toHaveLength(1)
    web.answer = 'hang'
    const late = await run()
    expect(late.code).toBe(1)
    expect(late.text).toContain('did not answer within 1000 ms')
  }, 40_000)

  test('the token goes to nobody else, and a missing one is said', async ({ box }) => {
    const web = await hook()
    const other = await hook()
    web.answer = { status: 308, location: `${other.address}/x` }
    box.config(fleet(box, `webhook = "${web.address}/"\nwebhook_token_env = "HOOK"`))
    await box.agentsWith({ HOOK: 't0ken' }, 'notify', 'test')
    expect(web.got[0]?.headers.authorization).toBe('Bearer t0ken')
    expect(other.got[0]?.headers.authorization).toBeUndefined()
    const done = await box.agents('notify', 'test')
    expect(done.code).toBe(1)
    expect(done.stdout).toContain('the variable HOOK is not set')
  })
})

describe('telling by the bell', () => {
  test('rings and shows it where somebody is attached, and leaves panes and windows alone', async ({
    box,
  }) => {
    box.config(fleet(box, 'bell = true\nbatch = 0'))
    await box.agents('up')
    const outer = (...args: string[]): string =>
      execaSync('tmux', ['-S', join(box.dir, 'o'), '-f', '/dev/null', ...args], {
        env: { PATH: process.env.PATH, HOME: box.dir, TERM: 'xterm-256color', AGENTS_SANDBOX: box.dir },
        extendEnv: false,
      }).stdout
    outer('new-session', '-d', '-s', 'person', '-x', '100', '-y', '30', 'cat')
    outer('pipe-pane', '-t', '=person:', `cat > ${box.dir}/seen`)
    outer('respawn-pane', '-k', '-t', '=person:', `tmux -S ${box.dir}/s attach -t =${prefix}a`)
    await box.until('attached', () => box.tmux('list-clients').stdout.includes(`${prefix}a`) || undefined)
    const bells = (): number =>
      // A title ends in a bell that rings nothing.
      (
        box
          .read('seen')
          .replace(/\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g, '')
          .match(/\x07/g) ?? []
      ).length
    box.write('question', '')
    await box.until('the bell', () => bells() > 0 || undefined)
    expect(box.read('seen')).toContain('agents: a asks: Do you want to proceed?')
    const notified = await box.event((event) => event.kind === 'notified')
    expect(notified).toMatchObject({ channel: 'bell', because: '1 terminal(s) rang' })
    await box.until(
      'its window is gone',
      () => !box.tmux('list-windows', '-a').stdout.includes('bell') || undefined,
    )
    expect(bells()).toBe(1)
    expect(box.tmux('list-windows', '-t', `=${prefix}a`).stdout.split('\n')).toHaveLength(1)
    outer('kill-server')
  }, 30_000)

  test('nobody attached is no failure', async ({ box }) => {
    box.config(fleet(box, 'bell = true'))
    await box.agents('up')
    const done = await box.agents('notify', 'test')
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('nobody is attached') })
  })
})

test('without [notify] a test says what to write, and status says that nobody is told', async ({ box }) => {
  box.config('[[agent]]\nname = "a"\nbackend = "b"\n[backend.b]\nbin = "true"\n[notify]\nbatch = 3\n')
  const done = await box.agents('notify', 'test')
  expect(done.code).toBe(2)
  expect(done.stderr).toContain('names nobody to be told')
  expect((await box.agents('notify', 'status')).stdout).toContain('nobody is told')
})
