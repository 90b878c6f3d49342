import { join } from 'node:path'
import type { LogFile, TranscriptFiles } from '../adapters/files/jsonl.ts'
import { codexFolder } from './parse.ts'
import type { TranscriptFormat } from './types.ts'

export interface Search {
  /** Working folder of the agent. */
  dir: string
  /** Conversation id that `resume` would use, when one is recorded: its log is preferred to a newer one. */
  id: string | undefined
  /** Look only for this CLI's logs. */
  only: TranscriptFormat | undefined
  home: string
  /** Environment that the agent's CLI sees: `CLAUDE_CONFIG_DIR`, `CODEX_HOME`. */
  env: Readonly<Record<string, string | undefined>>
}

/** Codex logs looked into, newest first: the folder is only known from the first record of each. */
const CODEX_LOOKS = 400

/** The log of the agent's conversation, with the folders that were searched. */
export async function findTranscript(
  search: Search,
  files: TranscriptFiles,
): Promise<{ found: LogFile | undefined; searched: string[] }> {
  const dir = await files.canonical(search.dir)
  const claude = search.only === 'codex' ? [] : claudeFolders(search, dir)
  const codexRoot = join(search.env.CODEX_HOME || join(search.home, '.codex'), 'sessions')
  const codex = search.only === 'claude' ? [] : [codexRoot]
  const logs = [...(await claudeLogs(claude, files)), ...(await codexLogs(codex, dir, files))]
  logs.sort((a, b) => b.modifiedAt - a.modifiedAt)
  const own = search.id === undefined ? undefined : logs.find((log) => log.path.includes(search.id!))
  return { found: own ?? logs[0], searched: [...claude, ...codex] }
}

/** Claude Code names the folder after the working folder; newer versions replace every character but letters and digits. */
function claudeFolders(search: Search, dir: string): string[] {
  const root = join(search.env.CLAUDE_CONFIG_DIR || join(search.home, '.claude'), 'projects')
  const names = [dir.replace(/[^A-Za-z0-9]/g, '-'), dir.replace(/[/.]/g, '-')]
  return [...new Set(names)].map((name) => join(root, name))
}

async function claudeLogs(folders: readonly string[], files: TranscriptFiles): Promise<LogFile[]> {
  return (await Promise.all(folders.map((folder) => files.newest(folder, '.jsonl', 0)))).flat()
}

async function codexLogs(roots: readonly string[], dir: string, files: TranscriptFiles): Promise<LogFile[]> {
  const all = (await Promise.all(roots.map((root) => files.newest(root, '.jsonl', 3)))).flat()
  const mine: LogFile[] = []
  for (const log of all.slice(0, CODEX_LOOKS)) {
    const folder = codexFolder(await files.firstRecord(log.path))
    if (folder !== undefined && (await files.canonical(folder)) === dir) mine.push(log)
  }
  return mine
}
