import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The git folder that holds the refs of the repository around `dir` (a linked worktree's common one), without git. */
export async function commonDir(dir: string): Promise<string | undefined> {
  for (let at = resolve(dir); ; at = dirname(at)) {
    const found = await repoAt(at)
    if (found !== undefined) return found
    if (at === dirname(at)) return undefined
  }
}

/** The refs folder of the repository at exactly this path, bare or not; never one further up. */
export async function repoAt(path: string): Promise<string | undefined> {
  const found = (await gitDirAt(join(path, '.git'))) ?? ((await isGitDir(path)) ? path : undefined)
  return found === undefined ? undefined : followCommon(found)
}

async function gitDirAt(path: string): Promise<string | undefined> {
  if (await isFolder(path)) return (await isGitDir(path)) ? path : undefined
  const link = await textOf(path)
  const target = link?.match(/^gitdir: (.+)/)?.[1]
  return target === undefined ? undefined : resolve(dirname(path), target)
}

async function followCommon(gitDir: string): Promise<string> {
  const text = (await textOf(join(gitDir, 'commondir')))?.trim()
  return text === undefined || text === '' ? gitDir : resolve(gitDir, text)
}

/** What git itself asks of a bare repository: HEAD, objects and refs (or reftable). */
async function isGitDir(path: string): Promise<boolean> {
  return (await textOf(join(path, 'HEAD'))) !== undefined && (await isFolder(join(path, 'objects')))
}

/** The path of a remote on this machine; undefined for one behind a network. */
export function localPath(url: string, repoRoot: string): string | undefined {
  if (url.startsWith('file://')) return URL.canParse(url) ? fromFileUrl(url) : undefined
  if (/^[A-Za-z][A-Za-z0-9+.-]*::?\/\//.test(url) || /^[A-Za-z0-9+.-]+::/.test(url)) return undefined
  // scp-like `host:path`: a colon before the first slash.
  if (/^[^/]*:/.test(url)) return undefined
  return isAbsolute(url) ? url : resolve(repoRoot, url)
}

function fromFileUrl(url: string): string | undefined {
  const parsed = new URL(url)
  return parsed.host === '' || parsed.host === 'localhost'
    ? fileURLToPath(`file://${parsed.pathname}`)
    : undefined
}

/** Folders of a repository in which its branches move: `refs/heads`, or the ref tables. */
export async function branchFolders(gitDir: string): Promise<string[]> {
  return existing([join(gitDir, 'refs', 'heads'), join(gitDir, 'reftable')])
}

/** Folders in which a clone's own push or fetch leaves its trace. Before the first one there is only `refs`. */
export async function trackingFolders(gitDir: string): Promise<string[]> {
  const tracking = await existing([join(gitDir, 'refs', 'remotes'), join(gitDir, 'reftable')])
  return tracking.length > 0 ? tracking : existing([join(gitDir, 'refs')])
}

async function existing(paths: string[]): Promise<string[]> {
  const there = await Promise.all(paths.map(isFolder))
  return paths.filter((_, at) => there[at])
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
