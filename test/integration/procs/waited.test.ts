import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createProcs } from '../../../src/adapters/procs/index.ts'

test.skipIf(process.platform !== 'linux')(
  'a process that is crowded out shows the time it waited for a core',
  async () => {
    const procs = createProcs()
    const burners = Array.from({ length: 3 }, () =>
      spawn('taskset', ['-c', '0', process.execPath, '-e', 'while (true);'], { stdio: 'ignore' }),
    )
    try {
      await sleep(900)
      const table = await procs.table()
      const tree = burners.flatMap((burner) => table.tree(burner.pid ?? 0))
      expect(await procs.waited(tree)).toBeGreaterThan(300)
      expect(await procs.waited([])).toBe(0)
    } finally {
      for (const burner of burners) burner.kill('SIGKILL')
    }
  },
)
