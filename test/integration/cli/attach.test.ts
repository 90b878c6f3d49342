import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { createAttacher } from '../../../src/adapters/tty/exec.ts'
import { test } from '../../support/tmux.ts'

describe('looking for a session', () => {
  test('finds exactly the one that is meant', async ({ bench }) => {
    const attacher = createAttacher(process.env)
    const server = { kind: 'path', path: bench.socket } as const
    expect(await attacher.hasSession(server, 'work')).toBe('no-server')
    bench.raw('new-session', '-d', '-s', 'work3', 'exec cat')
    expect(await attacher.hasSession(server, 'work')).toBe('no')
    expect(await attacher.hasSession(server, 'work3')).toBe('yes')
  })

  test('tells a missing tmux from a missing session', async ({ bench }) => {
    const attacher = createAttacher({ PATH: bench.dir })
    expect(await attacher.hasSession({ kind: 'path', path: bench.socket }, 'work')).toBe('no-tmux')
  })
})

describe('attaching', () => {
  /** A tmux that writes down how it was called. */
  function recorder(dir: string, env: NodeJS.ProcessEnv) {
    const tmux = join(dir, 'tmux')
    writeFileSync(tmux, `#!/bin/sh\necho "$@ [$TMUX]" > '${join(dir, 'called')}'\nexit 7\n`)
    chmodSync(tmux, 0o755)
    const attacher = createAttacher({ ...env, PATH: `${dir}:${process.env.PATH}` })
    return { attacher, called: () => readFileSync(join(dir, 'called'), 'utf8').trim() }
  }

  test('outside of tmux attaches, and answers tmux’s exit status', async ({ bench }) => {
    const { attacher, called } = recorder(bench.dir, {})
    expect(await attacher.attach({ kind: 'default' }, 'a')).toBe(7)
    expect(called()).toBe('attach-session -t =a []')
    await attacher.attach({ kind: 'name', name: 'n' }, 'a')
    expect(called()).toBe('-L n attach-session -t =a []')
  })

  test('inside the same server switches the client, also by another path to the socket', async ({
    bench,
  }) => {
    bench.raw('new-session', '-d', '-s', 'a', 'exec cat')
    symlinkSync(bench.socket, join(bench.dir, 'link'))
    const { attacher, called } = recorder(bench.dir, { TMUX: `${join(bench.dir, 'link')},1,0` })
    await attacher.attach({ kind: 'path', path: bench.socket }, 'a')
    expect(called()).toMatch(`-S ${bench.socket} switch-client -t =a`)
  })

  test('inside another server attaches all the same, without telling tmux of the outer one', async ({
    bench,
  }) => {
    const { attacher, called } = recorder(bench.dir, { TMUX: '/tmp/other,1,0' })
    await attacher.attach({ kind: 'path', path: bench.socket }, 'a')
    expect(called()).toBe(`-S ${bench.socket} attach-session -t =a []`)
  })
})
