import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { attachArgs } from '../../../src/adapters/tmux/control-client.ts'
import { identifyServer, serverAlive } from '../../../src/adapters/tmux/server-identity.ts'
import { created, lives, panesOf, type TmuxBench, test, until } from '../../support/tmux.ts'

/** Puts its terminal into raw mode and copies what is typed, byte for byte, into the file. */
function recorder(file: string, before = ''): string[] {
  return ['/bin/sh', '-c', `stty raw -echo; ${before} printf ready; exec cat > "$0"`, file]
}

async function openRecorder(bench: TmuxBench, connected: boolean, before = '') {
  const tmux = bench.open()
  const file = join(bench.dir, 'typed')
  const made = await created(tmux, bench.spec('rec', recorder(file, before)))
  if (connected) await tmux.connect()
  await until(async () => {
    const seen = await tmux.capture([made.paneId])
    return seen.kind === 'ok' && seen.text.get(made.paneId)?.includes('ready')
  })
  const typed = () => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0))
  const arrives = (bytes: Buffer) =>
    until(() => typed().length >= bytes.length, `${bytes.length} bytes`, 15_000)
  return { tmux, ...made, typed, arrives }
}

const NASTY = [
  'hello;',
  ';',
  ' ; kill-server ; ',
  `it's "quoted" \\ \\n \\; $HOME \${HOME} ~ ~root`,
  '#{pid} #(touch pwned) ##{x} #[fg=red] %H %%',
  'two\nlines\n\nand a tab\there\n',
  'äöü 漢字 \u{1f642} \u202e rtl',
  '{ brace }',
  '-t =other',
]

describe('findings about tmux', () => {
  for (const connected of [true, false]) {
    const way = connected ? 'by the control client' : 'by one process'
    test(`F1: text arrives byte for byte ${way}, trailing semicolon included`, async ({ bench }) => {
      const { tmux, paneId, typed, arrives } = await openRecorder(bench, connected)
      for (const text of NASTY) expect(await tmux.paste(paneId, text), text).toEqual({ kind: 'done' })
      const all = Buffer.from(NASTY.join(''))
      await arrives(all)
      expect(typed().toString()).toBe(all.toString())
      expect(bench.raw('list-buffers').stdout).toBe('')
    })

    test(`F1: five megabytes arrive whole ${way}`, async ({ bench }) => {
      const { tmux, paneId, typed, arrives } = await openRecorder(bench, connected)
      const line = 'the quick brown fox; "jumps" #{pid} \\ $HOME ä\n'
      const text = line.repeat(Math.ceil((5 * 1024 * 1024) / line.length))
      expect(await tmux.paste(paneId, text)).toEqual({ kind: 'done' })
      await arrives(Buffer.from(text))
      expect(typed().equals(Buffer.from(text))).toBe(true)
    })
  }

  test('F1: a pane in copy mode gets text and key, and leaves copy mode', async ({ bench }) => {
    const { tmux, paneId, typed, arrives } = await openRecorder(bench, true)
    bench.raw('copy-mode', '-t', paneId)
    expect((await panesOf(tmux))[0]!.inMode).toBe(true)
    expect(await tmux.paste(paneId, 'through')).toEqual({ kind: 'done' })
    bench.raw('copy-mode', '-t', paneId)
    expect(await tmux.key(paneId, 'Enter')).toEqual({ kind: 'done' })
    await arrives(Buffer.from('through\r'))
    expect(typed().toString()).toBe('through\r')
    expect((await panesOf(tmux))[0]!.inMode).toBe(false)
  })

  test('F1: a program that asked for it gets the text in brackets', async ({ bench }) => {
    const { tmux, paneId, typed, arrives } = await openRecorder(bench, true, `printf '\\033[?2004h';`)
    await tmux.paste(paneId, 'two\nlines')
    const bracketed = Buffer.from('\x1b[200~two\nlines\x1b[201~')
    await arrives(bracketed)
    expect(typed().equals(bracketed)).toBe(true)
  })

  test('F1: concurrent pastes never mix, and a key types no text', async ({ bench }) => {
    const { tmux, paneId, typed, arrives } = await openRecorder(bench, true)
    const texts = Array.from({ length: 20 }, (_, n) => `<${String(n).repeat(50)}>`)
    await Promise.all(texts.map((text) => tmux.paste(paneId, text)))
    for (const key of ['y', 'hello', 'Enter Enter', '-l', '1', 'C-', ';']) {
      expect(await tmux.key(paneId, key)).toMatchObject({ kind: 'failed', retryable: false })
    }
    await arrives(Buffer.from(texts.join('')))
    const got = typed().toString().match(/<\d+>/g) ?? []
    expect(got.sort()).toEqual([...texts].sort())
    expect(typed().length).toBe(texts.join('').length)
  })

  test('F1: nothing is pasted where the process has ended, which would crash tmux 3.3a', async ({
    bench,
  }) => {
    const tmux = bench.open()
    await tmux.connect()
    const { paneId } = await created(tmux, bench.spec('a', ['/bin/sh', '-c', 'exit 0']))
    await created(tmux, bench.spec('b'))
    await until(async () => (await panesOf(tmux)).some((pane) => pane.dead))
    const server = bench.serverPid()
    for (const text of ['small', 'large'.repeat(30_000)]) {
      expect(await tmux.paste(paneId, text)).toEqual({ kind: 'gone' })
      expect(await tmux.paste('%77', text)).toEqual({ kind: 'gone' })
    }
    expect(bench.raw('list-buffers').stdout).toBe('')
    expect(bench.serverPid()).toBe(server)
  })

  test('F2: nothing that tmux would expand runs a command or changes a folder', async ({ bench }) => {
    const tmux = bench.open()
    const pwned = join(bench.dir, 'pwned')
    const trap = `#(cd ..; cd ..; touch pwned)`
    const names = [trap, '#{pid}', '##x', 'a#[b', '#', '##[c', '###[d##', 'per%Hcent', `q'u"o;te $HOME ~ \\`]
    for (const [n, name] of names.entries()) {
      const dir = join(bench.dir, name)
      mkdirSync(dir)
      const log = join(dir, 'log')
      const pipe = `cat > '${log.replaceAll("'", `'\\''`)}'`
      const script = 'printf "%s\\n" "$1" > where; pwd >> where; sleep 0.1; echo said; exec cat'
      const argv = ['/bin/sh', '-c', script, 'x', `#(touch ${pwned})`]
      if (n === 1) await tmux.connect()
      await created(tmux, bench.spec(`s${n}`, argv, { dir, pipe }))
      await until(() => existsSync(log) && readFileSync(log, 'utf8').includes('said'), log)
      expect(readFileSync(join(dir, 'where'), 'utf8')).toBe(`#(touch ${pwned})\n${dir}\n`)
    }
    expect(existsSync(pwned)).toBe(false)
  })

  test('F3: a name that tmux would change is refused, and not worth a second try', async ({ bench }) => {
    const tmux = bench.open()
    const names = ['a.b', 'a:b', '-x', '', 'a b', '#(x)', 'ä', 'x'.repeat(65), '=a', '$1', '@1', 'a\nb']
    for (const name of names) {
      const result = await tmux.newSession(bench.spec(name))
      expect(result, name).toMatchObject({ kind: 'failed', retryable: false })
    }
    expect(existsSync(bench.socket)).toBe(false)
  })

  test('F4: a name that begins like another never stands for it', async ({ bench }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('foobar'))
    const other = bench.open({ keeper: { ...bench.options.keeper, session: 'keep' } })
    await other.connect()
    await created(tmux, bench.spec('foo'))
    const names = async () => (await panesOf(tmux)).map((pane) => pane.sessionName).sort()
    expect(await names()).toEqual(['foo', 'foobar', 'keep'])
    const foo = (await panesOf(tmux)).find((pane) => pane.sessionName === 'foo')!
    await tmux.killSession(foo.sessionId)
    expect(await tmux.killSession(foo.sessionId)).toEqual({ kind: 'gone' })
    for (const bare of ['foo', 'foobar', '=foobar', '%0']) {
      expect(await tmux.killSession(bare)).toMatchObject({ kind: 'failed', retryable: false })
    }
    expect(await names()).toEqual(['foobar', 'keep'])
  })

  test('F5: a server stuck in its exit is ended by its pid and replaced', async ({ bench }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('noisy', ['/usr/bin/env', 'yes']))
    await tmux.connect()
    const server = bench.serverPid()
    const unread = spawn('tmux', ['-S', bench.socket, '-C', 'attach-session', '-t', '=noisy'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    unread.stdout.pause()
    await until(() => bench.raw('list-clients').stdout.split('\n').length === 2)
    await sleep(500)
    bench.raw('kill-server')
    await until(() => bench.raw('list-sessions').stderr.includes('server exited unexpectedly'))
    expect(await tmux.scan()).toMatchObject({ kind: 'unknown' })
    expect(lives(server)).toBe(true)
    expect(await tmux.repair()).toContain(String(server))
    expect(lives(server)).toBe(false)
    expect(await tmux.scan()).toMatchObject({ kind: 'no-server' })
    await created(tmux, bench.spec('again'))
    unread.kill('SIGKILL')
  })

  test('F6: a control client that is not read does not make the server grow', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.newSessions([1, 2].map((n) => bench.spec(`noisy${n}`, ['/usr/bin/env', 'yes'])))
    await tmux.connect()
    const unread = spawn('tmux', ['-u', '-N', '-S', bench.socket, ...attachArgs('keeper')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    unread.stdout.pause()
    await sleep(1500)
    const status = readFileSync(`/proc/${bench.serverPid()}/status`, 'utf8')
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)![1])
    unread.kill('SIGKILL')
    expect(kilobytes).toBeLessThan(50_000)
  })

  test('F7: attaching a log twice leaves it attached; a dead logger is seen and replaced', async ({
    bench,
  }) => {
    const tmux = bench.open()
    await tmux.connect()
    const log = join(bench.dir, 'log')
    // Each says who it is: one that was replaced at once may say so after the one that replaced it.
    const logger = `echo $$ >> '${log}.pids'; exec cat >> '${log}'`
    const piped = async () => (await panesOf(tmux))[0]!.piped
    const { paneId } = await created(tmux, bench.spec('a', undefined, { pipe: logger }))
    expect(await piped()).toBe(true)
    await tmux.pipe(paneId, logger)
    await tmux.pipe(paneId, logger)
    expect(await piped()).toBe(true)
    await tmux.paste(paneId, 'once\n')
    await until(() => existsSync(log) && readFileSync(log, 'utf8').includes('once'))
    const loggers = readFileSync(`${log}.pids`, 'utf8').trim().split('\n')
    spawnSync('kill', ['-9', ...loggers])
    await tmux.paste(paneId, 'lost\n')
    await until(async () => !(await piped()))
    expect(await tmux.pipe(paneId, logger)).toEqual({ kind: 'done' })
    expect(await piped()).toBe(true)
    expect(await tmux.pipe(paneId, undefined)).toEqual({ kind: 'done' })
    expect(await piped()).toBe(false)
    expect(await tmux.pipe('%99', 'cat')).toEqual({ kind: 'gone' })
  })

  test('F9: a process that is dead and not yet reaped does not live', async ({ bench }) => {
    const file = join(bench.dir, 'pid')
    const parent = spawn('sh', ['-c', `sleep 0.3 & echo $! > '${file}'; exec sleep 60`])
    const pid = await until(() => existsSync(file) && Number(readFileSync(file, 'utf8')))
    const id = (await identifyServer(pid))!
    expect(await serverAlive(id)).toBe(true)
    expect(await serverAlive({ ...id, start: `${id.start}0` })).toBe(false)
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
    expect(process.kill(pid, 0)).toBe(true)
    expect(await serverAlive(id)).toBe(false)
    parent.kill('SIGKILL')
  })

  test('a title, a command and a tag of any characters do not disturb the scan', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.connect()
    const project = `/x/tab\there "quo'te" #{pid} , 1,2 \n%end ünï漢`
    const title = `#{pid}, "1" ünï 漢字 $0 \\`
    const script = `printf '\\033]2;%s\\007' "$1"; exec -a "$2" sleep 60`
    const argv = ['bash', '-c', script, 'x', title, 'we\nird,name']
    await created(tmux, bench.spec('a', argv, { tag: { project, agent: 'a,b', run: 'r' } }))
    for (const each of [tmux, bench.open()]) {
      const pane = await until(async () =>
        (await panesOf(each)).find((one) => one.title === title && one.command.includes('ird')),
      )
      expect(pane.tag).toEqual({ project, agent: 'a,b', run: 'r' })
    }
  })

  test('a session that cannot start as asked is refused before anything is made', async ({ bench }) => {
    const tmux = bench.open()
    const nowhere = bench.spec('a', undefined, { dir: join(bench.dir, 'nowhere') })
    const long = bench.spec('a', ['/bin/sh', 'x'.repeat(140_000)])
    for (const spec of [nowhere, long, bench.spec('a', ['one']), bench.spec('a', ['a', 'b\0'])]) {
      expect(await tmux.newSession(spec)).toMatchObject({ kind: 'failed', retryable: false })
    }
    expect(await tmux.scan()).toMatchObject({ kind: 'no-server' })
  })
})
