import type { GitCall } from './call.ts'
import { isHash, isTreePath } from './refs.ts'
import type { GitOutcome } from './types.ts'

/** Largest file that is read from a commit. Bytes. */
const LARGEST = 1024 * 1024

/**
 * Text of a regular file at a commit. The path is taken from the folder that is named as the repository and, where
 * that is not the top of the work tree and nothing stands there, from the top, as the Python driver took it.
 */
export async function showFile(
  call: GitCall,
  repo: string,
  prefix: string,
  commit: string,
  path: string,
): Promise<GitOutcome<string | undefined>> {
  if (!isHash(commit) || !isTreePath(path)) return { kind: 'ok', value: undefined }
  for (const full of new Set([prefix + path, path])) {
    const blob = await blobAt(call, repo, commit, full)
    if (blob.kind !== 'ok') return blob
    if (blob.value === undefined) continue
    const text = await call(repo, ['cat-file', 'blob', blob.value], { place: { repo } })
    return text.kind === 'ok' ? { kind: 'ok', value: text.value.toString('utf8') } : text
  }
  return { kind: 'ok', value: undefined }
}

async function blobAt(
  call: GitCall,
  repo: string,
  commit: string,
  path: string,
): Promise<GitOutcome<string | undefined>> {
  const listed = await call(repo, ['ls-tree', '-z', '-l', '--full-tree', '--end-of-options', commit, path], {
    place: { repo },
  })
  if (listed.kind !== 'ok') return listed
  const entry = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t([^\0]*)/.exec(listed.value.toString('utf8'))
  if (entry === null || entry[3] !== path || Number(entry[2]) > LARGEST)
    return { kind: 'ok', value: undefined }
  return { kind: 'ok', value: entry[1] }
}
