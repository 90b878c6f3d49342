import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { keeperScript } from '../../daemon/keeper.ts'
import { optimiseLateFlags } from './engine.ts'

/** An option that a node does not know ends it at once, and the loop would start it again for ever. */
test('this node knows the options that the loop gives it', () => {
  const options = /"\$1" ((?:--\S+ )+)"\$2"/.exec(keeperScript)![1]!.trim().split(' ')
  const ran = spawnSync(process.execPath, [...options, '-e', ''], { encoding: 'utf8' })
  expect([options.length > 0, ran.status, ran.stderr]).toEqual([true, 0, ''])
})

test('this engine knows when to optimise: what it does not know it says', () => {
  const settings = ['--no-such-setting', ...optimiseLateFlags]
  const text = settings.map((one) => `require('node:v8').setFlagsFromString('${one}')`).join('\n')
  const ran = spawnSync(process.execPath, ['-e', text], { encoding: 'utf8' })
  const said = ran.stderr.split('\n').filter((line) => line.includes('unrecognized'))
  expect(said).toEqual(['Error: unrecognized flag --no-such-setting'])
})
