import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keeperScript } from '../../../src/daemon/keeper.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'k-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** The loop around a program that ends with these codes, one after the other. */
function keep(...codes: number[]): { status: number | null; runs: number } {
  const program = join(dir, 'program')
  writeFileSync(join(dir, 'codes'), `${codes.join('\n')}\n`)
  writeFileSync(
    program,
    `#!/bin/sh\necho "$@" >> ${dir}/runs\nn=$(wc -l < ${dir}/runs)\nexit "$(sed -n "$((n))p" ${dir}/codes)"\n`,
  )
  chmodSync(program, 0o755)
  const args = [
    '-c',
    keeperScript,
    'agents-keeper',
    program,
    'entry.js',
    'agents.toml',
    join(dir, 'log'),
    dir,
  ]
  const { status } = spawnSync('/bin/sh', args, { timeout: 30_000 })
  return { status, runs: readFileSync(join(dir, 'runs'), 'utf8').trim().split('\n').length }
}

test('a watchdog that crashed is started again; one that was asked to stop is not', () => {
  expect(keep(137, 1, 0)).toEqual({ status: 0, runs: 3 })
})

test.each([2, 5])('a code that a restart would not change ends the loop: %i', (code) => {
  expect(keep(code)).toEqual({ status: code, runs: 1 })
})

test('while another watchdog has the lock it is waited for: it may end and leave the fleet alone', () => {
  expect(keep(4, 4, 0)).toEqual({ status: 0, runs: 3 })
})
