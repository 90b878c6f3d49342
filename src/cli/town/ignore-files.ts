import { join } from 'node:path'
import type { Host } from '../../adapters/host/types.ts'

/**
 * Sees to it that git does not take what is nobody else's: lines in `.gitignore` where the folder is in a repository and
 * does not ignore them yet.
 * @param names files, or folders with a slash at the end; the first is the one of secrets
 * @returns what was done or must be done, one sentence each; nothing outside of a repository
 */
export async function ignoreFiles(host: Host, folder: string, names: readonly string[]): Promise<string[]> {
  const git = (...args: string[]) => host.run(['git', '-C', folder, ...args])
  if (host.which('git') === undefined) return []
  if ((await git('rev-parse', '--is-inside-work-tree')).stdout.trim() !== 'true') return []
  const warned: string[] = []
  const missing: string[] = []
  for (const name of names) {
    if ((await git('ls-files', '--error-unmatch', '--', name)).status === 0)
      warned.push(`${name} is in the repository already, and may hold a password: git rm --cached ${name}`)
    if ((await git('check-ignore', '-q', '--no-index', '--', name)).status !== 0) missing.push(`/${name}`)
  }
  if (missing.length === 0) return warned
  const path = join(folder, '.gitignore')
  const text = (await host.readText(path)) ?? ''
  const gap = text === '' || text.endsWith('\n') ? '' : '\n'
  const done = await host.append(path, `${gap}${missing.join('\n')}\n`)
  const list = missing.join(' and ')
  return [
    done ? `added ${list} to .gitignore` : `${path} cannot be written: keep ${list} out of the repository`,
    ...warned,
  ]
}
