import { describe, expect, test } from 'vitest'
import { classifyFailure } from './answer.ts'
import { isKeyName } from './keys.ts'
import { madeOf } from './new-session.ts'
import { createPaneParser } from './scan.ts'
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

const parsePanes = (text: Buffer) => createPaneParser()(text)

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

/** A row of `SCAN_LISTS`; titles are as long as their length says. */
const paneRow = (id: number, title: string) =>
  `$${id},%${id},30,0,,,1,0,0,5,4,200,50,7,8,1,0,0,0,2,${title.length},0,ash${title}\n`

test('a pane whose row is the same as before is the same object, wherever others come, go and change', () => {
  const parse = createPaneParser()
  const read = (...rows: [number, string][]) =>
    parse(Buffer.from(rows.map(([id, title]) => paneRow(id, title)).join('')))!
  const first = read([1, 'a'], [2, 'b'], [3, 'c'], [4, 'd'])
  const changed = read([1, 'a'], [2, 'new'], [3, 'c'], [4, 'd'])
  expect(changed.map((pane, at) => pane === first[at])).toEqual([true, false, true, true])
  expect(changed[1]!.title).toBe('new')
  const gone = read([1, 'a'], [3, 'c'], [4, 'd'])
  expect(gone.map((pane) => changed.indexOf(pane))).toEqual([0, 2, 3])
  const come = read([1, 'a'], [9, 'x'], [3, 'c'], [4, 'd'], [5, 'e'])
  expect(come.map((pane) => gone.indexOf(pane))).toEqual([0, -1, 1, 2, -1])
  expect(come.map(({ paneId }) => paneId)).toEqual(['%1', '%9', '%3', '%4', '%5'])
})

test('a row that only begins as one did before is read anew', () => {
  const parse = createPaneParser()
  const [short] = parse(Buffer.from(paneRow(1, 'a')))!
  const longer = paneRow(1, 'a\nb')
  expect(parse(Buffer.from(longer))).toMatchObject([{ title: 'a\nb' }])
  expect(short!.title).toBe('a')
  expect(parse(Buffer.from(`${paneRow(1, 'a')}intruder\n`))).toBeUndefined()
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
