import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { paneTerminal } from '../../../src/adapters/tmux/terminal.ts'
import { created, test, until } from '../../support/tmux.ts'

test('tmux-256color is taken where it is described, by either way of naming its folder', ({ bench }) => {
  const folder = (name: string): string => {
    mkdirSync(join(bench.dir, name, 'x'), { recursive: true })
    return join(bench.dir, name)
  }
  expect(paneTerminal([folder('none')])).toBe('screen-256color')
  for (const letter of ['t', '74']) {
    mkdirSync(join(folder(letter), letter))
    writeFileSync(join(bench.dir, letter, letter, 'tmux-256color'), '')
    expect(paneTerminal([folder('none'), folder(letter)])).toBe('tmux-256color')
  }
})

test('the panes of a server of our own are told so', async ({ bench }) => {
  const tmux = bench.open()
  await created(tmux, bench.spec('a', ['/bin/sh', '-c', 'echo "TERM=$TERM."; exec cat']))
  const text = await until(() => {
    const { stdout } = bench.raw('capture-pane', '-p', '-t', '=a:')
    return stdout.includes('TERM=') ? stdout : undefined
  })
  expect(text).toContain(`TERM=${paneTerminal()}.`)
})
