import { join } from 'node:path'
import type { EntryDraft } from '../../delivery/entry.ts'
import { letterText, mailFileText } from '../../delivery/notices.ts'
import type { OutboxState } from '../../delivery/outbox.ts'
import type { World } from '../world.ts'

/** Of long messages; files 0600, byte for byte as they were sent. */
const folder = 'messages'

/**
 * A text that is too long to be typed goes into a file of the state folder, and what is typed names it. The file is
 * there before the outbox knows of it: a crash in between leaves a file, never a message without its text.
 */
export async function shortened(world: World, draft: EntryDraft): Promise<EntryDraft> {
  const { stateDir, watchdog } = world.fleet()
  const bytes = Buffer.byteLength(draft.text)
  if (bytes <= watchdog.messageInlineBytes || draft.kind === 'kickoff') return draft
  const file = join(stateDir, folder, `${draft.id.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 150)}.txt`)
  await world.store.saveText(file, draft.text)
  const text = draft.mail === undefined ? letterText(file, bytes) : mailFileText(file, bytes)
  return { ...draft, file, text }
}

/** Removes the files of messages that the outbox has forgotten. */
export async function sweepLetters(world: World, before: OutboxState, after: OutboxState): Promise<void> {
  const kept = new Set(after.entries.map((entry) => entry.file))
  const gone = before.entries.filter((entry) => entry.file !== undefined && !kept.has(entry.file))
  await Promise.all(gone.map((entry) => world.store.remove(entry.file!)))
}
