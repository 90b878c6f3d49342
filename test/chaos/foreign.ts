import { writeFileSync } from 'node:fs'
import type { Box } from './box.ts'
import type { History } from './history.ts'
import { lives, statOf } from './proc-scan.ts'

/** Sessions of somebody else on the same tmux server, with names like ours: never written to, never ended (INV-9). */
export const foreignNames = ['c-alph', 'c-alpha-notes', 'mine'] as const

export interface Foreigners {
  /** Makes those that are not there. */
  plant(): Promise<void>
  /** Each is as it was, unless its tmux server is gone. */
  check(): void
}

export function createForeigners(box: Box, history: History): Foreigners {
  const planted = new Map<string, { pid: number; start: string; server: number | undefined }>()
  writeFileSync(box.path('foreign.sh'), 'trap "" HUP TERM; echo mine; cat >>"$1"\n')

  async function plant(): Promise<void> {
    for (const name of foreignNames) {
      const old = planted.get(name)
      if (old !== undefined && lives(old.pid, old.start) && old.server === box.serverPid()) continue
      const file = box.path(`foreign-${name}`)
      writeFileSync(file, '')
      await box.tmux('-N', 'new-session', '-d', '-s', name, `exec sh ${box.path('foreign.sh')} ${file}`)
      const found = await box.tmux('list-panes', '-t', `=${name}:`, '-F', '#{pane_pid}')
      const pid = Number(found.out.trim())
      const stat = Number.isInteger(pid) && pid > 1 ? statOf(pid) : undefined
      if (stat === undefined) planted.delete(name)
      else planted.set(name, { pid, start: stat.start, server: box.serverPid() })
    }
  }

  function check(): void {
    const server = box.serverPid()
    for (const [name, one] of planted) {
      if (one.server !== server) continue
      if (!lives(one.pid, one.start)) {
        planted.delete(name)
        history.add({ kind: 'foreign', name, why: 'its process was ended' })
      } else if (box.read(`foreign-${name}`) !== '') {
        history.add({
          kind: 'foreign',
          name,
          why: `typed into: ${JSON.stringify(box.read(`foreign-${name}`))}`,
        })
      }
    }
  }

  return { plant, check }
}
