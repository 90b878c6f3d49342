import { createHash } from 'node:crypto'
import type { Locks, StateStore } from '../adapters/files/types.ts'
import { crashPoint } from '../core/crash-point.ts'
import type { LoopSpec } from '../core/index.ts'

/** Which phase the loops work on. */
export interface PhasePosition {
  /** Always within the phases; 0 when there are none. */
  index: number
  /** Grows with every move that this program made. */
  generation: number
  /** One sentence for a person when the files did not say it plainly. */
  problem: string | undefined
}

/** Our own memory beside the driver's index file: it knows the phase by name and outlives a torn index file. */
export interface PhaseRecord {
  index: number
  id: string
  generation: number
}

type Text = Awaited<ReturnType<StateStore['loadText']>>

/** `phase.json` for the usual index file; another name for another file, so that two loops do not meet. */
export function phaseRecordName(loop: LoopSpec): string {
  if (/(?:^|[/\\])phase-idx$/.test(loop.stateFilePath)) return 'phase.json'
  return `phase-${createHash('sha256').update(loop.stateFilePath).digest('hex').slice(0, 8)}.json`
}

/** Reads the index file and the record. Changes nothing. */
export async function phaseIndex(store: StateStore, loop: LoopSpec): Promise<PhasePosition> {
  const [text, record] = await Promise.all([
    store.loadText(loop.stateFilePath),
    store.load(phaseRecordName(loop), checkPhaseRecord),
  ])
  const known = record.kind === 'ok' ? record.value : undefined
  const ids = loop.phases.map((phase) => phase.id)
  return readPosition(text, known, ids)
}

/**
 * The index file is the authority, as the Python driver left it. Two cases go by the record: a file that says nothing
 * (empty, torn, garbage: never taken for phase 0), and phases that were inserted or moved while the number stood still.
 */
export function readPosition(
  text: Text,
  record: PhaseRecord | undefined,
  ids: readonly string[],
): PhasePosition {
  const last = Math.max(0, ids.length - 1)
  const at = (index: number, problem?: string): PhasePosition => ({
    index: Math.min(Math.max(0, index), last),
    generation: record?.generation ?? 0,
    problem,
  })
  if (text.kind === 'absent') return at(0)
  const followed = record === undefined ? undefined : followId(record, ids)
  const written = text.kind === 'ok' ? parseIndex(text.text) : undefined
  if (written === undefined) {
    const said = text.kind === 'ok' ? JSON.stringify(text.text.slice(0, 20)) : text.why
    const why = `the phase index file cannot be read (${said})`
    if (record === undefined)
      return at(0, `${why}, and no earlier phase is remembered; taking the first phase`)
    return at(followed ?? record.index, `${why}; going on with phase ${record.id}, as remembered`)
  }
  if (record?.index === written && followed !== undefined) return at(followed)
  if (written < 0) return at(0, `the phase index file says ${written}; taking the first phase`)
  if (written > last)
    return at(
      last,
      `the phase index file says ${written}, and there are ${ids.length} phases; taking the last`,
    )
  return at(written)
}

/** Where the remembered phase stands now; undefined when its id is gone. */
function followId(record: PhaseRecord, ids: readonly string[]): number | undefined {
  if (ids[record.index] === record.id) return record.index
  const found = ids.indexOf(record.id)
  return found < 0 ? undefined : found
}

/** ASCII decimal with blanks around, as Python's int() takes it; a huge one becomes the greatest whole number. */
function parseIndex(text: string): number | undefined {
  const trimmed = text.trim()
  if (!/^[+-]?[0-9]{1,400}$/.test(trimmed)) return undefined
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(trimmed)))
}

export type SetPhase =
  | { kind: 'set'; from: number; to: number }
  /** The phase moved meanwhile. */
  | { kind: 'moved'; index: number }
  | { kind: 'out-of-range'; last: number }

/**
 * Compare-and-set between processes: writes only while the phase is still `expect`. The index file first: a crash
 * between the two writes leaves a number that the record does not know, and then the number counts.
 * @throws {OutsideError} `FILES_WRITE` when the disk refuses; the old phase then still stands
 */
export function setPhase(
  deps: { store: StateStore; locks: Pick<Locks, 'exclusive'> },
  loop: LoopSpec,
  expect: number,
  to: number,
): Promise<SetPhase> {
  return deps.locks.exclusive(`${loop.stateFilePath}.lock`, async (): Promise<SetPhase> => {
    const last = loop.phases.length - 1
    if (!Number.isInteger(to) || to < 0 || to > last) return { kind: 'out-of-range', last }
    const { index, generation } = await phaseIndex(deps.store, loop)
    if (index !== expect) return { kind: 'moved', index }
    await deps.store.saveText(loop.stateFilePath, `${to}`)
    crashPoint('phase-index-written')
    const record: PhaseRecord = { index: to, id: loop.phases[to]!.id, generation: generation + 1 }
    await deps.store.save(phaseRecordName(loop), record)
    return { kind: 'set', from: index, to }
  })
}

export function checkPhaseRecord(value: unknown): PhaseRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { index, id, generation } = value as Record<string, unknown>
  if (typeof index !== 'number' || typeof id !== 'string' || typeof generation !== 'number') return undefined
  return { index, id, generation }
}
