import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { shape } from '../core/shape.ts'
import { type Candidate, choose } from './choose.ts'
import { geminiFacts, geminiMeta, geminiProject } from './gemini.ts'
import { candidatesIn, type Place, type Search } from './place.ts'

/** A conversation is spread over files: a resumed one goes on in its first, and leaves a short one behind besides. */
const MOST_FILES = 8

/** By the id that its start was given, else by the chat that begins with its kickoff. */
export async function findGemini(search: Search): Promise<Place | undefined> {
  const chats = await chatsOf(search)
  const listed = await search.files.list(chats, { suffix: '.jsonl' })
  const id = search.given ?? choose(await begun(search, listed), search.wanted)?.id
  if (id === undefined || search.wanted.taken.has(id)) return undefined
  // The name holds the first part of the id.
  const likely = listed.filter(({ path }) => path.endsWith(`-${id.slice(0, 8)}.jsonl`)).slice(0, MOST_FILES)
  const paths: string[] = []
  for (const { path } of likely) if ((await idOf(search, path)) === id) paths.push(path)
  return paths.length === 0 ? undefined : { id, paths, shared: false }
}

async function chatsOf({ home, subject, files }: Search): Promise<string> {
  const name = geminiProject(await files.json(join(home, 'projects.json')), subject.dir)
  const folder = name ?? createHash('sha256').update(subject.dir).digest('hex')
  return join(home, 'tmp', folder, 'chats')
}

async function idOf({ files }: Search, path: string): Promise<string | undefined> {
  const head = await files.appended(path, 0, 64 * 1024)
  return geminiMeta(head?.records[0])?.id
}

function begun(
  search: Search,
  listed: readonly { path: string; modifiedAt: number }[],
): Promise<Candidate[]> {
  return candidatesIn(search, listed, (records, path) => {
    const meta = geminiMeta(records[0])
    if (meta === undefined || meta.helper) return undefined
    const said = records.flatMap((one) => geminiFacts(shape(one) ?? {})).find((fact) => fact.kind === 'said')
    return { id: meta.id, path, at: meta.at, first: said?.text }
  })
}
