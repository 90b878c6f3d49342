import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { World } from '../world.ts'
import { createConfigKeeper } from './keeper.ts'
import { firstConfig } from './reload.ts'

const config = (agents: string[]): string =>
  `[defaults]\nsession_prefix = "x-"\nlog_dir = "logs"\n${agents
    .map((name) => `[[agent]]\nname = "${name}"\nbackend = "claude"\nprompt = "begin"\n`)
    .join('')}`

test('on a disk that takes no copy of it, a changed config is applied all the same', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'c-')))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'agents.toml')
  writeFileSync(path, config(['a']))
  const first = await firstConfig(path, async () => undefined, undefined)
  if (first.kind !== 'ok') throw new Error('refused')
  let mono = 0
  const full = new Error('the disk is full')
  const world = {
    fleet: () => keeper.current().fleet,
    files: { exists: async () => false, modifiedAt: async () => mono },
    store: { saveText: () => Promise.reject(full) },
    clock: { now: () => ({ mono, wall: mono }), sleep: async () => undefined },
    report: () => undefined,
  } as unknown as World
  const complain = vi.fn()
  const applied = vi.fn(async () => undefined)
  const keeper = createConfigKeeper(first.config, {
    world: () => world,
    applied,
    wake: () => undefined,
    complain,
  })
  await keeper.start()
  onTestFinished(() => keeper.close())
  writeFileSync(path, config(['a', 'b']))
  mono += 10_000
  await keeper.follow()
  await vi.waitFor(() => expect(applied).toHaveBeenCalledOnce())
  expect(keeper.current().fleet.agents.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(complain).toHaveBeenCalledWith(full)
})
