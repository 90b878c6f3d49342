import { basename, dirname, join } from 'node:path'
import { shellQuote } from '../../core/quote.ts'
import type { World } from '../world.ts'

/** Names under which agents reach this program inside their sessions. */
const names = ['agents', 'tt'] as const

/**
 * A folder with one launcher for each name, so that what a prompt says can be typed although nothing is installed. It is
 * searched last: an `agents` or `tt` of the machine's own stays the one that is found.
 */
export async function prepareTools(world: Pick<World, 'fleet' | 'store' | 'program'>): Promise<string> {
  const folder = join(world.fleet().stateDir, 'bin')
  const { node, entry } = world.program
  for (const name of names) {
    const path = join(folder, name)
    const text = `#!/bin/sh\nexec ${shellQuote(node)} ${shellQuote(entryOf(name, entry))} "$@"\n`
    const old = await world.store.loadText(path)
    if (old.kind !== 'ok' || old.text !== text) await world.store.saveProgram(path, text)
  }
  return folder
}

/** Started as `tt` it speaks tinytown's words. */
const entryOf = (name: (typeof names)[number], entry: string): string =>
  name === 'tt' && basename(entry) === 'agents.js' ? join(dirname(entry), 'tt.js') : entry
