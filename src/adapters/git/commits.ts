import { createHash } from 'node:crypto'
import type { Commit } from './types.ts'

/** Fields end in NUL, which no commit can contain; bytes that are no UTF-8 become U+FFFD and never throw. */
export const LOG_FORMAT = '--format=tformat:%H%x00%an <%ae>%x00%at%x00%s'

/** Longest subject kept; the rest of a longer one says nothing about what it is. Characters. */
const LONGEST_SUBJECT = 2000

export interface Logged {
  hash: string
  author: string
  authoredAt: string
  subject: string
}

/** `git log -z` output in LOG_FORMAT, newest first as git prints it. */
export function parseLog(output: Buffer): Logged[] {
  const fields = output.toString('utf8').split('\0')
  const commits: Logged[] = []
  for (let at = 0; at + 3 < fields.length; at += 4)
    commits.push({
      hash: fields[at]!,
      author: fields[at + 1]!,
      authoredAt: fields[at + 2]!,
      subject: fields[at + 3]!.slice(0, LONGEST_SUBJECT),
    })
  return commits
}

/** `git patch-id` output: patch id, commit. Commits that change nothing, and merges, have none. */
export function parsePatchIds(output: Buffer): Map<string, string> {
  const ids = new Map<string, string>()
  for (const line of output.toString('latin1').split('\n')) {
    const [patch, hash] = line.split(' ')
    if (patch && hash) ids.set(hash, patch)
  }
  return ids
}

/**
 * @param patches undefined when they could not be had in time: the fingerprint is then that of this very commit, which
 *   can make a rebased copy look new (pinged again) but never hides a new one.
 */
export function toCommit(one: Logged, patches: Map<string, string> | undefined): Commit {
  const patch = patches === undefined ? one.hash : (patches.get(one.hash) ?? '')
  const fingerprint = createHash('sha256')
    .update([one.author, one.authoredAt, one.subject, patch].join('\0'))
    .digest('hex')
    .slice(0, 20)
  return { hash: one.hash, subject: one.subject, author: one.author, fingerprint }
}
