import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Git, GitOutcome } from '../adapters/git/types.ts'
import { inboxText } from './message.ts'
import type { Stream } from './streams.ts'
import type { PingDraft } from './types.ts'

/** Where a state file may stand, best place first. */
export function placesOf(stateSubdir: string, file: string): string[] {
  const name = posix.basename(file)
  const dir = posix.normalize(stateSubdir).replace(/^\.?\/*|\/+$/g, '')
  return dir === '' ? [name] : [`${dir}/${name}`, name]
}

export interface InboxLook {
  stream: Stream
  tip: string
  /** The commit looked at before, when the branch grew from it; undefined at first sight and after a force-push. */
  since: string | undefined
  known: Record<string, string>
}

/** Inboxes that hold something new at the tip. `known` of the answer replaces the old one once the pings are safe. */
export async function readInboxes(
  git: Git,
  look: InboxLook,
): Promise<GitOutcome<{ pings: PingDraft[]; known: Record<string, string> }>> {
  const pings: PingDraft[] = []
  const known: Record<string, string> = {}
  for (const inbox of look.stream.inboxes) {
    const found = await contentOf(git, look, inbox.file)
    if (found.kind !== 'ok') return found
    if (found.value === undefined) continue
    const { path, text } = found.value
    known[inbox.file] = createHash('sha256').update(text).digest('hex')
    const same = look.known[inbox.file] === known[inbox.file]
    const again = same && look.since !== undefined ? await rewritten(git, look, look.since, path) : undefined
    if (again !== undefined && again.kind !== 'ok') return again
    if (same && again?.value !== true) continue
    const id = `handoff-inbox-${posix.basename(inbox.file)}-${look.tip}`
    pings.push({ id, agent: inbox.agent, text: inboxText(path), kind: 'inbox', commits: [] })
  }
  return { kind: 'ok', value: { pings, known } }
}

/** The same text may have been deleted and pushed again between two looks: only the commits tell. */
function rewritten(git: Git, look: InboxLook, since: string, path: string): Promise<GitOutcome<boolean>> {
  return git.touchedBetween(look.stream.repo, since, look.tip, path)
}

async function contentOf(
  git: Git,
  look: InboxLook,
  file: string,
): Promise<GitOutcome<{ path: string; text: string } | undefined>> {
  for (const path of placesOf(look.stream.stateSubdir, file)) {
    const shown = await git.show(look.stream.repo, look.tip, path)
    if (shown.kind !== 'ok') return shown
    if (shown.value !== undefined && shown.value.trim() !== '')
      return { kind: 'ok', value: { path, text: shown.value } }
  }
  return { kind: 'ok', value: undefined }
}
