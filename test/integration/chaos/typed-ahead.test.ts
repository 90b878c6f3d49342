import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { test } from '../../support/sandbox.ts'

describe('an agent that has drawn nothing yet', () => {
  test('gets no text: it may open with a dialog, which the text would answer', async ({ box }) => {
    box.write('slow.sh', 'sleep 3\necho "Do you want to proceed?"\nexec cat >"$1"\n')
    box.write('wake.md', 'look around')
    box.config(`[watchdog]
signal_interval = 1
[backend.slow]
bin = "sh ${box.dir}/slow.sh ${box.dir}/typed"
prompt_delivery = "exec"
asking_re = "Do you want to proceed"
[[agent]]
name = "a"
backend = "slow"
watch = "heal"
wake = { prompt_file = "wake.md", interval = 1 }
`)
    await box.agents('up')
    await box.event((event) => event.kind === 'refused' && event.agent === 'a')
    await sleep(4_000)
    expect(box.read('typed')).toBe('')
  }, 30_000)
})
