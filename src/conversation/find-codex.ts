import { join } from 'node:path'
import { shape } from '../core/shape.ts'
import { type Candidate, choose } from './choose.ts'
import { codexFacts, codexId, codexMeta } from './codex.ts'
import { candidatesIn, type Place, type Search } from './place.ts'

/** `sessions/YYYY/MM/DD` */
const DEPTH = 3

/**
 * By the rollout that a process under the pane holds open, then by the id that its start was given, then by the rollout
 * that begins with its kickoff. A background server of Codex may hold those of several agents: then the first tells
 * nothing.
 */
export async function findCodex(search: Search): Promise<Place | undefined> {
  const root = join(search.home, 'sessions')
  const path = (await heldOpen(search)) ?? (await givenRollout(search, root)) ?? (await begun(search, root))
  const id = path === undefined ? undefined : codexId(path)
  if (path === undefined || id === undefined || search.wanted.taken.has(id)) return undefined
  return { id, paths: [path], shared: false }
}

async function heldOpen({ members, files }: Search): Promise<string | undefined> {
  const open = (await Promise.all(members.map(({ pid }) => files.openPaths(pid)))).flat()
  const rollouts = [...new Set(open.filter((path) => codexId(path) !== undefined))]
  return rollouts.length === 1 ? rollouts[0] : undefined
}

async function givenRollout({ given, files }: Search, root: string): Promise<string | undefined> {
  if (given === undefined) return undefined
  const found = await files.list(root, { suffix: `-${given}.jsonl`, depth: DEPTH })
  return found[0]?.path
}

async function begun(search: Search, root: string): Promise<string | undefined> {
  const rollouts = await search.files.list(root, { suffix: '.jsonl', depth: DEPTH })
  const candidates = await candidatesIn(search, rollouts, (records, path) => candidate(search, records, path))
  return choose(candidates, search.wanted)?.path
}

function candidate({ subject }: Search, records: readonly unknown[], path: string): Candidate | undefined {
  const meta = codexMeta(records[0])
  if (meta === undefined || meta.helper || meta.cwd !== subject.dir) return undefined
  const said = records.flatMap((one) => codexFacts(shape(one) ?? {})).find((fact) => fact.kind === 'said')
  return { id: meta.id, path, at: meta.at, first: said?.text }
}
