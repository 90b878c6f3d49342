// A demo agent's own clone of the project, in the current folder.
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export async function git(...args) {
  const { stdout } = await run('git', args, { env: { ...process.env, GIT_TERMINAL_PROMPT: '0' } })
  return stdout.trim()
}

/** Takes over the clone as a killed predecessor may have left it. Nobody else works in it. */
export async function openClone() {
  await rm('.git/index.lock', { force: true })
  await rm('.git/rebase-merge', { recursive: true, force: true })
  await git('fetch', '-q', 'origin', 'main')
  await git('checkout', '-q', '-f', '-B', 'main', 'FETCH_HEAD')
  await git('clean', '-fdq')

  return {
    pull: () => git('pull', '-q', '--rebase', 'origin', 'main'),
    read: (path) => readFile(path, 'utf8'),
    /** Subjects of all commits, oldest first. */
    subjects: async () => (await git('log', '--reverse', '--format=%s')).split('\n'),
    async commit(subject, files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text)
      }
      await git('add', '--', ...Object.keys(files))
      await git('commit', '-q', '-m', subject)
      await pushOver(3)
    },
  }
}

/** Somebody else may have pushed a moment before: rebase on theirs and try again. */
async function pushOver(tries) {
  try {
    await git('push', '-q', 'origin', 'HEAD:main')
  } catch (error) {
    if (tries <= 1) throw error
    await git('pull', '-q', '--rebase', 'origin', 'main')
    await pushOver(tries - 1)
  }
}
