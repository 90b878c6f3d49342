import { describe, expect, test } from 'vitest'
import { classifyFailure } from './answer.ts'
import { isKeyName } from './keys.ts'
import { madeOf } from './new-session.ts'
import { parsePanes } from './scan.ts'
import { creatorEnv, selectorOf, socketPathOf } from './socket.ts'
import { isEnough } from './version.ts'

describe('classifyFailure', () => {
  test.each([
    ['no server running on /tmp/x', 'no-server'],
    ['error connecting to /tmp/x (No such file or directory)', 'no-server'],
    ['error connecting to /tmp/x (Connection refused)', 'no-server'],
    ['error connecting to /tmp/x (Permission denied)', 'unknown'],
    ['server exited unexpectedly', 'exited'],
    ['lost server', 'exited'],
    ['directory /tmp/tmux-0 has unsafe permissions', 'unknown'],
    ['', 'unknown'],
  ])('%s', (stderr, kind) => {
    expect(classifyFailure(stderr).kind).toBe(kind)
  })
})

test('a key name presses a key; nothing else passes', () => {
  for (const name of ['Enter', 'C-m', 'Escape', 'S-Tab', 'C-c', 'M-Enter', 'F12', 'BSpace', 'C-M-x']) {
    expect(isKeyName(name), name).toBe(true)
  }
  for (const name of ['y', 'yes', 'enter', '', 'F13', 'C-', 'Enter ', 'Enter\n', '-l', ';', 'M-y', '0x41']) {
    expect(isKeyName(name), name).toBe(false)
  }
})

test('tmux from 3.2 on is new enough', () => {
  for (const version of ['3.2', '3.2a', '3.3a', '3.10', '4.0', 'next-3.5', 'openbsd-7.4', 'master']) {
    expect(isEnough(version), version).toBe(true)
  }
  for (const version of ['3.1c', '3.0', '2.9a', 'next-3.1']) expect(isEnough(version), version).toBe(false)
})

test('the socket is where tmux has it', () => {
  const uid = process.getuid?.() ?? 0
  expect(socketPathOf({ kind: 'path', path: '/a/b' })).toBe('/a/b')
  expect(socketPathOf({ kind: 'name', name: 'x' }, {})).toMatch(new RegExp(`/tmp/tmux-${uid}/x$`))
  expect(socketPathOf({ kind: 'default' }, { TMUX_TMPDIR: '/usr' })).toBe(`/usr/tmux-${uid}/default`)
  expect(socketPathOf({ kind: 'default' }, { TMUX_TMPDIR: '/nowhere' })).toMatch(/\/tmp\/tmux-/)
  expect(selectorOf({ kind: 'name', name: 'x' })).toEqual(['-L', 'x'])
})

test('a server of ours gets exactly the environment asked for, and where its socket is', () => {
  expect(creatorEnv({ A: '1', TMUX_TMPDIR: '/x' }, { TMUX_TMPDIR: '/y', SECRET: '2' })).toEqual({
    A: '1',
    TMUX_TMPDIR: '/y',
  })
  expect(creatorEnv({ A: '1' }, { SECRET: '2' })).toEqual({ A: '1' })
})

test('a list of panes that is not as asked for is not read at all', () => {
  const good = '$1,%2,30,0,,,1,0,0,5,4,200,50,7,8,1,0,0,0,2,5,8,ashtitleidle,\n$1\n'
  expect(parsePanes(Buffer.from(good))).toMatchObject([
    {
      cursor: { column: 7, row: 8 },
      sessionName: 'a',
      command: 'sh',
      title: 'title',
      stated: 'idle,\n$1',
      tag: undefined,
      panePid: 30,
      piped: true,
    },
  ])
  expect(parsePanes(Buffer.from(good + good))).toHaveLength(2)
  expect(parsePanes(Buffer.alloc(0))).toEqual([])
  for (const bad of ['x\n', good.slice(0, -3), `${good}intruder\n`, good.replace('title', 'title more')]) {
    expect(parsePanes(Buffer.from(bad)), bad).toBeUndefined()
  }
})

test('a session whose list failed after it was made is to be removed', () => {
  const text = Buffer.from('$3 %4 55\n')
  const created = { kind: 'created', sessionId: '$3', paneId: '%4', panePid: 55 }
  expect(madeOf({ kind: 'ok', text })).toEqual({ result: created })
  const half = madeOf({ kind: 'error', message: 'no such hook', text })
  expect(half).toMatchObject({ halfMade: '$3', result: { kind: 'failed', retryable: true } })
  const duplicate = madeOf({ kind: 'error', message: 'duplicate session: a', text: Buffer.alloc(0) })
  expect(duplicate).toEqual({ result: { kind: 'duplicate' } })
})
